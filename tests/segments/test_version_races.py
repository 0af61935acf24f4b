"""Two people who save and restore the same segment at once, each with a connection of their own."""

import pytest

from segments.definition import Definition
from segments.models import Segment
from segments.moment import Moment
from segments.services import SegmentChangedError, restore_version, save_segment
from tests.factories import UserFactory
from tests.partners.stage_edits.test_races import at_once
from tests.segments.forms import EXPIRED, JOINED, NEW, any_of, saved

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
        except SegmentChangedError:
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
