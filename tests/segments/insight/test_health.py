"""What needs attention about a segment, and which IDs nobody has."""

import pytest

from segments.definition import Definition
from segments.insight.health import deleted_references, health_of, unknown_ids
from segments.language.labels import Labels
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import JOINED, NEW, PROSPECTS, any_of, asks, saved
from tests.segments.moments import AT

pytestmark = pytest.mark.django_db


def of(look, *conditions):
    definition = Definition.from_json(any_of(conditions))
    return look(definition, Labels.of(definition))


def test_a_sound_segment_has_a_sentence_and_needs_no_attention():
    segment = saved()
    standing = health_of([segment], AT)[segment.pk]
    assert standing.sentence == "Partners in prospecting stage New."
    assert standing.attention == []


def test_a_broken_segment_has_no_sentence_and_says_what_is_wrong():
    segment = saved(definition={**PROSPECTS, "version": 3})
    standing = health_of([segment], AT)[segment.pk]
    assert standing.sentence == ""
    assert standing.attention == ["This program reads definitions of versions 1 and 2, not of version 3."]


def test_one_broken_segment_does_not_touch_the_others():
    sound, broken = saved("Sound"), saved("Broken", [])
    found = health_of([sound, broken], AT)
    assert (found[sound.pk].attention, bool(found[broken.pk].attention)) == ([], True)


def test_no_segment_costs_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert health_of([], AT) == {}


def test_many_segments_cost_a_query_for_what_they_pick_and_one_for_runs(django_assert_num_queries):
    segments = [
        saved(
            f"Segment {number}",
            any_of(
                [asks("partner_group", "any_of", [PartnerGroupFactory().pk])],
                [asks("template_term", "any_of", [TemplateTermFactory().pk])],
                [asks("partner_name", "any_of", [PartnerFactory().pk])],
                [asks("partner_id", "any_of", [PartnerFactory().pk])],
            ),
        )
        for number in range(5)
    ]
    with django_assert_num_queries(2):
        health_of(segments, AT)


def test_rows_that_are_gone_are_named_condition_by_condition():
    group = PartnerGroupFactory()
    assert of(
        deleted_references,
        asks("partner_group", "any_of", [404_404_404, group.pk, 405_405_405]),
        asks("partner_name", "none_of", [406]),
        JOINED,
        asks("template_term", "contains", "404"),
    ) == [
        "Partner Group names what has been deleted: 404404404, 405405405.",
        "Partner Name names what has been deleted: 406.",
    ]


def test_more_than_ten_are_named_by_their_number():
    (message,) = of(deleted_references, asks("partner_group", "any_of", list(range(1_001, 3_012))))
    assert message.endswith("1009, 1010 and 2,001 more.")


def test_typed_ids_that_nobody_has_are_no_reason_for_attention():
    assert of(deleted_references, asks("partner_id", "any_of", [404])) == []


def test_typed_ids_that_nobody_has_are_named():
    partner = PartnerFactory()
    ContractFactory(number="S-1", partner=partner)
    assert of(
        unknown_ids,
        asks("partner_id", "any_of", [partner.pk, 404_404_404]),
        asks("contract_id", "none_of", ["S-1", "s-1", "S_1"]),
        NEW,
        asks("partner_name", "any_of", [404]),
    ) == ["1 Partner ID is not known: 404404404.", "2 values of Contract ID are not known: s-1, S_1."]


def test_known_ids_are_not_mentioned():
    contract = ContractFactory()
    assert of(unknown_ids, asks("contract_id", "any_of", [contract.number])) == []
    assert of(unknown_ids, asks("partner_id", "any_of", [contract.partner.pk])) == []
