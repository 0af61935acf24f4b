"""What is kept of stored definitions, and that nothing is ever kept that isn't so any more."""

import pytest
from django.utils.translation import override

from partners.core.moment import Moment
from partners.models import PartnerGroup
from segments.definition import Definition
from segments.definition_cache import CachedDefinition, _DefinitionCache, cached_definition
from segments.errors import DefinitionError
from segments.models import Segment, SegmentReference
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.forms import EXPIRED, JOINED, LIST, NEW, PROSPECTS, any_of, asks, change, saved, text_of

pytestmark = pytest.mark.django_db


def test_equal_definitions_are_read_once():
    assert cached_definition(any_of([NEW], [JOINED])) is cached_definition(any_of([NEW], [JOINED]))


def test_what_follows_is_worked_out_once():
    twice = any_of([NEW, NEW])
    assert cached_definition(twice).findings is cached_definition(twice).findings
    assert cached_definition(twice).meaning is cached_definition(twice).meaning
    now = Moment.now()
    assert cached_definition(twice).rows(now) is cached_definition(twice).rows(now)
    assert cached_definition(twice).clauses is cached_definition(twice).clauses


@pytest.mark.parametrize("other", [True, "1", 3, None, [1]])
def test_what_only_looks_equal_is_not(other):
    cached_definition(PROSPECTS)
    with pytest.raises(DefinitionError):
        cached_definition({**PROSPECTS, "version": other})


@pytest.mark.parametrize("stored", [object(), {1, 2}, {"version": 1, "any": {NEW["field"]}}])
def test_what_is_no_json_is_refused_as_any_other(stored):
    with pytest.raises(DefinitionError):
        cached_definition(stored)


def test_words_are_kept_for_each_language():
    english = cached_definition(any_of([NEW, NEW]))
    with override("de"):
        assert cached_definition(any_of([NEW, NEW])) is not english


def test_the_definitions_asked_for_last_are_kept_up_to_a_length(change_limits):
    change_limits(definition_cache_max_characters=10)
    kept = _DefinitionCache()
    first, second, third = (CachedDefinition(Definition(())) for _number in range(3))
    kept.put(("aaaa",), first)
    kept.put(("bbbb",), second)
    assert kept.get(("aaaa",)) is first
    kept.put(("cccc",), third)
    assert (kept.get(("aaaa",)), kept.get(("bbbb",)), kept.get(("cccc",))) == (first, None, third)
    assert kept.length == 8


def test_one_that_is_too_long_is_not_kept(change_limits):
    change_limits(definition_cache_max_characters=3)
    kept = _DefinitionCache()
    kept.put(("aaaa",), CachedDefinition(Definition(())))
    assert (kept.get(("aaaa",)), kept.length) == (None, 0)


def test_a_definition_that_was_put_twice_counts_once():
    kept = _DefinitionCache()
    for _time in range(2):
        kept.put(("aaaa",), CachedDefinition(Definition(())))
    assert kept.length == 4


def shown(client):
    return text_of(client.get(LIST)), text_of(client.get("/admin/"))


def test_a_definition_written_past_the_program_is_shown_as_it_is(as_editor):
    segment = saved("Prospects")
    partner = PartnerFactory(prospecting_stage="expired")
    assert all("in prospecting stage New" in page for page in shown(as_editor))
    Segment.objects.filter(pk=segment.pk).update(definition=any_of([EXPIRED]))
    assert all("in prospecting stage Expired" in page for page in shown(as_editor))
    assert "in prospecting stage Expired" in text_of(as_editor.get(change(segment)))
    assert "Prospects" in text_of(as_editor.get(f"/admin/partners/partner/{partner.pk}/change/"))
    assert list(Segment.objects.get().partners()) == [partner]


def test_a_group_that_is_renamed_has_its_new_name_everywhere(as_editor):
    group = PartnerGroupFactory(name="Old name")
    saved(definition=any_of([asks("partner_group", "any_of", [group.pk])]))
    assert all("Old name" in page for page in shown(as_editor))
    PartnerGroup.objects.update(name="New name")
    assert all("New name" in page and "Old name" not in page for page in shown(as_editor))


def test_a_group_that_is_gone_all_the_same_needs_attention(as_editor):
    group = PartnerGroupFactory()
    saved("Lapsed", any_of([asks("partner_group", "any_of", [group.pk])]))
    assert all(">Needs attention</span>" not in text_of(as_editor.get(page)) for page in [LIST])
    SegmentReference.objects.all().delete()
    group.delete()
    assert all("names what has been deleted" in page for page in shown(as_editor))


@pytest.mark.parametrize("address", ["/admin/", "/admin/partners/partner/{}/change/", LIST])
def test_the_number_of_queries_does_not_grow_with_the_segments(
    as_editor, address, django_assert_max_num_queries
):
    partner = PartnerFactory(prospecting_stage="new")
    address = address.format(partner.pk)

    def more(first, last):
        for number in range(first, last):
            group = PartnerGroupFactory()
            saved(
                f"Segment {number}",
                any_of(
                    [asks("partner_group", "none_of", [group.pk]), NEW],
                    [JOINED],
                    [asks("partner_name", "contains", f"{number}")],
                ),
            )

    more(0, 2)
    as_editor.get(address)
    with django_assert_max_num_queries(1_000) as few:
        as_editor.get(address)
    more(2, 40)
    with django_assert_max_num_queries(len(few)):
        as_editor.get(address)
