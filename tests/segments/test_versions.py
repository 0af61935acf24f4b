"""Versions: what is kept each time a segment is saved, and that it is never rewritten."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given

from partners.core.actor import acting_as
from partners.core.time_limit import TooSlowError
from partners.models import PartnerGroup
from segments import services
from segments.definition import Definition
from segments.models import Segment, SegmentVersion
from segments.services import SegmentChangedError, save_segment
from tests.factories import PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.laws import law
from tests.segments.forms import EXPIRED, JOINED, NEW, PROSPECTS, any_of, asks, saved
from tests.segments.moments import AT
from tests.segments.query.test_slow_questions import stopping
from tests.segments.screens.test_segment_admin import BROKEN, broken
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db


def save(definition=PROSPECTS, name="Prospects", user=None, **values):
    return save_segment(
        name=name, definition=Definition.from_json(definition), user=user, **values, moment=AT
    )


def kept(segment):
    return list(segment.versions.all())


class TestEverySave:
    def test_keeps_what_there_was_to_know_then(self, editor):
        PartnerFactory.create_batch(2)
        segment = save(user=editor)
        [version] = kept(segment)
        assert (version.revision, version.name, version.definition) == (1, "Prospects", PROSPECTS)
        assert version.sentence == "Partners in prospecting stage New."
        assert (version.user_name, version.at, version.partner_count) == ("editor", segment.changed_at, 2)

    def test_keeps_one_more_newest_first(self, editor, superuser):
        segment = save(user=editor)
        save(any_of([EXPIRED]), "Expired", superuser, segment=segment)
        assert [(one.revision, one.name, one.user_name) for one in kept(segment)] == [
            (2, "Expired", "superuser"),
            (1, "Prospects", "editor"),
        ]

    def test_of_the_same_keeps_nothing_and_only_counts(self, editor, superuser):
        segment = save(user=editor)
        before = Segment.objects.get()
        PartnerFactory()
        save(name=" Prospects ", user=superuser, segment=segment, revision=1)
        again = Segment.objects.get()
        assert again.partner_count == 1
        assert (again.revision, again.changed_by, again.changed_at) == (1, editor, before.changed_at)
        assert len(kept(segment)) == 1
        assert LogEntry.objects.count() == 1

    def test_of_another_name_or_another_order_keeps_one(self):
        segment = save(any_of([NEW], [JOINED]))
        save(any_of([JOINED], [NEW]), segment=segment)
        save(any_of([JOINED], [NEW]), "prospects", segment=segment)
        assert len(kept(segment)) == 3

    def test_keeps_no_number_where_counting_took_too_long(self, monkeypatch):
        monkeypatch.setattr(services, "time_limit", stopping(TooSlowError))
        assert kept(save())[0].partner_count is None

    def test_that_is_refused_keeps_nothing(self):
        segment = save()
        save(any_of([EXPIRED]), "Expired")
        with pytest.raises(ValidationError):
            save(any_of([JOINED]), "EXPIRED", segment=segment)
        with pytest.raises(SegmentChangedError):
            save(any_of([JOINED]), segment=segment, revision=7)
        assert len(kept(segment)) == 1

    def test_that_fails_at_the_last_moment_keeps_nothing(self, monkeypatch):
        segment = save()

        def fail(*_arguments, **_keywords):
            raise RuntimeError

        monkeypatch.setattr(SegmentVersion, "keep", fail)
        with pytest.raises(RuntimeError):
            save(any_of([EXPIRED]), segment=segment)
        assert Segment.objects.get().definition == PROSPECTS

    def test_by_a_script_keeps_its_name(self):
        with acting_as("nightly"):
            assert kept(save())[0].user_name == "nightly"

    def test_keeps_the_words_of_then(self):
        group, term = PartnerGroupFactory(name="VIP"), TemplateTermFactory(name="Gold")
        asked = [asks("partner_group", "any_of", [group.pk]), asks("template_term", "any_of", [term.pk])]
        segment = save(any_of(asked))
        term.name = "Platinum"
        term.save()
        save(segment=segment)
        PartnerGroup.objects.all().delete()
        first = kept(segment)[-1]
        assert "in group “VIP”" in first.sentence
        assert "on “Gold" in first.sentence
        assert first.labels().name(PartnerGroup, group.pk) == "VIP"

    def test_is_read_though_it_names_rows_of_a_model_that_is_gone(self):
        version = kept(save())[0]
        version.names = {"shop.Order": {"1": "x"}}
        assert version.labels().kept() == {}

    def test_keeps_no_names_of_pasted_ids(self):
        partner = PartnerFactory()
        assert kept(save(any_of([asks("partner_id", "any_of", [partner.pk])])))[0].names == {}


class TestASaveOfTheModel:
    def test_keeps_the_first_version_with_what_the_row_says(self, editor):
        [version] = kept(saved(changed_by=editor, partner_count=7))
        assert (version.revision, version.name, version.definition) == (1, "Prospects", PROSPECTS)
        assert (version.sentence, version.user_name) == ("Partners in prospecting stage New.", "editor")
        assert version.partner_count == 7

    def test_by_a_script_keeps_its_name(self):
        with acting_as("nightly"):
            assert kept(saved())[0].user_name == "nightly"

    @pytest.mark.parametrize("only_these_fields", [False, True])
    @pytest.mark.parametrize("changed", [{"name": "Expired"}, {"definition": any_of([JOINED])}])
    def test_of_another_name_or_definition_keeps_one_more(self, changed, only_these_fields):
        segment = save()
        for name, value in changed.items():
            setattr(segment, name, value)
        segment.save(update_fields=list(changed) if only_these_fields else None)
        newest, first = kept(segment)
        assert (newest.revision, first.revision) == (2, 1)
        assert newest.says(segment)
        assert Segment.objects.get().revision == 2

    def test_of_anything_else_keeps_none(self, editor):
        segment = save()
        segment.owner = editor
        segment.save()
        assert len(kept(segment)) == 1
        assert Segment.objects.get().revision == 1

    def test_stops_who_opened_the_segment_before(self):
        segment = save()
        script = Segment.objects.get()
        script.name = "Renamed"
        script.save()
        with pytest.raises(SegmentChangedError):
            save(any_of([EXPIRED]), segment=segment, revision=1)


class TestWhatWasWrittenPastTheModel:
    def test_is_no_version_and_is_replaced_by_the_next_save(self, editor):
        segment = save(user=editor)
        Segment.objects.update(definition=any_of([JOINED]), partner_count=40)
        save(any_of([EXPIRED]), user=editor, segment=segment, revision=1)
        assert [
            (one.revision, one.definition, one.user_name, one.partner_count) for one in kept(segment)
        ] == [
            (2, any_of([EXPIRED]), "editor", 0),
            (1, PROSPECTS, "editor", 0),
        ]
        assert Segment.objects.get().revision == 2

    def test_is_what_the_segment_is_now(self):
        segment = save()
        assert SegmentVersion.now(segment) == kept(segment)[0]
        Segment.objects.update(definition=any_of([JOINED]))
        now = SegmentVersion.now(Segment.objects.get())
        assert (now.definition, now.pk) == (any_of([JOINED]), None)

    @pytest.mark.parametrize("name", BROKEN)
    def test_may_be_broken(self, name):
        segment = broken(BROKEN[name][0])
        save(segment=segment)
        new, old = kept(segment)
        assert (new.definition, new.name) == (PROSPECTS, "Prospects")
        assert (old.definition, old.name) == (PROSPECTS, "Broken")


class TestVersions:
    def test_are_never_rewritten_or_deleted(self):
        version = kept(save())[0]
        for change in (
            version.save,
            version.delete,
            SegmentVersion.objects.all().delete,
            lambda: SegmentVersion.objects.update(name="x"),
        ):
            with pytest.raises(TypeError):
                change()

    def test_go_with_their_segment(self):
        segment, other = save(), save(name="Other")
        segment.delete()
        assert [one.segment for one in SegmentVersion.objects.all()] == [other]
        Segment.objects.all().delete()
        assert not SegmentVersion.objects.exists()

    def test_stay_when_their_author_goes(self, editor):
        segment = save(user=editor)
        editor.delete()
        assert kept(segment)[0].user_name == "editor"

    @pytest.mark.parametrize("values", [{"revision": 1}, {"revision": 0}, {"revision": 2, "restores": 2}])
    def test_that_can_not_be_are_refused_by_the_database(self, values):
        version = SegmentVersion.of(save())
        for name, value in values.items():
            setattr(version, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            version.keep()

    def test_hold_nothing_fast(self):
        group = PartnerGroupFactory()
        save(segment=save(any_of([asks("partner_group", "any_of", [group.pk])])))
        group.delete()
        assert not PartnerGroup.objects.exists()


@law(60)
@given(programs(), definitions)
def test_a_version_says_what_the_segment_says(program, definition):
    with stored(program):
        segment = save(definition)
        [version] = kept(segment)
        read = Definition.from_json(version.definition)
        assert read == segment.read() == Definition.from_json(definition)
        assert version.sentence
