"""Who may not see partners takes no file of them, by any way."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from partners.models import Export
from tests.factories import PartnerFactory, PartnerGroupFactory, UserFactory
from tests.segments.forms import ADD, PROSPECTS, form, saved

pytestmark = pytest.mark.django_db

EVERYTHING = {"view_segment", "view_partner", "view_contract", "view_partnergroup", "add_segment"}
PARTNERS = reverse("admin:partners_partner_changelist")
FILE = {"columns": ["name"], "format": "csv", "download": "1"}


def person(*permissions, **values):
    user = UserFactory(is_staff=True, **values)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def segment(client):
    return client.post(reverse("admin:segments_segment_export", args=[saved().pk]), FILE)


def draft(client):
    return client.post(reverse("admin:segments_draft_export", args=["abcdefgh"]), FILE)


def builder(client):
    return client.post(ADD, form(PROSPECTS, "export"), follow=True)


def ticked(client):
    data = {"action": "export", "_selected_action": [PartnerFactory().pk], "index": 0}
    return client.post(PARTNERS, data | FILE)


def emails(client):
    return client.get(reverse("admin:partners_partnergroup_emails", args=[PartnerGroupFactory().pk]))


def definition(client):
    return client.get(reverse("admin:segments_segment_definition", args=[saved().pk]))


WAYS = [segment, draft, builder, ticked, emails, definition]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("missing", [EVERYTHING, {"view_partner"}])
def test_without_the_permission_to_see_partners_there_is_no_file(way, missing):
    PartnerFactory(name="Secret Partner")
    answer = way(person(*EVERYTHING - missing))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b"Secret Partner" not in content
    assert answer.status_code == 403
    assert not Export.objects.exists()


@pytest.mark.parametrize("way", WAYS)
def test_nobody_without_a_login_gets_a_file(way):
    answer = way(Client())
    assert not answer.streaming
    assert not Export.objects.exists()


def test_a_viewer_may_take_a_file_and_it_is_written_down():
    PartnerFactory(name="Aurora")
    answer = segment(person(*EVERYTHING, username="vera"))
    assert b"Aurora" in b"".join(answer.streaming_content)
    taken = Export.objects.get()
    assert (taken.user_name, taken.rows, taken.what) == ("vera", 1, "Segment “Prospects”")
