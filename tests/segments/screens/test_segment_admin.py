"""The Segments screen: what it lists, finds and filters, and what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import JSONField, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from segments.conditions import ATTRIBUTES
from segments.models import Segment, SegmentReference
from segments.operators import ValueType
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import (
    ADD,
    EXPIRED,
    JOINED,
    LIST,
    NEW,
    PROSPECTS,
    any_of,
    asks,
    change,
    delete,
    form,
    partners_of,
    saved,
    text_of,
)
from tests.segments.samples import SAMPLES

ATTENTION = 'badge-stopped">Needs attention'

pytestmark = pytest.mark.django_db

BROKEN = {
    "an unknown field": (any_of([asks("shoe_size", "any_of", ["44"])]), "“shoe_size” is not something"),
    "a field that is no text": (any_of([asks(["x"], "any_of", ["44"])]), "is not something"),
    "an unknown operator": (any_of([asks("partner_group", "near", [1])]), "can&#x27;t be asked with “near”"),
    "an unknown stage": (
        any_of([asks("contract_stage", "any_of", ["won"])]),
        "“won” is not a Contract Stage",
    ),
    "a later version": ({**PROSPECTS, "version": 3}, "of versions 1 and 2, not of version 3"),
    "no version": ({"any": PROSPECTS["any"]}, "needs “version”"),
    "no groups": (any_of(), "needs at least one group"),
    "a group without conditions": (any_of([]), "Group 1: A group needs at least one condition"),
    "a condition without values": (
        any_of([asks("partner_group", "any_of", [])]),
        "Choose at least one value",
    ),
    "a value of no list": (any_of([asks("partner_group", "any_of", {"3": 3})]), "has to be a list"),
    "an unknown key": ({**PROSPECTS, "all": []}, "has no “all”"),
    "an unknown key in a condition": (any_of([{**NEW, "not": True}]), "has no “not”"),
    "a list": ([], "has to be an object"),
    "a text": ("everybody", "has to be an object"),
    "nothing": (None, "has to be an object"),
    "a number": (7, "has to be an object"),
    "lists of nonsense": ({"version": 1, "any": [3, None, ["x"]]}, "Group 1: A group has to be an object"),
    "too many groups": (any_of(*[[NEW]] * 21), "at most 20 groups"),
    "too many conditions": (any_of([NEW] * 21), "at most 20 conditions"),
}


def broken(definition, name="Broken"):
    """A segment whose definition somebody wrote into the database by hand."""
    segment = saved(name)
    Segment.objects.filter(pk=segment.pk).update(definition=Value(definition, JSONField()))
    return segment


def listed(client, **query):
    page = client.get(LIST, query)
    assert page.status_code == 200
    return [segment.name for segment in page.context["cl"].result_list]


class TestList:
    def test_shows_name_sentence_stored_count_owner_and_last_change(self, as_viewer, editor):
        hour = timezone.now() - timedelta(hours=1, minutes=1)
        segment = saved(owner=editor, partner_count=1_652, counted_at=hour)
        page = text_of(as_viewer.get(LIST))
        for part in (
            "Prospects",
            "Partners in prospecting stage New.",
            "1,652",
            ">1 h<",
            "editor",
        ):
            assert part in page
        assert page.count(f'href="{partners_of(segment)}"') == 2
        assert ATTENTION not in page

    def test_says_where_nothing_was_counted_yet(self, as_viewer):
        saved()
        assert "not yet" in text_of(as_viewer.get(LIST))

    def test_is_sorted_by_name_in_any_letters(self, as_viewer):
        for name in ("zeta", "Éclair", "alpha", "Beta"):
            saved(name)
        assert listed(as_viewer) == ["alpha", "Beta", "zeta", "Éclair"]

    def test_offers_to_create_clone_and_delete(self, as_editor):
        segment = saved()
        page = text_of(as_editor.get(LIST))
        assert "Create Segment" in page
        assert f'href="{ADD}?clone={segment.pk}"' in page
        assert f'href="{delete(segment)}"' in page

    def test_counts_again_on_request(self, as_viewer):
        PartnerFactory.create_batch(3)
        one, other = saved("One"), saved("Other")
        as_viewer.post(LIST, {"action": "count_again", "_selected_action": [one.pk]})
        one.refresh_from_db()
        other.refresh_from_db()
        assert (one.partner_count, other.partner_count) == (3, None)
        assert one.counted_at

    def test_opening_it_counts_nothing(self, as_viewer):
        PartnerFactory()
        segment = saved(partner_count=40)
        as_viewer.get(LIST)
        segment.refresh_from_db()
        assert segment.partner_count == 40


class TestSearch:
    @pytest.mark.parametrize(
        ("term", "expected"),
        [
            ("STRASSE", ["Straße in Köln"]),
            ("köln strasse", ["Straße in Köln"]),
            ("%", ["100% Gold_eu"]),
            ("_", ["100% Gold_eu"]),
            ("\\", []),
            ("  ", ["100% Gold_eu", "Straße in Köln"]),
        ],
    )
    def test_finds_names_in_any_letters(self, as_viewer, term, expected):
        for name in ("Straße in Köln", "100% Gold_eu"):
            saved(name)
        assert listed(as_viewer, q=term) == expected


class TestFilters:
    def test_by_owner(self, as_viewer, editor, superuser):
        saved("Theirs", owner=editor)
        saved("Others", owner=superuser)
        saved("Nobody's")
        assert listed(as_viewer, owner__id__exact=editor.pk) == ["Theirs"]

    @pytest.mark.parametrize("kind", ATTRIBUTES, ids=lambda kind: kind.key)
    def test_by_condition(self, as_viewer, kind):
        for other in ATTRIBUTES:
            values = {
                ValueType.LIST: [SAMPLES[other.key].wanted],
                ValueType.DAYS: {"last": 1},
                ValueType.NUMBER: "1",
            }
            value = values.get(other.operators[0].value_type)
            asked = asks(
                other.key,
                other.operators[0].key,
                {"segment": 1, "days": value} if other.asks_history else value,
            )
            saved(f"By {other.key}", {**any_of([asked]), "version": 2})
        broken(any_of([asks(kind.key, "near", [1])]))
        assert listed(as_viewer, condition=kind.key) == [f"By {kind.key}"]

    def test_by_a_condition_in_any_group(self, as_viewer):
        saved("Both", any_of([NEW], [EXPIRED, JOINED]))
        assert listed(as_viewer, condition="contract_stage") == ["Both"]
        assert listed(as_viewer, condition="partner_group") == []
        assert listed(as_viewer, condition="shoe_size") == []

    @pytest.mark.parametrize(
        "query",
        [
            {"owner__id__exact": "abc"},
            {"owner__id__exact": "9" * 30},
            {"owner__id__exact": "1\0"},
            {"bogus": "1"},
            {"p": "abc"},
            {"p": "9" * 30},
            {"o": "99.x.-7"},
            {"condition": "\0"},
        ],
    )
    def test_that_can_not_be_lead_back_to_everything(self, as_viewer, query):
        saved()
        page = as_viewer.get(LIST, query, follow=True)
        assert page.status_code == 200

    def test_into_other_models_are_refused(self, as_viewer):
        assert as_viewer.get(LIST, {"owner__password__startswith": "p"}).status_code == 400


class TestActions:
    @pytest.mark.parametrize("action", ["count_again", "delete_selected", "bogus"])
    @pytest.mark.parametrize("key", ["abc", "1\0", "9" * 30, "-1", ""])
    def test_on_rows_that_can_not_be_change_nothing(self, as_editor, action, key):
        saved()
        data = {"action": action, "_selected_action": [key], "post": "yes"}
        assert as_editor.post(LIST, data, follow=True).status_code == 200
        assert Segment.objects.count() == 1


class TestAttention:
    @pytest.mark.parametrize("what", BROKEN)
    def test_a_broken_definition_is_named_everywhere_and_matches_nobody(self, as_editor, what):
        definition, message = BROKEN[what]
        PartnerFactory()
        segment = broken(definition)
        page = text_of(as_editor.get(LIST))
        assert ATTENTION in page
        assert message in page
        assert message in text_of(as_editor.get(change(segment)))
        members = as_editor.get(partners_of(segment))
        assert message in text_of(members)
        assert members.context["page"].partners == []
        segment.refresh_from_db()
        assert not segment.partners().exists()

    @pytest.mark.parametrize("what", BROKEN)
    def test_a_broken_definition_can_be_counted_copied_previewed_and_deleted(self, as_editor, what):
        segment = broken(BROKEN[what][0])
        assert as_editor.get(f"{ADD}?clone={segment.pk}").status_code == 200
        as_editor.post(LIST, {"action": "count_again", "_selected_action": [segment.pk]})
        segment.refresh_from_db()
        assert segment.partner_count == 0
        answer = as_editor.post(change(segment), form(segment.definition, "preview"))
        assert answer.status_code == 200
        as_editor.post(delete(segment), {"post": "yes"})
        assert not Segment.objects.exists()

    def test_a_broken_segment_can_be_put_right(self, as_editor):
        segment = broken({**PROSPECTS, "version": 2})
        data = form(PROSPECTS, "save", name="Right", revision="1")
        assert as_editor.post(change(segment), data).status_code == 302
        assert ATTENTION not in text_of(as_editor.get(LIST))

    @pytest.mark.parametrize(
        ("field", "label", "factory"),
        [
            ("partner_group", "Partner Group", PartnerGroupFactory),
            ("template_term", "Partner Template Term", TemplateTermFactory),
            ("partner_name", "Partner Name", PartnerFactory),
        ],
    )
    def test_what_is_gone_all_the_same_is_named(self, as_editor, field, label, factory):
        gone, stays = factory(), factory(name="Still here")
        segment = saved(definition=any_of([asks(field, "any_of", [gone.pk, stays.pk])]))
        SegmentReference.objects.all().delete()
        pk = gone.pk
        gone.delete()
        page = text_of(as_editor.get(LIST))
        assert ATTENTION in page
        assert f"{label} names what has been deleted: {pk}." in page
        assert "(deleted)" in page
        opened = text_of(as_editor.get(change(segment)))
        assert f"{label} names what has been deleted: {pk}." in opened
        assert "(deleted)" in opened


def queries(client):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(LIST).status_code == 200
    return len(captured)


def test_costs_the_same_whatever_the_number_of_segments(as_editor, editor):
    def segments(name, number):
        for one in range(number):
            named = [
                asks("partner_group", "any_of", [PartnerGroupFactory().pk]),
                asks("template_term", "none_of", [TemplateTermFactory().pk]),
                asks("partner_name", "any_of", [ContractFactory().partner.pk]),
            ]
            saved(f"{name} {one}", any_of(named, [JOINED]), owner=editor)
        broken([], f"{name} broken")

    segments("Few", 2)
    queries(as_editor)
    few = queries(as_editor)
    segments("Many", 20)
    assert queries(as_editor) == few
