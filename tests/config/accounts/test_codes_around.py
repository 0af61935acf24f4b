"""One-time passwords besides a login: after a change of the site's key, and in the builder."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.config.accounts.codes import (
    LOGIN,
    NEW_RECOVERY,
    OWN_LOGIN,
    PASSWORD,
    PASSWORD_AGAIN,
    RECOVERY,
    SET_UP,
    START,
    SWITCH_OFF,
    code_of,
    first_step,
    is_in,
    key_on,
    second_step,
    set_up,
    wrong_code,
)

pytestmark = pytest.mark.django_db
BUILDER = reverse("admin:segments_segment_add")


@pytest.fixture
def client(db):
    return Client(REMOTE_ADDR="192.0.2.1")


def log_in_again(client, person, **fields):
    return client.post(BUILDER, {"username": person.username, "password": PASSWORD, "preview": "1", **fields})


def change_key(settings):
    settings.SECRET_KEY = "another" * 10


class TestAfterTheKeyOfTheSiteHasChanged:
    def test_a_login_says_what_to_do(self, client, person, settings):
        secret, _recovery = set_up(person)
        change_key(settings)
        first_step(client, person)
        assert "The key of the site has changed" in second_step(client, code_of(secret)).content.decode()

    @pytest.mark.parametrize("ask", [Client.get, Client.post])
    @pytest.mark.parametrize("page", [NEW_RECOVERY, RECOVERY])
    def test_who_is_in_is_told_to_set_them_up_again(self, client, person, settings, page, ask):
        set_up(person)
        change_key(settings)
        client.force_login(person)
        answer = ask(client, page, follow=True)
        assert answer.redirect_chain == [(OWN_LOGIN, 302)]
        assert "Switch them off, and set them up again." in answer.content.decode()

    def test_they_are_set_up_again_once_they_are_switched_off(self, client, person, settings):
        set_up(person)
        change_key(settings)
        client.force_login(person)
        client.post(PASSWORD_AGAIN, {"password": PASSWORD})
        assert client.get(SET_UP).url == SWITCH_OFF
        assert client.post(SWITCH_OFF).url == OWN_LOGIN
        secret = key_on(client.get(SET_UP))
        assert client.post(SET_UP, {"code": code_of(secret)}).url == RECOVERY
        assert client.get(RECOVERY).status_code == 200

    def test_a_login_in_the_builder_says_what_to_do(self, client, person, settings):
        secret, _recovery = set_up(person)
        change_key(settings)
        answer = log_in_again(client, person, code=code_of(secret))
        assert answer.status_code == 401
        assert "The key of the site has changed" in answer.content.decode()
        assert not is_in(client)


class TestALoginThatRanOutInTheBuilder:
    """It is answered on the spot: with the same second step."""

    def test_asks_those_who_have_codes_for_one(self, client, person):
        secret, _recovery = set_up(person)
        asked = log_in_again(client, person)
        assert asked.status_code == 401
        assert "Type the password once more, and a one-time password." in asked.content.decode()
        assert 'name="code"' in asked.content.decode()
        assert log_in_again(client, person, code=wrong_code(secret)).status_code == 401
        assert not is_in(client)
        assert log_in_again(client, person, code=code_of(secret)).status_code == 200
        assert is_in(client)

    def test_sends_superusers_who_need_codes_and_have_none_to_the_usual_login(
        self, client, superuser, settings
    ):
        settings.SUPERUSERS_NEED_CODES = True
        superuser.set_password(PASSWORD)
        superuser.save()
        answer = log_in_again(client, superuser)
        assert answer.status_code == 401
        assert "Set up one-time passwords first, at the usual login." in answer.content.decode()
        assert client.get(START).url == f"{LOGIN}?next={START}"

    def test_asks_others_for_none(self, client, person):
        assert 'name="code"' not in client.post(BUILDER, {"preview": "1"}).content.decode()
        assert log_in_again(client, person).status_code == 200
