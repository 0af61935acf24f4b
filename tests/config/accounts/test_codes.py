"""One-time passwords: set up by the user, asked for at login, used once, reset by a superuser."""

from io import StringIO
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from partners.models import AuditEvent, AuditKind
from tests.config.accounts.codes import (
    LOGIN,
    NEW_RECOVERY,
    OWN_LOGIN,
    PASSWORD,
    PASSWORD_AGAIN,
    RECOVERY,
    SECOND_STEP,
    SET_UP,
    START,
    SWITCH_OFF,
    code_of,
    first_step,
    has_set_up,
    is_in,
    key_on,
    second_step,
    set_up,
    wrong_code,
)

pytestmark = pytest.mark.django_db
USERS = reverse("admin:auth_user_changelist")
OF_USERS = (OWN_LOGIN, SET_UP, SWITCH_OFF, RECOVERY, NEW_RECOVERY, PASSWORD_AGAIN)


@pytest.fixture
def client(db):
    return Client(REMOTE_ADDR="192.0.2.1")


def told(kind=AuditKind.CODES):
    return list(AuditEvent.objects.filter(kind=kind).order_by("pk").values_list("user_name", "about"))


class TestALogin:
    def test_takes_name_and_password_alone_where_no_codes_are_set_up(self, client, person):
        assert first_step(client, person).url == START
        assert is_in(client)

    def test_asks_for_a_code_before_there_is_a_session(self, client, person):
        secret, _recovery = set_up(person)
        assert first_step(client, person).url == SECOND_STEP
        assert not is_in(client)
        assert told(AuditKind.LOGGED_IN) == []
        assert second_step(client, code_of(secret)).url == START
        assert is_in(client)
        assert [who for who, _about in told(AuditKind.LOGGED_IN)] == ["editor"]

    def test_leads_to_the_page_that_was_asked_for(self, client, person):
        secret, _recovery = set_up(person)
        page = reverse("admin:segments_segment_changelist")
        first_step(client, person, next=page)
        assert second_step(client, code_of(secret)).url == page

    def test_refuses_a_wrong_code_and_says_so(self, client, person):
        secret, _recovery = set_up(person)
        first_step(client, person)
        answer = second_step(client, wrong_code(secret))
        assert "This code is wrong, or was used already." in answer.content.decode()
        assert not is_in(client)
        assert [who for who, _about in told(AuditKind.LOGIN_FAILED)] == ["editor"]

    @pytest.mark.parametrize("code", ["", " ", "x" * 21, "n\0l", "ä" * 6, "-1"])
    def test_refuses_what_is_no_code(self, client, person, code):
        set_up(person)
        first_step(client, person)
        assert second_step(client, code).status_code == 200
        assert not is_in(client)

    def test_asks_again_where_no_code_was_sent_at_all(self, client, person):
        set_up(person)
        first_step(client, person)
        answer = client.post(SECOND_STEP, {})
        assert answer.status_code == 200
        assert answer.context["form"].errors["code"]
        assert not is_in(client)

    def test_takes_each_code_once_whatever_process_answers(self, client, person):
        secret, _recovery = set_up(person)
        for logs_in in (True, False):
            other = Client()
            first_step(other, person)
            second_step(other, code_of(secret))
            assert is_in(other) is logs_in

    def test_takes_no_code_of_before_the_last_one(self, client, person):
        secret, _recovery = set_up(person)
        first_step(client, person)
        second_step(client, code_of(secret))
        other = Client()
        first_step(other, person)
        second_step(other, code_of(secret, later=-1))
        assert not is_in(other)
        second_step(other, code_of(secret, later=1))
        assert is_in(other)

    def test_takes_a_code_with_a_blank_in_its_middle(self, client, person):
        secret, _recovery = set_up(person)
        first_step(client, person)
        code = code_of(secret)
        second_step(client, f" {code[:3]} {code[3:]} ")
        assert is_in(client)

    def test_takes_each_recovery_code_once(self, client, person):
        _secret, recovery = set_up(person)
        for logs_in in (True, False):
            other = Client()
            first_step(other, person)
            second_step(other, recovery[0])
            assert is_in(other) is logs_in

    def test_begins_with_the_password(self, client, person):
        assert client.get(SECOND_STEP).url == reverse("account_login")
        assert client.get(SECOND_STEP, follow=True).request["PATH_INFO"] == LOGIN

    def test_of_somebody_who_was_switched_off_meanwhile_ends(self, client, person):
        secret, _recovery = set_up(person)
        first_step(client, person)
        person.is_active = False
        person.save()
        second_step(client, code_of(secret))
        assert not is_in(client)


