"""Several people who save and restore segments at once, each with a connection of their own."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from partners.core.moment import Moment
from segments.definition import Definition
from segments.models import Segment
from segments.services import SegmentChangedError, restore_version, save_segment
from tests.factories import UserFactory
from tests.partners.stage_edits.test_races import at_once
from tests.segments.forms import EXPIRED, JOINED, NEW, any_of, asks, saved

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def save(segment, condition, revision=None):
    definition = Definition.from_json(any_of([condition]))
    return save_segment(
        segment=segment,
        name="Prospects",
        definition=definition,
        user=UserFactory(),
        revision=revision,
        moment=Moment.now(),
    )


def or_refused(deed):
    def run():
        try:
            return deed()
        except (SegmentChangedError, ValidationError):
            return None

    return run


@pytest.mark.parametrize("_round", range(3))
def test_one_of_a_save_and_a_restoration_of_the_same_revision_wins(_round):
    segment = save(save(None, NEW), EXPIRED)
    version = segment.versions.get(revision=1)
    done = at_once(
        or_refused(lambda: save(segment, JOINED, revision=2)),
        or_refused(lambda: restore_version(version=version, user=None, revision=2, moment=Moment.now())),
    )
    [winner] = [one for one in done if one]
    assert list(segment.versions.values_list("revision", flat=True)) == [3, 2, 1]
    assert segment.versions.all()[0].definition == winner.definition == Segment.objects.get().definition


@pytest.mark.parametrize("_round", range(3))
def test_saves_without_a_revision_follow_each_other(_round):
    segment = saved()
    at_once(*(lambda asked=asked: save(segment, asked) for asked in (JOINED, EXPIRED)))
    assert list(segment.versions.values_list("revision", flat=True)) == [3, 2, 1]
    assert segment.versions.all()[0].definition == Segment.objects.get().definition


def names(segment, *others):
    """Save the segment so that it names these others."""
    definition = any_of([asks("segment", "any_of", [other.pk for other in others])])
    return save_segment(
        segment=segment,
        name=segment.name,
        definition=Definition.from_json({**definition, "version": 2}),
        user=None,
        moment=Moment.now(),
    )


def named_by(segment):
    return set(segment.references.values_list("named__name", flat=True))


@pytest.mark.parametrize("_round", range(5))
def test_two_saves_that_close_a_circle_together_do_not_both_go_in(_round):
    first, second = saved("A"), saved("B")
    done = at_once(or_refused(lambda: names(first, second)), or_refused(lambda: names(second, first)))
    assert sum(one is not None for one in done) == 1
    assert sorted(map(len, (named_by(first), named_by(second)))) == [0, 1]


@pytest.mark.parametrize("_round", range(5))
def test_saves_far_apart_that_close_a_circle_do_not_all_go_in(_round):
    a, b, c, d = (saved(name) for name in "ABCD")
    names(b, c)
    names(d, a)
    done = at_once(or_refused(lambda: names(a, b)), or_refused(lambda: names(c, d)))
    assert sum(one is not None for one in done) == 1


@pytest.mark.parametrize("_round", range(5))
def test_two_saves_that_make_a_segment_above_too_large_together_do_not_both_go_in(_round):
    first, second = saved("A"), saved("B")
    top = saved("Top")
    names(top, first, second)
    large = any_of(*([asks("partner_id", "any_of", [key]) for key in range(1, 21)] for _group in range(11)))

    def enlarge(segment):
        definition = Definition.from_json(large)
        return save_segment(
            segment=segment, name=segment.name, definition=definition, user=None, moment=Moment.now()
        )

    done = at_once(or_refused(lambda: enlarge(first)), or_refused(lambda: enlarge(second)))
    assert sum(one is not None for one in done) == 1


@pytest.mark.parametrize("_round", range(5))
def test_a_segment_that_is_deleted_while_another_comes_to_name_it_is_gone_or_named(_round):
    inner, outer = saved("Inner"), saved("Outer")

    def delete():
        try:
            with transaction.atomic():
                return inner.delete()
        except (ProtectedError, IntegrityError):
            return None

    deleted, done = at_once(delete, or_refused(lambda: names(outer, inner)))
    assert (deleted is None) != (done is None)
    assert named_by(outer) == ({"Inner"} if done else set())
