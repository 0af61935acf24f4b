"""A login that ran out while somebody was building: nothing is lost, and nothing is done unasked."""

from html import unescape
from html.parser import HTMLParser

import pytest
from django.test import Client

from segments.definition import Definition
from segments.models import Segment
from tests.factories import UserFactory
from tests.segments.forms import (
    ADD,
    JOINED,
    NEW,
    PROSPECTS,
    any_of,
    asks,
    change,
    fields_of,
    form,
    rows_of,
    saved,
    text_of,
)

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"
DEFINITION = any_of([NEW, JOINED], [asks("partner_name", "contains", '<b>"&amp;</textarea>')])


@pytest.fixture
def password(editor, viewer, outsider):
    for user in (editor, viewer, outsider):
        user.set_password(PASSWORD)
        user.save()


class _Held(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.data, self.name = {}, None

    def handle_starttag(self, tag, attrs):
        if tag == "textarea":
            self.name = dict(attrs)["name"]
            self.data.setdefault(self.name, []).append("")

    def _add(self, text):
        if self.name:
            self.data[self.name][-1] += text

    handle_data = _add

    def handle_entityref(self, name):
        self._add(unescape(f"&{name};"))

    def handle_charref(self, name):
        self._add(unescape(f"&#{name};"))

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.name = None


def held(answer):
    """What the login page holds of the builder's form."""
    reader = _Held()
    reader.feed(text_of(answer))
    return reader.data


def log_in(client, answer, *, user="editor", password=PASSWORD, address=ADD):
    return client.post(address, held(answer) | {"username": user, "password": password})


def ran_out(client, button="save", address=ADD, **fields):
    return client.post(address, form(DEFINITION, button, name="Mine", **fields))


class TestLoginPage:
    def test_holds_everything_but_the_button(self, as_nobody):
        answer = ran_out(as_nobody)
        assert answer.status_code == 401
        assert "Your login ran out." in text_of(answer)
        expected = {
            name: value if isinstance(value, list) else [value]
            for name, value in form(DEFINITION, name="Mine").items()
            if name != "draft"
        }
        found = held(answer)
        assert found.pop("draft")
        assert found == expected

    def test_comes_for_staff_who_are_none_any_more(self, password):
        client = Client()
        client.force_login(UserFactory(is_staff=False))
        assert ran_out(client).status_code == 401

    def test_is_not_needed_to_be_sent_to_the_login(self, as_nobody):
        answer = as_nobody.get(f"{ADD}?clone=1")
        assert answer.status_code == 302
        assert "next=" in answer["Location"]
        assert "clone" in answer["Location"]


class TestLoggingIn:
    def test_brings_back_every_row_and_saves_nothing(self, as_nobody, password):
        answer = log_in(as_nobody, ran_out(as_nobody))
        assert answer.status_code == 200
        assert "You are logged in again. Nothing was lost, and nothing is saved yet." in text_of(answer)
        assert fields_of(answer)["name"] == ["Mine"]
        assert answer.context["builder"].definition == Definition.from_json(DEFINITION)
        assert not Segment.objects.exists()

    def test_goes_on_to_save_at_the_second_press(self, as_nobody, password):
        answer = log_in(as_nobody, ran_out(as_nobody))
        as_nobody.post(ADD, fields_of(answer) | {"save": "1"})
        assert Segment.objects.get().definition == DEFINITION

    @pytest.mark.parametrize("button", ["another", "and:0", "remove:0", "all:0"])
    def test_does_nothing_but_bring_everything_back(self, as_nobody, password, button):
        answer = log_in(as_nobody, ran_out(as_nobody, button))
        assert len(rows_of(answer)) == 3

    def test_keeps_the_revision_of_a_saved_segment(self, as_nobody, password):
        segment = saved(revision=3)
        asked = ran_out(as_nobody, address=change(segment), revision="3")
        answer = log_in(as_nobody, asked, address=change(segment))
        assert fields_of(answer)["revision"] == ["3"]
        segment.refresh_from_db()
        assert segment.definition == PROSPECTS

    def test_shows_no_password(self, as_nobody, password):
        assert PASSWORD not in text_of(log_in(as_nobody, ran_out(as_nobody)))

    @pytest.mark.parametrize(
        ("user", "word"), [("editor", "wrong"), ("nobody", PASSWORD), ("", ""), ("\0", "\0")]
    )
    def test_with_a_wrong_password_keeps_everything(self, as_nobody, password, user, word):
        asked = ran_out(as_nobody)
        again = log_in(as_nobody, asked, user=user, password=word)
        assert again.status_code == 401
        assert held(again) == held(asked)
        assert "field-error" in text_of(again)
        assert log_in(as_nobody, again).status_code == 200

    def test_as_somebody_without_rights_keeps_everything_for_another_try(self, as_nobody, password):
        asked = ran_out(as_nobody)
        again = log_in(as_nobody, asked, user="outsider")
        assert again.status_code == 401
        assert "This login has no right to open the segment." in text_of(again)
        assert held(again) == held(asked)
        assert not Segment.objects.exists()
        assert log_in(as_nobody, again).status_code == 200

    def test_as_a_viewer_may_look_only(self, as_nobody, password):
        segment = saved()
        asked = ran_out(as_nobody, address=change(segment))
        answer = log_in(as_nobody, asked, user="viewer", address=change(segment))
        assert len(rows_of(answer)) == 3
        assert 'name="save"' not in text_of(answer)

    def test_needs_staff(self, as_nobody, password):
        user = UserFactory(username="customer", is_staff=False)
        user.set_password(PASSWORD)
        user.save()
        assert log_in(as_nobody, ran_out(as_nobody), user="customer").status_code == 401

    def test_is_not_tried_for_those_who_are_logged_in(self, password, editor):
        client = Client()
        client.force_login(editor)
        client.post(ADD, form(PROSPECTS, "preview", username="viewer", password=PASSWORD))
        assert int(client.session["_auth_user_id"]) == editor.pk


@pytest.mark.parametrize("target", ["builder-rows", "builder-preview"])
def test_htmx_shows_it_beside_what_is_shown(as_nobody, target):
    headers = {"hx-request": "true", "hx-target": target}
    answer = as_nobody.post(ADD, form(PROSPECTS, "and:0"), headers=headers)
    assert answer.status_code == 401
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#builder-trouble", "innerHTML")
    assert "Nothing is lost: your rows stay as they are." in text_of(answer)
    assert "<html" not in text_of(answer)


class TestOldTokens:
    """The page was opened before the login that its form is sent with."""

    @pytest.fixture
    def client(self, editor):
        client = Client(enforce_csrf_checks=True)
        client.force_login(editor)
        return client

    @pytest.mark.parametrize("token", [{}, {"csrfmiddlewaretoken": "x" * 64}, {"csrfmiddlewaretoken": "\0"}])
    def test_save_nothing_and_lose_nothing(self, client, token):
        answer = client.post(ADD, form(DEFINITION, "save", name="Mine", **token))
        assert answer.status_code == 200
        assert "You have logged in since this page was opened." in text_of(answer)
        assert len(rows_of(answer)) == 3
        assert fields_of(answer)["name"] == ["Mine"]
        assert not Segment.objects.exists()

    def test_of_a_saved_segment_change_nothing(self, client):
        segment = saved()
        answer = client.post(change(segment), form(DEFINITION, "save", name="Mine", revision="1"))
        assert answer.status_code == 200
        segment.refresh_from_db()
        assert segment.revision == 1

    def test_save_with_the_token_of_the_answer(self, client):
        answer = client.post(ADD, form(DEFINITION, "save", name="Mine"))
        data = fields_of(answer) | {"save": "1", "csrfmiddlewaretoken": str(answer.context["csrf_token"])}
        assert client.post(ADD, data).status_code == 302
        assert Segment.objects.get().definition == DEFINITION

    def test_without_a_login_ask_for_one(self, db):
        client = Client(enforce_csrf_checks=True)
        answer = client.post(ADD, form(DEFINITION, "save", name="Mine"))
        assert answer.status_code == 401
        assert held(answer)["name"] == ["Mine"]

    def test_log_nobody_in(self, db, password):
        client = Client(enforce_csrf_checks=True)
        data = form(DEFINITION, "save", name="Mine", username="editor", password=PASSWORD)
        assert client.post(ADD, data).status_code == 401
        assert "_auth_user_id" not in client.session

    def test_without_rights_are_refused(self, outsider):
        client = Client(enforce_csrf_checks=True)
        client.force_login(outsider)
        assert client.post(ADD, form(DEFINITION, "save")).status_code == 403