class TestTooManyWrongCodes:
    @pytest.fixture(autouse=True)
    def _locks_soon(self, settings):
        settings.AXES_FAILURE_LIMIT = 3

    def test_lock_the_login_like_wrong_passwords(self, client, person):
        secret, _recovery = set_up(person)
        first_step(client, person)
        wrong = wrong_code(secret)
        assert [second_step(client, wrong).status_code for _time in range(3)] == [200, 200, 429]
        answer = second_step(client, code_of(secret))
        assert answer.status_code == 429
        assert "This login is locked" in answer.content.decode()
        assert first_step(Client(REMOTE_ADDR="192.0.2.1"), person).status_code == 429
        assert [kind for (kind,) in AuditEvent.objects.order_by("pk").values_list("kind")] == [
            *["login_failed"] * 3,
            "locked_out",
        ]

    def test_count_together_with_wrong_passwords_and_the_right_password_forgives_nothing(
        self, client, person
    ):
        secret, _recovery = set_up(person)
        client.post(LOGIN, {"username": "editor", "password": "a wrong one"})
        first_step(client, person)
        second_step(client, wrong_code(secret))
        first_step(client, person)
        assert second_step(client, wrong_code(secret)).status_code == 429

    def test_are_not_kept_as_they_were_typed(self, client, person):
        secret, _recovery = set_up(person)
        first_step(client, person)
        second_step(client, wrong_code(secret))
        assert wrong_code(secret) not in str(list(AccessAttempt.objects.values()))


class TestSettingUp:
    def test_shows_the_key_as_picture_and_text_and_takes_the_first_code(self, client, person):
        first_step(client, person)
        page = client.get(SET_UP)
        assert "<svg" in page.content.decode()
        assert "no-store" in page["Cache-Control"]
        secret = key_on(page)
        answer = client.post(SET_UP, {"code": code_of(secret)})
        assert answer.url == RECOVERY
        assert told() == [("editor", "editor: set up")]
        recovery = client.get(RECOVERY)
        assert len(recovery.context["unused_codes"]) == 10
        assert recovery.context["unused_codes"][0] in recovery.content.decode()

    def test_uses_the_first_code_up(self, client, person):
        first_step(client, person)
        secret = key_on(client.get(SET_UP))
        client.post(SET_UP, {"code": code_of(secret)})
        other = Client()
        first_step(other, person)
        second_step(other, code_of(secret))
        assert not is_in(other)

    def test_keeps_the_key_on_a_wrong_code(self, client, person):
        first_step(client, person)
        secret = key_on(client.get(SET_UP))
        again = client.post(SET_UP, {"code": wrong_code(secret)})
        assert (again.status_code, key_on(again)) == (200, secret)
        assert "This code is wrong. Wait for the next one" in again.content.decode()
        assert not has_set_up(person)

    def test_stores_neither_key_nor_recovery_codes_in_the_clear(self, client, person):
        secret, recovery = set_up(person)
        kept = str(list(Authenticator.objects.values()))
        assert secret not in kept
        assert not any(code in kept for code in recovery)

    def test_asks_for_the_password_once_more_where_the_login_is_not_new(self, client, person):
        client.force_login(person)
        asked = client.get(SET_UP)
        assert asked.url == f"{PASSWORD_AGAIN}?{urlencode({'next': SET_UP})}"
        assert client.post(asked.url, {"password": "a wrong one"}).status_code == 200
        assert client.post(asked.url, {"password": PASSWORD}).url == SET_UP
        assert client.get(SET_UP).status_code == 200

    def test_asks_for_none_after_a_login_in_the_place_of_another_user(self, client, person, viewer):
        client.force_login(viewer)
        first_step(client, person)
        assert client.get(SET_UP).status_code == 200

    def test_shows_recovery_codes_once(self, client, person):
        first_step(client, person)
        client.post(SET_UP, {"code": code_of(key_on(client.get(SET_UP)))})
        [first, *_others] = client.get(RECOVERY).context["unused_codes"]
        again = client.get(RECOVERY).content.decode()
        assert first not in again
        assert "They were shown once." in again


