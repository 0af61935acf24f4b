"""What becomes of the original joined date when a bulk edit is undone."""

from datetime import UTC, date, datetime

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from partners.models import Partner, PartnerStageChange
from partners.stage_edits.services import undo_edit
from tests.factories import PartnerFactory
from tests.partners.stage_edits.test_services import applied, stages

pytestmark = pytest.mark.django_db


def test_empties_an_original_joined_date_that_the_edit_set(anna):
    first, before = PartnerFactory(), PartnerFactory(original_joined_date=date(2020, 1, 1))
    earlier_today = PartnerFactory()
    for stage in ("joined", "expired"):
        Partner.objects.filter(pk=earlier_today.pk).update(prospecting_stage=stage)
    edit = applied(first, before, earlier_today, to="joined", user=anna)
    undo_edit(edit=edit, why="", user=anna)
    dates = [Partner.objects.get(pk=one.pk).original_joined_date for one in (first, before, earlier_today)]
    assert dates == [None, date(2020, 1, 1), timezone.localdate()]


@pytest.mark.parametrize("day", [timezone.localdate(), date(2020, 1, 1)])
def test_keeps_an_original_joined_date_that_was_typed_in(anna, day):
    partner = PartnerFactory(prospecting_stage="suspended", original_joined_date=day)
    edit = applied(partner, to="joined", user=anna)
    undo = undo_edit(edit=edit, why="", user=anna)
    assert Partner.objects.get().original_joined_date == day
    undo_edit(edit=undo, why="", user=anna)
    assert Partner.objects.get().original_joined_date == day


def test_keeps_an_original_joined_date_that_was_put_right_since(anna):
    partner = PartnerFactory()
    edit = applied(partner, to="joined", user=anna)
    Partner.objects.update(original_joined_date=date(2020, 1, 1))
    undo_edit(edit=edit, why="", user=anna)
    assert Partner.objects.get().original_joined_date == date(2020, 1, 1)


def test_gives_back_the_day_of_the_edit_when_it_is_undone_again_later(anna):
    partner, monday = PartnerFactory(), datetime(2026, 11, 2, 12, tzinfo=UTC)
    edit = applied(partner, to="joined", user=anna)
    # As if the edit had been carried out on that day.
    history = QuerySet(PartnerStageChange).filter(edit=edit)
    history.update(at=monday, joined_date=monday.date())
    Partner.objects.update(original_joined_date=monday.date())
    undo = undo_edit(edit=edit, why="", user=anna)
    assert Partner.objects.get().original_joined_date is None
    undo_edit(edit=undo, why="", user=anna)
    assert Partner.objects.get().original_joined_date == monday.date()


def test_gives_dates_back_as_they_were_however_often_it_is_undone(anna):
    def undone(edit, dates):
        undo = undo_edit(edit=edit, why="", user=anna)
        partners = Partner.objects.order_by("pk")
        assert list(partners.values_list("original_joined_date", flat=True)) == dates
        return undo

    joins, ends = PartnerFactory(), PartnerFactory(prospecting_stage="joined")
    today = timezone.localdate()
    edit = applied(joins, to="joined", user=anna)
    for dates in ([None, None], [today, None]) * 2:
        edit = undone(edit, dates)
    edit = applied(ends, to="suspended", user=anna)
    for _n in range(4):
        edit = undone(edit, [today, None])


def test_empties_it_again_if_nobody_knows_when_the_partner_first_joined(anna):
    partner = PartnerFactory(prospecting_stage="joined", last_transition_date=date(2025, 2, 3))
    Partner.objects.update(prospecting_stage="expired")
    edit = applied(partner, to="joined", user=anna)
    assert Partner.objects.get().original_joined_date == timezone.localdate()
    undo_edit(edit=edit, why="", user=anna)
    assert Partner.objects.get().original_joined_date is None


def test_gives_no_date_once_more_that_somebody_has_emptied_since(anna):
    partner = PartnerFactory()
    edit = applied(partner, to="joined", user=anna)
    Partner.objects.update(original_joined_date=None)
    undo = undo_edit(edit=edit, why="", user=anna)
    undo_edit(edit=undo, why="", user=anna)
    assert stages(partner) == ["joined"]
    assert Partner.objects.get().original_joined_date is None


def test_keeps_the_original_joined_date_of_whoever_stays(anna):
    partner = PartnerFactory()
    edit = applied(partner, to="joined", user=anna)
    Partner.objects.update(prospecting_stage="suspended")
    undo_edit(edit=edit, why="", user=anna)
    assert Partner.objects.get().original_joined_date == timezone.localdate()
