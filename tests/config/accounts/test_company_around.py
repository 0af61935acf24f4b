"""The company's login besides a login: a provider that is away, the pages around it, linked users."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from partners.models import AuditKind
from tests.config.accounts.codes import LOGIN, PASSWORD, START, is_in, set_up
from tests.config.accounts.company import BACK, GO, log_in, returned_by, sent_to, told

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("company"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # the provider's, in a thread of its own
]


@pytest.fixture
def client(db):
    return Client()


class TestAProviderThatIsAway:
    def test_is_told_when_the_login_begins(self, client, switch_on):
        switch_on("http://localhost:9")
        answer = client.post(GO)
        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
        assert "Fern &amp; Co can&#x27;t be reached from here." in answer.content.decode()
        assert told(AuditKind.LOGIN_REFUSED) == []

    def test_is_told_on_the_way_back(self, client, provider, switch_on):
        provider.put("7", groups=["staff"])
        back = returned_by(sent_to(client), "7")
        provider.app.view_functions["oidc-provider-mock.jwks"], kept = (
            gone,
            provider.app.view_functions["oidc-provider-mock.jwks"],
        )
        try:
            assert client.get(back).status_code == 503
        finally:
            provider.app.view_functions["oidc-provider-mock.jwks"] = kept
        assert not is_in(client)

    def test_or_that_is_another_one_is_told_as_that(self, client, provider, switch_on):
        switch_on(f"{provider.issuer}/")
        assert client.post(GO).status_code == 502

    def test_or_whose_login_is_elsewhere_is_told_before_the_browser_refuses_it(
        self, client, provider, switch_on
    ):
        switch_on(provider.issuer, origins=("https://elsewhere.example",))
        assert client.post(GO).status_code == 502


def gone():
    return "", 503


class TestTheLoginPage:
    def test_offers_both_ways(self, client):
        page = client.get(LOGIN).content.decode()
        assert "Sign in with Fern &amp; Co" in page
        assert 'name="password"' in page

    def test_lets_forms_lead_to_the_provider_and_nowhere_else(self, client, provider):
        policy = client.get(LOGIN)["Content-Security-Policy"]
        assert f"form-action 'self' {provider.issuer}" in policy

    def test_offers_no_passwords_where_they_are_switched_off(self, client, settings, editor):
        settings.LOCAL_LOGIN = False
        settings.AUTHENTICATION_BACKENDS = [
            one for one in settings.AUTHENTICATION_BACKENDS if "ModelBackend" not in one
        ]
        editor.set_password(PASSWORD)
        editor.save()
        assert 'name="password"' not in client.get(LOGIN).content.decode()
        sent = {"username": "editor", "password": PASSWORD}
        assert client.post(LOGIN, sent).status_code == 200
        add = reverse("admin:segments_segment_add")
        again = client.post(add, {**sent, "preview": "1"})
        assert again.status_code == 401
        assert 'name="password"' not in again.content.decode()
        assert not is_in(client)


class TestLoggingOut:
    def test_ends_the_login_here_and_shows_the_way_out_there(self, client, provider):
        provider.put("7", preferred_username="ada", groups=["staff"])
        log_in(client)
        page = client.post(reverse("admin:logout")).content.decode()
        assert not is_in(client)
        assert "Log out of Fern &amp; Co too" in page
        assert f'href="{provider.issuer}/oauth2/end_session' in page

    def test_shows_that_way_too_where_another_user_was_logged_in_before(self, as_editor, provider):
        provider.put("7", preferred_username="ada", groups=["staff"])
        log_in(as_editor)
        page = as_editor.post(reverse("admin:logout")).content.decode()
        assert f'href="{provider.issuer}/oauth2/end_session' in page

    def test_shows_no_such_way_after_a_password(self, as_editor):
        assert "Log out of" not in as_editor.post(reverse("admin:logout")).content.decode()


class TestALinkedLogin:
    def test_is_of_the_user_who_was_there_before(self, client, provider, editor):
        set_up(editor)
        call_command("link_login", "editor", "7", verbosity=0)
        provider.put("7", preferred_username="ada", groups=["staff"])
        assert log_in(client).url == START
        assert User.objects.get() == editor
        about = "editor: logs in with Fern & Co alone, subject 7"
        assert told(AuditKind.RIGHTS)[0] == ("link_login", about)

    def test_takes_the_password_of_before_no_more(self, client, provider, editor):
        editor.set_password(PASSWORD)
        editor.save()
        call_command("link_login", "editor", "7", verbosity=0)
        client.post(LOGIN, {"username": "editor", "password": PASSWORD})
        assert not is_in(client)

    def test_is_taken_from_a_user_whom_a_first_login_has_made(self, client, provider, editor):
        provider.put("7", preferred_username="ada", groups=["staff"])
        log_in(client)
        call_command("link_login", "editor", "7", verbosity=0)
        other = Client()
        log_in(other)
        assert int(other.session["_auth_user_id"]) == editor.pk
        made = User.objects.get(username="ada")
        assert not made.is_staff
        assert not made.groups.exists()
        assert not is_in(client)

    def test_needs_a_user_and_a_company(self, settings, editor):
        with pytest.raises(CommandError, match="no user"):
            call_command("link_login", "somebody", "7")
        settings.COMPANY = None
        with pytest.raises(CommandError, match="OIDC_ISSUER"):
            call_command("link_login", "editor", "7")


class TestWithoutACompany:
    @pytest.fixture(autouse=True)
    def _off(self, settings, company):
        settings.COMPANY = None

    def test_there_is_no_such_way_in(self, client):
        assert "Sign in with" not in client.get(LOGIN).content.decode()
        assert client.post(GO).status_code == 404
        assert client.get(BACK).status_code == 404
