"""Who comes in, and who is kept out."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from config.idle import SEEN
from partners.core.client_address import client_address
from partners.models import AuditEvent, AuditKind

pytestmark = pytest.mark.django_db
LOGIN, LOGOUT = reverse("admin:login"), reverse("admin:logout")
USERS = reverse("admin:auth_user_changelist")
PASSWORD = "the right password"


@pytest.fixture
def person(editor):
    editor.set_password(PASSWORD)
    editor.save()
    return editor


def log_in(password=PASSWORD, *, name="editor", address="192.0.2.1", client=None):
    return (client or Client(REMOTE_ADDR=address)).post(LOGIN, {"username": name, "password": password})


def told():
    return [
        (event.get_kind_display(), event.user_name, event.address)
        for event in AuditEvent.objects.order_by("pk")
    ]


def test_logins_failures_and_logouts_are_in_the_audit_log(person):
    client = Client(REMOTE_ADDR="192.0.2.1")
    log_in("a wrong one", client=client)
    log_in(client=client)
    client.post(LOGOUT)
    assert told() == [
        ("Login failed", "editor", "192.0.2.1"),
        ("Logged in", "editor", "192.0.2.1"),
        ("Logged out", "editor", "192.0.2.1"),
    ]
    failed, logged_in, _logged_out = AuditEvent.objects.order_by("pk")
    assert (failed.user, logged_in.user) == (None, person)


def test_no_password_is_in_the_audit_log_nor_in_what_is_kept_of_failures(person):
    log_in("a wrong one")
    kept = [*AuditEvent.objects.values(), *AccessAttempt.objects.values()]
    assert kept
    assert "a wrong one" not in str(kept)


@pytest.mark.parametrize("name", ["x" * 2_000, "nobody\0here", "a\nline"])
def test_a_user_name_that_no_user_can_have_is_only_wrong(db, name):
    assert log_in(name=name).status_code == 200


def test_an_event_is_a_line_of_the_log(person, caplog):
    caplog.set_level("INFO", logger="audit")
    log_in()
    [line] = [one for one in caplog.records if one.name == "audit"]
    assert (line.kind, line.who, line.address) == ("logged_in", "editor", "192.0.2.1")


class TestTooManyFailures:
    @pytest.fixture(autouse=True)
    def _locks_soon(self, settings):
        settings.AXES_FAILURE_LIMIT = 3

    def fail(self, times=3, **where):
        return [log_in("a wrong one", **where).status_code for _time in range(times)]

    def test_lock_the_user_for_this_address_and_say_for_how_long(self, person):
        assert self.fail() == [200, 200, 429]
        answer = log_in()
        assert answer.status_code == 429
        page = answer.content.decode()
        assert "This login is locked" in page
        assert "Wait 15 minutes" in page

    def test_leave_the_user_in_from_elsewhere_and_others_in_from_here(self, person):
        self.fail()
        other = User.objects.create_superuser("other", password=PASSWORD)
        assert log_in(address="192.0.2.2").status_code == 302
        assert log_in(name=other.username).status_code == 302

    def test_are_told_once_however_often_the_locked_login_is_tried(self, person):
        self.fail(times=6)
        kinds = [kind for kind, _name, _address in told()]
        assert kinds == ["Login failed"] * 3 + ["Locked out"]

    def test_are_forgotten_after_a_while_which_trying_does_not_make_longer(self, person):
        self.fail(times=5)
        AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
        assert log_in().status_code == 302

    def test_are_forgotten_with_the_next_login(self, person):
        self.fail(times=2)
        assert log_in().status_code == 302
        assert self.fail(times=2) == [200, 200]

    def test_are_forgotten_when_a_superuser_says_so(self, person, as_superuser):
        self.fail()
        answer = as_superuser.post(USERS, {"action": "unlock", "_selected_action": [person.pk]}, follow=True)
        assert "1 user can log in again." in answer.content.decode()
        assert log_in().status_code == 302
        [event] = AuditEvent.objects.filter(kind=AuditKind.UNLOCKED)
        assert (event.user_name, event.about) == ("superuser", "editor")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "", "192.0.2.1"),
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "a lie, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (1, "a lie", None),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_what_the_outermost_of_our_own_proxies_saw(settings, proxies, forwarded, expected):
    settings.PROXIES = proxies
    request = RequestFactory(REMOTE_ADDR="192.0.2.1").get("/", headers={"x-forwarded-for": forwarded})
    assert client_address(request) == expected


class TestALoginThatIsNotUsed:
    @pytest.fixture(autouse=True)
    def _ends_after_an_hour(self, settings):
        settings.SESSION_IDLE_SECONDS = 3_600

    @pytest.fixture
    def later(self, monkeypatch):
        """Lets seconds pass."""
        moment = [1_000_000.0]
        monkeypatch.setattr("config.idle.time.time", lambda: moment[0])
        return lambda seconds: moment.__setitem__(0, moment[0] + seconds)

    def test_ends_and_leads_back_to_the_page(self, as_editor, later):
        page = reverse("admin:segments_segment_changelist")
        assert as_editor.get(page).status_code == 200
        later(3_601)
        answer = as_editor.get(page)
        assert (answer.status_code, answer.url) == (302, f"{LOGIN}?next={page}")

    def test_goes_on_as_long_as_it_is_used(self, as_editor, later):
        page = reverse("admin:index")
        for _request in range(5):
            assert as_editor.get(page).status_code == 200
            later(3_000)

    def test_writes_the_session_now_and_then_only(self, as_editor, later):
        page = reverse("admin:partners_partnergroup_add")
        as_editor.get(page)
        before = as_editor.session[SEEN]
        later(60)
        as_editor.get(page)
        assert as_editor.session[SEEN] == before
        later(120)
        as_editor.get(page)
        assert as_editor.session[SEEN] == before + 180
