"""The company's login: real HTTP to a real provider, which decides who gets in, with which rights."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from partners.models import AuditKind
from tests.config.accounts.codes import PASSWORD, START, is_in
from tests.config.accounts.company import BACK, GO, log_in, returned_by, sent_to, told
from tests.config.accounts.provider import another_key

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("company"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # the provider's, in a thread of its own
]
SEGMENTS = reverse("admin:segments_segment_changelist")


@pytest.fixture
def client(db):
    return Client()


class TestAFirstLogin:
    @pytest.mark.parametrize(
        ("groups", "is_superuser", "named"),
        [
            (["staff", "others"], False, ["Segment viewers"]),
            (["staff", "partner managers"], False, ["Segment editors"]),
            ("partner managers", False, ["Segment editors"]),
            (["admins", "staff"], True, []),
        ],
    )
    def test_makes_the_user_with_the_rights_of_the_groups(
        self, client, provider, groups, is_superuser, named
    ):
        provider.put("7", preferred_username="ada", given_name="Ada", family_name="Fern", groups=groups)
        assert log_in(client).url == START
        assert is_in(client)
        user = User.objects.get()
        assert (user.username, user.get_full_name()) == ("ada", "Ada Fern")
        assert (user.is_staff, user.is_superuser) == (True, is_superuser)
        assert [group.name for group in user.groups.all()] == named
        assert not user.has_usable_password()

    def test_lets_viewers_look_and_editors_edit(self, provider):
        for subject, group, may_add in (
            ("1", "staff", 403),
            ("2", "partner managers", 200),
            ("3", "admins", 200),
        ):
            provider.put(subject, preferred_username=f"user{subject}", groups=[group])
            client = Client()
            log_in(client, subject)
            assert client.get(SEGMENTS).status_code == 200
            assert client.get(reverse("admin:segments_segment_add")).status_code == may_add
            assert (client.get(reverse("admin:auth_user_changelist")).status_code == 200) is (
                group == "admins"
            )

    def test_is_in_the_audit_log_with_the_subject(self, client, provider):
        provider.put("7", preferred_username="ada", groups=["staff"])
        log_in(client)
        assert told(AuditKind.RIGHTS) == [
            ("Fern & Co", "ada: new, subject 7"),
            ("Fern & Co", "ada: + group Segment viewers; + staff status"),
        ]
        assert told(AuditKind.LOGGED_IN) == [("ada", "")]

    def test_keeps_no_token_and_no_address(self, client, provider):
        provider.put("7", preferred_username="ada", groups=["staff"], email="ada@fern.example", phone="1")
        log_in(client)
        assert not SocialToken.objects.exists()
        assert not EmailAddress.objects.exists()
        assert SocialAccount.objects.get().extra_data == {"groups": ["staff"]}

    @pytest.mark.parametrize("verified", [True, False])
    def test_never_takes_over_a_user_with_the_same_name_or_address(self, client, provider, verified):
        local = User.objects.create_superuser("ada", email="ada@fern.example", password=PASSWORD)
        claims = {"email": "ada@fern.example", "email_verified": verified}
        provider.put("7", preferred_username="ada", groups=["staff"], **claims)
        log_in(client)
        assert is_in(client)
        made = User.objects.exclude(pk=local.pk).get()
        assert made.username != "ada"
        assert not made.is_superuser

    @pytest.mark.parametrize("name", [None, "", "a\nb", "x" * 200, "ada@fern.example", "Ädä Ö", "@@"])
    def test_finds_a_name_for_the_user_whatever_the_provider_says(self, client, provider, name):
        provider.put("7", groups=["staff"], **({} if name is None else {"preferred_username": name}))
        log_in(client)
        assert is_in(client)

    def test_is_asked_for_no_one_time_password(self, client, provider, settings):
        settings.SUPERUSERS_NEED_CODES = True
        provider.put("7", preferred_username="ada", groups=["admins"])
        assert log_in(client).url == START
        assert is_in(client)


class TestTheNextLogin:
    @pytest.fixture
    def ada(self, client, provider):
        provider.put("7", preferred_username="ada", groups=["partner managers"])
        log_in(client)
        return User.objects.get()

    def test_is_of_the_same_user_whatever_the_name_there_is_by_now(self, ada, provider):
        provider.put("7", preferred_username="countess", groups=["staff"])
        log_in(Client())
        assert User.objects.get() == ada

    def test_changes_the_rights_with_the_groups(self, ada, provider):
        for group, named, is_superuser in (
            ("staff", ["Segment viewers"], False),
            ("admins", [], True),
            ("partner managers", ["Segment editors"], False),
        ):
            provider.put("7", groups=[group])
            log_in(Client())
            ada.refresh_from_db()
            assert [one.name for one in ada.groups.all()] == named
            assert ada.is_superuser is is_superuser

    def test_takes_back_what_was_given_by_hand_and_says_so(self, ada, provider):
        ada.is_superuser = True
        ada.save()
        ada.user_permissions.add(Permission.objects.get(codename="add_user"))
        log_in(Client())
        ada = User.objects.get()
        assert not ada.is_superuser
        assert not ada.user_permissions.exists()
        assert told(AuditKind.RIGHTS)[-1] == ("Fern & Co", "ada: - Can add user; - superuser status")

    @pytest.mark.parametrize("groups", [[], ["others"], None, {"staff": 1}, [["staff"]], 7])
    def test_of_who_lost_the_group_is_refused_and_ends_what_is_open_elsewhere(
        self, ada, client, provider, groups
    ):
        assert is_in(client)
        provider.put("7", preferred_username="ada", **({} if groups is None else {"groups": groups}))
        other = Client()
        answer = log_in(other)
        assert answer.status_code == 403
        page = answer.content.decode()
        assert "Fern &amp; Co knows you, but none of your groups there has rights here." in page
        assert "no-store" in answer["Cache-Control"]
        assert f"{provider.issuer}/oauth2/end_session" in page
        assert not is_in(other)
        assert not is_in(client)
        assert told(AuditKind.LOGIN_REFUSED) == [("ada", "Fern & Co, subject 7: no group with rights here")]
        assert told(AuditKind.RIGHTS)[-1] == ("Fern & Co", "ada: - group Segment editors; - staff status")

    def test_of_who_came_back_into_a_group_has_rights_again(self, ada, provider):
        provider.put("7", groups=[])
        log_in(Client())
        provider.put("7", groups=["staff"])
        client = Client()
        log_in(client)
        assert is_in(client)

    def test_of_who_was_switched_off_here_is_refused(self, ada, provider):
        ada.is_active = False
        ada.save()
        client = Client()
        answer = log_in(client)
        assert (answer.status_code, is_in(client)) == (403, False)
        assert "Your user is switched off here." in answer.content.decode()

    def test_of_the_same_subject_at_another_provider_is_of_another_user(self, ada, provider, switch_on):
        SocialAccount.objects.update(provider="https://elsewhere.example")
        log_in(Client())
        assert User.objects.count() == 2


def test_who_has_no_group_with_rights_gets_no_user(client, provider):
    provider.put("7", preferred_username="ada", groups=["others"])
    assert log_in(client).status_code == 403
    assert not User.objects.exists()
    assert told(AuditKind.LOGIN_REFUSED) == [("ada", "Fern & Co, subject 7: no group with rights here")]


class TestTheRequest:
    def test_carries_state_nonce_and_a_challenge_and_asks_for_a_code(self, client, company):
        asked = parse_qs(urlsplit(sent_to(client)).query)
        assert asked["response_type"] == ["code"]
        assert asked["code_challenge_method"] == ["S256"]
        assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
        again = parse_qs(urlsplit(sent_to(client)).query)
        for name in ("state", "nonce", "code_challenge"):
            assert asked[name] != again[name]

    def test_is_only_sent_by_a_button(self, client):
        assert client.get(GO).status_code == 405

    def test_asks_for_nothing_that_the_address_says(self, client, company):
        answer = client.post(f"{GO}?scope=admin&auth_params=prompt%3Dnone&process=connect")
        asked = parse_qs(urlsplit(answer.url).query)
        assert "admin" not in asked["scope"][0]
        assert "prompt" not in asked

    @pytest.mark.parametrize(
        ("to", "leads_to"),
        [
            (SEGMENTS, SEGMENTS),
            ("https://evil.example/", START),
            ("//evil.example", START),
            (reverse("admin:logout"), START),
        ],
    )
    def test_leads_to_the_page_that_was_asked_for(self, client, provider, to, leads_to):
        provider.put("7", preferred_username="ada", groups=["staff"])
        assert log_in(client, next=to).url == leads_to


class TestAnAnswerThatIsNotTrue:
    @pytest.fixture(autouse=True)
    def _ada(self, provider):
        provider.put("7", preferred_username="ada", groups=["admins"])

    @pytest.mark.parametrize(
        "lie",
        [
            {"aud": "another program"},
            {"aud": ["segments", "another program"], "azp": "another program"},
            {"iss": "https://elsewhere.example"},
            {"nonce": "another"},
            {"nonce": None},
            {"exp": 1_700_000_000},
            {"sub": "8"},
            {"sub": None},
        ],
        ids=str,
    )
    def test_is_refused(self, client, provider, lie):
        provider.lie = lie
        answer = log_in(client)
        assert answer.status_code == 502
        assert "The answer of Fern &amp; Co can&#x27;t be used." in answer.content.decode()
        assert not is_in(client)
        assert not User.objects.exists()
        assert len(told(AuditKind.LOGIN_REFUSED)) == 1

    def test_is_refused_where_another_key_signed_it(self, client, provider):
        provider.key = another_key()
        assert log_in(client).status_code == 502
        assert not User.objects.exists()

    def test_is_refused_a_second_time(self, client):
        back = returned_by(sent_to(client), "7")
        assert client.get(back).status_code == 302
        client.post(reverse("admin:logout"))
        again = client.get(back)
        assert again.status_code == 403
        assert "was used already" in again.content.decode()
        assert not is_in(client)

    def test_is_refused_in_another_browser(self, client):
        back = returned_by(sent_to(client), "7")
        other = Client()
        assert other.get(back).status_code == 403
        assert not is_in(other)

    def test_is_refused_after_ten_minutes(self, client, monkeypatch):
        back = returned_by(sent_to(client), "7")
        monkeypatch.setattr("allauth.socialaccount.internal.statekit.STATE_TTL", -1)
        assert client.get(back).status_code == 403
        assert not is_in(client)

    @pytest.mark.parametrize("query", ["", "?code=1", "?state=1", "?code=1&state=1", "?error=server_error"])
    def test_is_refused_where_it_was_made_up(self, client, query):
        assert client.get(BACK + query).status_code == 403

    def test_is_refused_with_a_code_of_another_login(self, client):
        mine, other = sent_to(client), sent_to(Client())
        code = parse_qs(urlsplit(returned_by(other, "7")).query)["code"][0]
        state = parse_qs(urlsplit(mine).query)["state"][0]
        assert client.get(BACK, {"code": code, "state": state}).status_code == 502
        assert not is_in(client)

    def test_in_which_the_provider_refuses_is_for_the_operator_to_read(self, client, caplog):
        state = parse_qs(urlsplit(sent_to(client)).query)["state"][0]
        refusal = {"error": "invalid_scope", "error_description": "No such scope.", "state": state}
        assert client.get(BACK, refusal).status_code == 502
        assert "invalid_scope: No such scope." in caplog.text
        assert len(told(AuditKind.LOGIN_REFUSED)) == 1

    def test_that_the_user_cancelled_is_told_as_that(self, client):
        state = parse_qs(urlsplit(sent_to(client)).query)["state"][0]
        answer = client.get(BACK, {"error": "access_denied", "state": state})
        assert "You cancelled it at Fern &amp; Co." in answer.content.decode()