class TestWhoHasThem:
    @pytest.fixture
    def within(self, client, person):
        self.secret, self.recovery = set_up(person)
        first_step(client, person)
        second_step(client, code_of(self.secret))
        return client

    def test_switches_them_off(self, within, person):
        assert within.get(SWITCH_OFF).status_code == 200
        assert within.post(SWITCH_OFF).url == OWN_LOGIN
        assert not has_set_up(person)
        assert told() == [("editor", "editor: switched off")]

    def test_makes_new_recovery_codes_after_which_the_old_ones_are_wrong(self, within, person):
        assert within.post(NEW_RECOVERY).url == RECOVERY
        assert told() == [("editor", "editor: new recovery codes")]
        [new, *_others] = within.get(RECOVERY).context["unused_codes"]
        for code, logs_in in ((self.recovery[1], False), (new, True)):
            other = Client()
            first_step(other, person)
            second_step(other, code)
            assert is_in(other) is logs_in

    def test_sees_how_many_recovery_codes_are_left(self, within):
        assert "You have 10 recovery codes left" in within.get(OWN_LOGIN).content.decode()


@pytest.mark.parametrize("who", ["superuser", "editor", "viewer", "outsider"])
def test_each_user_has_a_page_about_their_own_login(who, request):
    user = request.getfixturevalue(who)
    user.set_password(PASSWORD)
    user.save()
    page = request.getfixturevalue(f"as_{who}").get(OWN_LOGIN).content.decode()
    assert f"You are {who}." in page
    assert SET_UP in page


@pytest.mark.parametrize("address", OF_USERS)
def test_who_is_not_logged_in_is_sent_to_the_login(client, address):
    assert client.get(address).url == f"{LOGIN}?next={address}"


class TestSuperusersWhoNeedThem:
    @pytest.fixture(autouse=True)
    def _superusers_need_codes(self, settings):
        settings.SUPERUSERS_NEED_CODES = True

    def test_are_led_to_the_set_up_before_anything_else(self, client, superuser):
        superuser.set_password(PASSWORD)
        superuser.save()
        first_step(client, superuser)
        for page in (START, USERS, OWN_LOGIN, reverse("admin:segments_segment_add")):
            assert client.get(page).url == SET_UP
        assert client.post(reverse("admin:segments_segment_add"), {}).url == SET_UP
        secret = key_on(client.get(SET_UP))
        assert client.post(SET_UP, {"code": code_of(secret)}).url == RECOVERY
        assert client.get(RECOVERY).status_code == 200
        assert is_in(client)

    def test_may_log_out_instead(self, as_superuser):
        assert as_superuser.post(reverse("admin:logout")).status_code == 200

    def test_have_the_whole_page_loaded_anew_where_they_asked_for_a_part(self, as_superuser):
        answer = as_superuser.get(reverse("admin:search"), headers={"HX-Request": "true"})
        assert answer["HX-Refresh"] == "true"

    def test_are_led_there_again_once_they_have_switched_them_off(self, client, superuser):
        secret, _recovery = set_up(superuser)
        first_step(client, superuser)
        second_step(client, code_of(secret))
        assert is_in(client)
        client.post(SWITCH_OFF)
        assert client.get(START).url == SET_UP

    def test_are_superusers_only(self, as_editor):
        assert is_in(as_editor)


class TestAReset:
    def reset(self, client, user):
        return client.post(USERS, {"action": "reset_codes", "_selected_action": [user.pk]}, follow=True)

    def test_by_a_superuser_lets_the_password_alone_in(self, as_superuser, person, client):
        set_up(person)
        answer = self.reset(as_superuser, person)
        assert "1 user has no one-time passwords any more." in answer.content.decode()
        assert first_step(client, person).url == START
        assert told() == [("superuser", "editor: reset")]

    def test_of_ones_own_is_not_offered_in_this_way(self, as_superuser, superuser):
        set_up(superuser)
        self.reset(as_superuser, superuser)
        assert has_set_up(superuser)

    def test_is_for_superusers_only(self, as_editor, editor, viewer):
        editor.user_permissions.add(*permissions_on_users())
        set_up(viewer)
        self.reset(as_editor, viewer)
        assert has_set_up(viewer)
        assert told() == []

    def test_by_a_command_is_told_too(self, person):
        set_up(person)
        call_command("reset_codes", "editor", stdout=StringIO())
        assert not has_set_up(person)
        assert told() == [("reset_codes", "editor: reset")]

    @pytest.mark.parametrize(("name", "said"), [("editor", "has no one-time"), ("somebody", "no user")])
    def test_by_a_command_says_where_there_is_nothing_to_reset(self, person, name, said):
        with pytest.raises(CommandError, match=said):
            call_command("reset_codes", name)


def permissions_on_users():
    return Permission.objects.filter(content_type__app_label="auth", content_type__model="user")


def test_the_screens_of_allauth_are_not_in_the_admin(as_superuser):
    page = as_superuser.get(START).content.decode()
    assert "Authenticators" not in page
    assert "Email addresses" not in page
