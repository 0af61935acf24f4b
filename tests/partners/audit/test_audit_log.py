"""The audit log: what happened, for superusers to read and for nobody to change."""

import pytest
from django.urls import reverse

from partners.audit.services import record
from partners.models import AuditEvent, AuditKind
from partners.models.audit import MAX_ABOUT_LENGTH
from partners.models.exports import Export, Format
from tests.factories import PartnerFactory

pytestmark = pytest.mark.django_db
LOG = reverse("admin:partners_auditevent_changelist")


def test_a_file_of_partners_is_in_it(superuser):
    Export.begin(what="Segment Gold", asked="", columns=["Name", "E-mail"], format=Format.CSV)
    [event] = AuditEvent.objects.all()
    assert (event.kind, event.about) == (AuditKind.EXPORTED, "Segment Gold (CSV): Name, E-mail")


def test_a_file_that_a_browser_took_is_in_it_with_the_address(as_superuser):
    data = {"columns": ["name"], "format": "csv", "download": ""}
    selected = {"action": "export", "select_across": "1", "_selected_action": ["0"]}
    PartnerFactory()
    answer = as_superuser.post(reverse("admin:partners_partner_changelist"), {**selected, **data})
    assert b"".join(answer.streaming_content)
    event = AuditEvent.objects.get(kind=AuditKind.EXPORTED)
    assert (event.user_name, event.address) == ("superuser", "127.0.0.1")


def test_superusers_read_it_and_find_by_user_address_and_kind(as_superuser):
    AuditEvent.objects.create(kind=AuditKind.LOGGED_IN, user_name="Ada", address="192.0.2.1")
    AuditEvent.objects.create(kind=AuditKind.LOGIN_FAILED, user_name="Bob", address="198.51.100.7")
    for asked in ({"q": "ada"}, {"q": "192.0."}, {"kind__exact": "logged_in"}):
        page = as_superuser.get(LOG, asked).content.decode()
        assert "Ada" in page
        assert "Bob" not in page


def test_nobody_else_reads_it(as_editor, as_viewer, as_outsider):
    for client in (as_editor, as_viewer, as_outsider):
        assert client.get(LOG).status_code == 403


def test_nobody_changes_it(as_superuser):
    record(AuditKind.LOGGED_IN, who="Ada")
    event = AuditEvent.objects.get(user_name="Ada")
    for name in ("change", "delete"):
        as_superuser.post(reverse(f"admin:partners_auditevent_{name}", args=[event.pk]), {"post": "yes"})
    assert as_superuser.get(reverse("admin:partners_auditevent_add")).status_code == 403
    assert AuditEvent.objects.filter(user_name="Ada").exists()


def test_what_is_too_long_is_shortened_and_what_can_not_be_stored_left_out():
    record(AuditKind.LOGIN_FAILED, "x" * 2_000, who="\0evil\u202e" + "y" * 300)
    [event] = AuditEvent.objects.all()
    assert len(event.about) == MAX_ABOUT_LENGTH
    assert event.user_name.startswith("evil")
    assert len(event.user_name) == 150
