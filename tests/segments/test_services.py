"""Saving and counting segments, as the views do it."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from partners.core.moment import Moment
from segments.definition import Definition
from segments.models import Segment, SegmentReference, SegmentVersion
from segments.services import SegmentChangedError, restore_version, save_segment, store_count
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.forms import EXPIRED, NEW, PROSPECTS, any_of, asks

pytestmark = pytest.mark.django_db


def save(definition=PROSPECTS, name="Prospects", user=None, **values):
    return save_segment(
        name=name, definition=Definition.from_json(definition), user=user, **values, moment=Moment.now()
    )


def test_a_new_segment_belongs_to_its_maker_and_is_counted(editor):
    PartnerFactory.create_batch(2)
    segment = save(user=editor)
    segment.refresh_from_db()
    assert (segment.owner, segment.changed_by, segment.revision) == (editor, editor, 1)
    assert segment.partner_count == 2
    assert timezone.now() - segment.counted_at < timedelta(minutes=1)
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.get_change_message()) == (ADDITION, "Added.")


def test_without_a_user_nobody_owns_it_and_nothing_is_written_down():
    assert save().owner is None
    assert not LogEntry.objects.exists()


def test_saving_again_counts_the_revision_up_and_keeps_owner_and_creation(editor, superuser):
    segment = save(user=editor)
    again = save(any_of([EXPIRED]), "Expired", superuser, segment=segment, revision=1)
    again.refresh_from_db()
    assert (again.pk, again.owner, again.changed_by, again.revision) == (segment.pk, editor, superuser, 2)
    assert again.created_at == Segment.objects.get().created_at
    assert again.changed_at > segment.changed_at
    entry = LogEntry.objects.get(action_flag=CHANGE, user=superuser)
    assert entry.get_change_message() == "Changed Name and Definition."


@pytest.mark.parametrize(
    ("name", "definition", "words"),
    [(" Others ", None, "Changed Name."), ("Prospects", any_of([EXPIRED]), "Changed Definition.")],
)
def test_what_was_changed_is_written_down_as_django_does(editor, name, definition, words):
    segment = save(user=editor)
    save(definition or segment.definition, name, editor, segment=segment)
    assert LogEntry.objects.get(action_flag=CHANGE).get_change_message() == words


def test_an_older_revision_is_refused_and_changes_nothing():
    segment = save()
    save(any_of([EXPIRED]), segment=segment, revision=1)
    with pytest.raises(SegmentChangedError) as caught:
        save(name="Late", segment=segment, revision=1)
    assert caught.value.current.revision == 2
    assert Segment.objects.get().definition == any_of([EXPIRED])


def test_whoever_gives_no_revision_means_it():
    segment = save()
    save(any_of([EXPIRED]), segment=segment)
    assert save(name="Last", segment=segment).revision == 3


@pytest.mark.parametrize("name", ["", "  ", "PROSPECTS", " prospects ", "x" * 201])
def test_a_name_that_can_not_be_is_refused_next_to_the_name(name):
    save()
    with pytest.raises(ValidationError) as caught:
        save(name=name)
    assert list(caught.value.message_dict) == ["name"]
    assert Segment.objects.count() == 1


def test_a_name_that_somebody_takes_in_the_same_moment_is_refused_alike(monkeypatch):
    save()
    monkeypatch.setattr(Segment, "full_clean", lambda self, **keywords: None)
    with pytest.raises(ValidationError) as caught:
        save(name="PROSPECTS")
    assert caught.value.message_dict == {"name": ["There is a segment with this name already."]}
    assert Segment.objects.count() == 1


def test_what_it_names_may_be_deleted_in_the_same_moment_and_its_name_is_not_blamed(monkeypatch):
    segment = save()

    def gone(_segment):
        raise IntegrityError

    monkeypatch.setattr(SegmentReference, "sync_references", gone)
    for name, known in (("Prospects", segment), ("Others", segment), ("Others", None)):
        with pytest.raises(ValidationError) as caught:
            save(any_of([EXPIRED]), name, segment=known)
        assert caught.value.messages == ["Something it names was deleted just now."]
    assert [(one.name, one.definition) for one in Segment.objects.all()] == [("Prospects", PROSPECTS)]


def test_restoring_brings_back_the_letters_of_the_name_but_no_name_that_another_has():
    segment = save()

    def restored(revision):
        first = SegmentVersion.objects.get(segment=segment, revision=1)
        return restore_version(version=first, user=None, revision=revision, moment=Moment.now()).name

    save(name="PROSPECTS", segment=segment)
    assert restored(revision=2) == "Prospects"
    save(name="Mine", segment=segment)
    save(name="prospects")
    assert restored(revision=4) == "Mine"


def test_a_failed_save_holds_nothing(editor):
    group = PartnerGroupFactory()
    save()
    with pytest.raises(ValidationError):
        save(any_of([asks("partner_group", "any_of", [group.pk])]), user=editor)
    assert not LogEntry.objects.exists()
    group.delete()


def test_a_count_is_stored_only_for_the_definition_that_was_counted():
    segment = save()
    stale = Segment.objects.get()
    save(any_of([EXPIRED]), segment=segment, revision=1)
    store_count(stale, 99)
    assert Segment.objects.get().partner_count == 0
    store_count(Segment.objects.get(), 7)
    assert Segment.objects.get().partner_count == 7


def test_a_count_is_no_change():
    segment = save(any_of([NEW]))
    store_count(segment, 7)
    counted = Segment.objects.get()
    assert (counted.revision, counted.changed_at) == (1, segment.changed_at)
