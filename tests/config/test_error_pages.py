"""What is said where something can't be done: in the theme, asking for nothing that may be broken."""

import pytest
from django.test import Client
from django.urls import reverse

from config import views
from segments.models import Segment

pytestmark = pytest.mark.django_db
ADD = reverse("admin:segments_segment_add")
GROUPS = reverse("admin:partners_partnergroup_add")
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
    assert "This can&#x27;t be understood" in answer.content.decode()


def test_htmx_shows_an_error_in_the_place_of_the_preview(as_editor):
    answer = as_editor.post(ADD, TOO_MANY_FIELDS, headers={"hx-request": "true"})
    assert answer.status_code == 400
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#builder-preview", "innerHTML")
    page = answer.content.decode()
    assert "This form is too large" in page
    assert "<html" not in page


@pytest.mark.parametrize("status", [403, 404])
def test_pages_for_what_may_not_be_seen_or_is_not_there(as_outsider, as_editor, status):
    answer = as_outsider.get(ADD) if status == 403 else as_editor.get("/nowhere/")
    assert answer.status_code == status
    assert is_of_the_theme(answer)
    assert "Go to the start page" in answer.content.decode()


def test_an_error_page_asks_for_no_user_and_no_row(rf, django_assert_num_queries):
    request = rf.get("/")
    with django_assert_num_queries(0):
        for handler in (views.bad_request, views.permission_denied, views.page_not_found):
            assert is_of_the_theme(handler(request, Exception()))
        assert is_of_the_theme(views.csrf_failure(request))


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
    assert "older than your login" in answer.content.decode()
    assert is_of_the_theme(answer)


def test_a_failure_of_the_program_has_a_page_of_its_own(as_editor, monkeypatch):
    def fail(*arguments, **keywords):
        raise RuntimeError

    monkeypatch.setattr("segments.pages.render", fail)
    as_editor.raise_request_exception = False
    answer = as_editor.get(ADD)
    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()
    assert is_of_the_theme(answer)
