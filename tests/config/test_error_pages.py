"""What is said where something can't be done: in the theme, and needing nothing that may be broken."""

import logging
from contextlib import closing
from functools import partial
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from config import views
from segments.models import Segment
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ADD = reverse("admin:segments_segment_add")
GROUPS = reverse("admin:partners_partnergroup_add")
LOGOUT = reverse("admin:logout")
TOO_MANY_FIELDS = {str(number): "" for number in range(10_001)}


def is_of_the_theme(answer):
    page = answer.content.decode()
    return "theme/tokens.css" in page and "<style" not in page and 'style="' not in page


def test_too_many_fields_are_named_as_such(as_editor):
    answer = as_editor.post(ADD, {**TOO_MANY_FIELDS, "save": "1"})
    assert answer.status_code == 400
    assert "This form is too large" in answer.content.decode()
    assert is_of_the_theme(answer)
    assert not Segment.objects.exists()


def test_too_many_bytes_are_named_as_such(as_editor, settings):
    encoded = "application/x-www-form-urlencoded"
    answer = as_editor.post(ADD, "name=" + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE, content_type=encoded)
    assert answer.status_code == 400
    assert "This form is too large" in answer.content.decode()
    assert not Segment.objects.exists()


def test_a_malformed_request_is_named_as_such(as_editor):
    answer = as_editor.get(ADD, headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "This request can&#x27;t be read" in answer.content.decode()


def test_htmx_shows_an_error_beside_the_preview(as_editor):
    answer = as_editor.post(ADD, TOO_MANY_FIELDS, headers={"hx-request": "true"})
    assert answer.status_code == 400
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#builder-trouble", "innerHTML")
    page = answer.content.decode()
    assert "This form is too large" in page
    assert "<html" not in page


def test_htmx_shows_an_error_elsewhere_in_its_own_place(as_editor):
    answer = as_editor.post(GROUPS, TOO_MANY_FIELDS, headers={"hx-request": "true"})
    assert answer.status_code == 400
    assert not {"HX-Retarget", "HX-Reswap"} & set(answer.headers)
    page = answer.content.decode()
    assert "This form is too large" in page
    assert "your rows" not in page
    assert "<html" not in page


def test_htmx_keeps_the_rows_where_the_address_was_not_even_looked_up(as_editor):
    answer = as_editor.post(ADD, headers={"host": "evil.example", "hx-request": "true"})
    assert answer.status_code == 400
    assert answer["HX-Retarget"] == "#builder-trouble"


@pytest.mark.parametrize("status", [403, 404])
def test_pages_for_what_may_not_be_seen_or_is_not_there(as_outsider, as_editor, status):
    answer = as_outsider.get(ADD) if status == 403 else as_editor.get("/nowhere/")
    assert answer.status_code == status
    assert is_of_the_theme(answer)
    assert "Go to the start page" in answer.content.decode()


def test_no_row_has_an_address_outside_of_the_admin(as_editor):
    answer = as_editor.get("/admin/r/1/404/")
    assert answer.status_code == 404
    assert "The address is wrong, or what it showed has been deleted." in answer.content.decode()


HANDLERS = [
    *(
        partial(handler, exception=Exception())
        for handler in (views.bad_request, views.permission_denied, views.page_not_found)
    ),
    views.csrf_failure,
    views.method_not_allowed,
    views.server_error,
]


def test_an_error_page_needs_no_user_and_no_row(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        for handler in HANDLERS:
            assert is_of_the_theme(handler(rf.get("/")))


@pytest.mark.parametrize("handler", HANDLERS)
def test_an_error_page_has_the_sidebar_for_who_is_logged_in(rf, editor, handler):
    for user, shown in ((editor, True), (AnonymousUser(), False), (UserFactory(is_staff=False), False)):
        request = rf.get("/")
        request.user = user
        page = handler(request).content.decode()
        assert ("Template terms" in page, "Log out" in page) == (shown, shown)


@pytest.mark.parametrize("handler", HANDLERS)
def test_an_error_page_is_plain_where_the_user_can_not_be_asked_for(rf, handler):
    class Failing:
        @property
        def is_active(self):
            raise OperationalError("no such database")

    request = rf.get("/")
    request.user = Failing()
    assert is_of_the_theme(handler(request))


def test_where_even_the_error_page_fails_there_is_one_that_needs_nothing(rf, monkeypatch, caplog):
    monkeypatch.setattr(views, "render", None)
    answer = views.server_error(rf.get("/"))
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "Something went wrong" in page
    assert ("Partner Segments</a>" in page, "Go to the start page" in page) == (True, True)
    assert is_of_the_theme(answer)
    assert "failed as well" in caplog.text


def test_what_a_button_sends_has_a_page_that_says_so_where_it_is_opened(as_editor):
    answer = as_editor.get(LOGOUT)
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")
    assert is_of_the_theme(answer)
    page = answer.content.decode()
    assert "This address can&#x27;t be opened by itself" in page
    assert "Template terms" in page
    assert "no-store" in answer["Cache-Control"]


def test_an_error_page_in_a_popup_has_no_sidebar(as_editor):
    page = as_editor.get("/nowhere/?_popup=1").content.decode()
    assert "Page not found" in page
    assert "Log out" not in page


def test_what_the_view_says_is_passed_on_but_not_what_django_says(as_editor):
    answer = as_editor.get(reverse("admin:segments_draft_partners", args=["unknown"]))
    assert "This list was made in another session." in answer.content.decode()
    answer = as_editor.get(reverse("admin:segments_segment_partners", args=[999]))
    assert answer.status_code == 404
    assert "No Segment matches" not in answer.content.decode()
    assert "has been deleted" in answer.content.decode()


def test_a_form_with_an_old_token_changes_nothing(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    answer = client.post(GROUPS, {"name": "VIP"})
    assert answer.status_code == 403
    assert "This page is out of date" in answer.content.decode()
    assert is_of_the_theme(answer)


def test_a_failure_of_the_program_has_a_page_of_its_own(as_editor, monkeypatch):
    def fail(*arguments, **keywords):
        raise RuntimeError

    monkeypatch.setattr("segments.builder.responses.render", fail)
    as_editor.raise_request_exception = False
    answer = as_editor.get(ADD)
    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()
    assert "Template terms" in answer.content.decode()
    assert is_of_the_theme(answer)


@pytest.mark.parametrize("address", ["/nowhere/", "/", "/admin/", "/admin/login/", GROUPS, "/admin/jsi18n/"])
def test_no_answer_may_be_stored(as_editor, as_nobody, address):
    for client in (as_editor, as_nobody):
        assert "no-store" in client.get(address)["Cache-Control"]


def test_a_failure_may_not_be_stored_either(as_editor, monkeypatch):
    monkeypatch.setattr("config.admin_site.build_dashboard", None)
    as_editor.raise_request_exception = False
    answer = as_editor.get("/admin/")
    assert (answer.status_code, answer["Cache-Control"]) == (500, "no-store")


def test_a_static_file_may_be_stored(as_nobody):
    with closing(as_nobody.get("/static/theme/tokens.css")) as answer:
        assert answer.status_code == 200
        assert "no-store" not in answer["Cache-Control"]


class TestLog:
    @pytest.fixture
    def lines(self, monkeypatch):
        """What goes to standard error, through the handler of the settings."""
        stream = StringIO()
        monkeypatch.setattr(logging.getLogger().handlers[0], "stream", stream)
        return lambda: stream.getvalue().splitlines()

    def test_a_refusal_is_one_line(self, as_outsider, lines):
        assert as_outsider.get(ADD).status_code == 403
        assert lines() == [f"Forbidden (Permission denied): {ADD}"]

    def test_what_is_not_there_is_one_line(self, as_editor, lines):
        assert as_editor.get("/nowhere/").status_code == 404
        assert lines() == ["Not Found: /nowhere/"]

    def test_what_can_not_be_opened_is_one_line(self, as_editor, lines):
        assert as_editor.get(LOGOUT).status_code == 405
        assert lines() == [f"Method Not Allowed (GET): {LOGOUT}"]

    def test_a_request_that_makes_no_sense_is_one_line(self, as_editor, lines):
        as_editor.get(ADD, headers={"host": "evil.example"})
        as_editor.post(ADD, TOO_MANY_FIELDS)
        assert [line.partition(" ")[0] for line in lines()] == ["Invalid", "The"]

    def test_a_failure_of_the_program_comes_with_its_traceback(self, as_editor, monkeypatch, lines):
        monkeypatch.setattr("config.admin_site.build_dashboard", None)
        as_editor.raise_request_exception = False
        as_editor.get("/admin/")
        told = lines()
        assert told[:2] == ["Internal Server Error: /admin/", "Traceback (most recent call last):"]
        assert told[-1].startswith("TypeError")


def test_an_address_of_too_many_parts_is_answered_with_a_page_of_its_own(as_editor):
    answer = as_editor.get("/admin/partners/partner/?" + "&".join("a" * 10_001))
    assert answer.status_code == 400
    assert "This form is too large" in answer.content.decode()
