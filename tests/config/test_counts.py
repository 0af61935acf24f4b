"""The program in numbers, by columns in memory and by SQL."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from config.counts import counts
from config.dashboard import DAYS
from contracts.models import Contract
from partners.core.moment import Moment
from partners.models import Partner
from segments.query import members
from segments.query.columns.store import ColumnStore
from tests.config.start_page import dashboard, in_days
from tests.factories import ContractFactory, PartnerFactory
from tests.laws import law
from tests.segments.masks import answered_by_masks
from tests.segments.moments import AT
from tests.segments.strategies import programs, stored

pytestmark = pytest.mark.django_db


@law(100)
@given(programs(), st.sampled_from([1, 10_000]), st.booleans())
def test_both_ways_come_to_the_same_numbers(program, indexed_from, changed):
    with stored(program), pytest.MonkeyPatch.context() as patch:
        patch.setattr("segments.query.columns.rows.INDEXED_FROM", indexed_from)
        cache.clear()
        by_sql = counts(AT, DAYS)
        with answered_by_masks(changed=changed):
            by_columns = counts(AT, DAYS)
        assert by_columns == replace(by_sql, as_of=by_columns.as_of)


@pytest.mark.parametrize("by_columns", [False, True], ids=["SQL", "columns"])
def test_the_days_that_count_are_those_of_the_words(by_columns):
    for days in (0, 1 - DAYS, -DAYS, 1):
        PartnerFactory(prospecting_stage="joined", original_joined_date=in_days(days))
    for days in (0, -1):
        partner = PartnerFactory(prospecting_stage="new")
        Partner.objects.filter(pk=partner.pk).update(last_transition_date=in_days(days))
    begin, before = Moment.now().start_of(in_days(0)), timedelta(microseconds=1)
    end = Moment.now().start_of(in_days(1))
    sinces = (begin - before, begin, end - before, end)
    for days, since in zip((-1, 0, DAYS - 1, DAYS), sinces, strict=True):
        contract = ContractFactory(partner=partner, stage="joined", end_date=in_days(days))
        Contract.objects.filter(pk=contract.pk).update(stage_since=since)
    Partner.objects.exclude(prospecting_stage="new").update(last_transition_date=None)
    with answered_by_masks(yes=by_columns):
        found = counts(Moment.now(), DAYS)
    assert (found.first_joined, found.ending) == (2, 2)
    assert (found.partners_moved, found.contracts_moved) == ({"new": 1}, {"joined": 2})


def test_by_columns_they_are_of_now():
    before = timezone.now()
    with answered_by_masks():
        ContractFactory(partner__prospecting_stage="joined", stage="joined")
        assert counts(Moment.now(), DAYS).contracts == {"joined": 1}
        Contract.objects.update(stage="expired")
        PartnerFactory(prospecting_stage="new")
        found = counts(Moment.now(), DAYS)
    assert (found.partners, found.contracts) == ({"joined": 1, "new": 1}, {"expired": 1})
    assert found.as_of >= before
    Contract.objects.all().delete()
    Partner.objects.all().delete()
    assert counts(Moment.now(), DAYS).partners == {}


@pytest.mark.django_db(transaction=True)
def test_the_start_page_tells_of_what_was_written_just_now(monkeypatch, as_editor):
    PartnerFactory(prospecting_stage="new")
    store = ColumnStore()
    store.is_on = True
    store.build()
    monkeypatch.setattr(members, "STORE", store)
    assert dashboard(as_editor).partners.joined == 0
    Partner.objects.update(prospecting_stage="joined")
    assert dashboard(as_editor).partners.joined == 1
