"""A password that was forgotten: a link by e-mail, where the site sends some, which works once."""

import re
from datetime import timedelta

import pytest
from django.conf import settings as of_site
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import AuditEvent, AuditKind
from tests.config.accounts.codes import LOGIN, PASSWORD, SECOND_STEP, START, first_step, set_up

pytestmark = pytest.mark.django_db
FORGOTTEN = reverse("password_forgotten")
MADE_UP = reverse("password_reset_confirm", args=["MQ", "a-token"])
ADDRESS, ANOTHER = "ada@brand.example", "quite another password"


@pytest.fixture
def client(db):
    return Client()


@pytest.fixture
def _sends_mail(settings):
    settings.PASSWORDS_BY_MAIL = True


@pytest.fixture
def ada():
    return User.objects.create_user("ada", ADDRESS, PASSWORD, is_staff=True)


def ask(client, address=ADDRESS):
    return client.post(FORGOTTEN, {"email": address}, follow=True)


def link_in(message):
    return re.search(r"http://testserver(/\S+)", message.body)[1]


def set_password(client, link, password=ANOTHER):
    form = client.get(link, follow=True)
    sent = {"new_password1": password, "new_password2": password}
    return client.post(form.request["PATH_INFO"], sent, follow=True)


def logs_in(user, password):
    answer = Client().post(LOGIN, {"username": user.username, "password": password})
    return answer.status_code == 302


def locked(user):
    for _try in range(of_site.AXES_FAILURE_LIMIT):
        logs_in(user, "a wrong one")
    assert Client().post(LOGIN, {"username": user.username, "password": PASSWORD}).status_code == 429


@pytest.mark.usefixtures("_sends_mail")
class TestALink:
    def test_is_sent_to_the_address_and_leads_to_a_new_password(self, client, ada):
        assert FORGOTTEN in client.get(LOGIN).content.decode()
        assert client.get(FORGOTTEN).status_code == 200
        asked = ask(client)
        assert asked.request["PATH_INFO"] == LOGIN
        assert "a link is on its way there." in asked.content.decode()
        [message] = mail.outbox
        assert message.to == [ADDRESS]
        assert "the user ada at testserver" in message.body
        done = set_password(client, link_in(message))
        assert "Your password is set." in done.content.decode()
        assert [logs_in(ada, password) for password in (PASSWORD, ANOTHER)] == [False, True]

    def test_is_in_the_audit_log_and_so_is_the_new_password(self, client, ada):
        ask(client)
        set_password(client, link_in(mail.outbox[0]))
        said = AuditEvent.objects.order_by("pk").values_list("kind", "user_name", "about")
        assert list(said) == [(AuditKind.LINK_SENT, "", "ada"), (AuditKind.PASSWORD, "ada", "ada")]

    def test_works_once(self, client, ada):
        ask(client)
        link = link_in(mail.outbox[0])
        set_password(client, link)
        again = Client().get(link, follow=True)
        assert (again.status_code, "was used already" in again.content.decode()) == (200, True)

    def test_ends_what_is_open_elsewhere(self, client, ada):
        other = Client()
        other.force_login(ada)
        ask(client)
        set_password(client, link_in(mail.outbox[0]))
        assert other.get(START).status_code == 302

    def test_is_not_enough_for_those_who_have_one_time_passwords(self, client, ada):
        set_up(ada)
        ask(client)
        set_password(client, link_in(mail.outbox[0]), PASSWORD + " of today")
        assert first_step(client, ada, password=PASSWORD + " of today").url == SECOND_STEP

    def test_takes_no_password_that_is_easy_to_guess(self, client, ada):
        ask(client)
        answer = set_password(client, link_in(mail.outbox[0]), "12345678")
        assert answer.context["form"].errors
        assert logs_in(ada, PASSWORD)

    def test_is_sent_again_only_after_some_minutes(self, client, ada):
        ask(client)
        ask(client)
        assert len(mail.outbox) == 1
        AuditEvent.objects.update(at=timezone.now() - timedelta(minutes=6))
        ask(client)
        assert len(mail.outbox) == 2

    @pytest.mark.parametrize(
        "changes", [{"is_active": False}, {"is_staff": False}, {"password": "!"}, {"email": ""}]
    )
    def test_is_sent_to_none_who_could_not_log_in_with_it_and_nothing_is_told(self, client, ada, changes):
        User.objects.update(**changes)
        assert "a link is on its way there." in ask(client).content.decode()
        assert mail.outbox == []

    @pytest.mark.parametrize("address", ["", "ada", "a\0@b.example", "x" * 300 + "@b.example"])
    def test_is_asked_for_with_an_address(self, client, address):
        answer = ask(client, address)
        assert answer.context["form"].errors["email"]

    def test_that_was_made_up_is_told_as_that(self, client):
        assert "was used already, or is too old." in client.get(MADE_UP, follow=True).content.decode()

    def test_that_can_not_be_sent_is_for_the_operator_to_read(self, client, ada, settings, caplog):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        assert ask(client).status_code == 200
        assert f"No link for a new password could be sent to the user {ada.pk}" in caplog.text
        assert not AuditEvent.objects.filter(kind=AuditKind.LINK_SENT).exists()
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        ask(client)
        assert len(mail.outbox) == 1

    def test_ends_the_lock_of_wrong_passwords(self, client, ada):
        locked(ada)
        ask(client)
        set_password(client, link_in(mail.outbox[0]))
        assert logs_in(ada, ANOTHER)
        assert AuditEvent.objects.filter(kind=AuditKind.UNLOCKED, about="ada").exists()

    def test_brings_no_more_guesses_to_who_has_one_time_passwords(self, client, ada):
        set_up(ada)
        locked(ada)
        ask(client)
        set_password(client, link_in(mail.outbox[0]))
        assert not logs_in(ada, ANOTHER)

    @pytest.mark.parametrize("change", ["is_active", "is_staff"])
    def test_leads_nowhere_for_who_was_switched_off_since(self, client, ada, change):
        ask(client)
        User.objects.update(**{change: False})
        page = client.get(link_in(mail.outbox[0]), follow=True).content.decode()
        assert "was used already, or is too old." in page
        assert "<h1>New password</h1>" in page


@pytest.mark.parametrize("page", [FORGOTTEN, MADE_UP])
def test_a_site_that_sends_no_mail_has_no_such_page(client, page):
    assert not of_site.PASSWORDS_BY_MAIL
    assert client.get(page).status_code == 404
    assert FORGOTTEN not in client.get(LOGIN).content.decode()
