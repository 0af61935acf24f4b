"""What a segment's file holds is what its list shows: the same partners, filtered and in the same order."""

import csv

import pytest
from django.urls import reverse

from partners.core.time_limit import TooSlowError
from partners.models import Export, Membership
from segments.query.keyset import ORDERINGS
from segments.screens import exports
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.forms import ADD, PROSPECTS, form, partners_of, saved, text_of

pytestmark = pytest.mark.django_db
FILE = {"columns": ["partner_id", "name"], "format": "csv", "download": "1"}


@pytest.fixture
def segment():
    for name, joined in (("beta", None), ("Alpha", "2026-02-01"), ("Beta", None), ("Gamma", "2025-01-01")):
        PartnerFactory(name=name, original_joined_date=joined)
    PartnerFactory(name="Elsewhere", prospecting_stage="joined")
    return saved()


def names(client, address, query):
    answer = client.post(f"{address}?{query}", FILE)
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    return [row[1] for row in csv.reader(lines)][1:]


def export(segment):
    return reverse("admin:segments_segment_export", args=[segment.pk])


@pytest.mark.parametrize("key", ORDERINGS)
def test_the_file_is_in_the_order_of_the_list(as_viewer, segment, key):
    listed = as_viewer.get(partners_of(segment), {"sort": key}).context["page"].partners
    assert names(as_viewer, export(segment), f"sort={key}") == [partner.name for partner in listed]


def test_the_file_holds_what_the_filters_let_through_and_the_record_says_so(as_viewer, segment):
    group = PartnerGroupFactory(name="VIP")
    Membership.objects.create(partner=segment.partners().get(name="Gamma"), group=group)
    query = f"name=a&partner_group={group.pk}&prospecting_stage=new"
    assert names(as_viewer, export(segment), query) == ["Gamma"]
    assert Export.objects.get().asked == (
        "Partners in prospecting stage New. · Name or Partner ID: a · Prospecting stage: New · Group: VIP"
    )


def test_filters_that_can_not_be_understood_let_nobody_through(as_viewer, segment):
    assert names(as_viewer, export(segment), "prospecting_stage=bogus") == []


def test_a_broken_segment_has_a_file_without_partners(as_viewer, segment):
    assert names(as_viewer, export(saved("Broken", {"version": 7})), "") == []


def test_the_page_says_how_many_and_offers_columns(as_viewer, segment):
    page = text_of(as_viewer.get(export(segment)))
    assert "4 partners" in page
    assert "Tick at least one column." in text_of(as_viewer.post(export(segment), FILE | {"columns": []}))


def test_the_page_does_without_a_number_where_counting_takes_too_long(as_viewer, segment, monkeypatch):
    def too_slow(**_options):
        raise TooSlowError

    monkeypatch.setattr(exports, "time_limit", too_slow)
    assert as_viewer.get(export(segment)).status_code == 200


def test_what_is_in_the_builder_is_exported_unsaved(as_editor, segment):
    answer = as_editor.post(ADD, form(PROSPECTS, "export", name="Mine\0"))
    assert names(as_editor, answer.url, "") == ["Alpha", "beta", "Beta", "Gamma"]
    assert Export.objects.get().what == "Segment “New segment”, not saved"
