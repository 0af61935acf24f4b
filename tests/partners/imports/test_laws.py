"""The laws of imports: a file sent again changes nothing, and what a file says is what is stored."""

from datetime import UTC, date, datetime, time

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from contracts.models import Contract, ContractStage
from partners.imports.importers.registry import importer_of
from partners.imports.presenters import shown_rows
from partners.imports.services import apply_import
from partners.models import Partner, ProspectingStage
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory
from tests.laws import law
from tests.partners.imports.files import checked, csv_file, imported, numbers

pytestmark = pytest.mark.django_db

few_days = st.sampled_from([date(2024, 12, 31), date(2025, 1, 1), date(2025, 2, 3)])
maybe = st.none() | few_days
PARTNER = ["Partner ID", "Stage", "Last transition date", "Joined", "Country", "Business model", "E-mail"]
partner_cells = st.tuples(
    st.sampled_from(["", "Joined", "Suspended", "NEW"]),
    st.one_of(st.just(""), few_days),
    st.one_of(st.just(""), few_days),
    st.sampled_from(["", "UK", "Germany", "n/a", "Nowhere"]),
    st.sampled_from(["", "COUPON", "coupon, content", "???"]),
    st.sampled_from(["", "ada@example.org", "x", "ada@example.org; ben@example.org"]),
)
CONTRACT = ["Contract ID", "Stage", "Stage since", "Start", "End", "Template term"]
contract_cells = st.tuples(
    st.sampled_from(["", "Joined", "Suspended", "ACTIVE"]),
    st.sampled_from(["", "2025-01-01", "2025-01-01 14:30", "2025-02-03T09:00:00Z"]),
    st.one_of(st.just(""), few_days),
    st.one_of(st.just(""), few_days),
    st.sampled_from(["", "gold", "SILVER"]),
)


def stored(model):
    return list(model.objects.order_by("pk").values())


@law(60)
@given(st.sampled_from(ProspectingStage), maybe, maybe, partner_cells)
def test_a_file_of_partners_sent_again_changes_nothing(stage, transition, joined, cells):
    with transaction.atomic():
        PartnerFactory(
            id=1, prospecting_stage=stage, last_transition_date=transition, original_joined_date=joined
        )
        send = [PARTNER, [1, *cells]]
        imported(csv_file(*send))
        before = stored(Partner)
        assert not {"new", "changed"} & numbers(imported(csv_file(*send))).keys()
        assert stored(Partner) == before
        transaction.set_rollback(True)


@law(60)
@given(st.sampled_from(ContractStage), st.sampled_from([time(12), time(14, 30)]), contract_cells)
def test_a_file_of_contracts_sent_again_changes_nothing(stage, clock, cells):
    with transaction.atomic():
        since = datetime.combine(date(2025, 1, 1), clock, UTC)
        terms = [TemplateTermFactory(name=name) for name in ("Gold", "Silver")]
        ContractFactory(
            number="S-1", stage=stage, stage_since=since, template_term=terms[0], start_date=date(2025, 1, 1)
        )
        send = [CONTRACT, ["S-1", *cells]]
        imported(csv_file(*send), "contracts")
        before = stored(Contract)
        assert not {"new", "changed"} & numbers(imported(csv_file(*send), "contracts")).keys()
        assert stored(Contract) == before
        transaction.set_rollback(True)


@law(40)
@given(st.sampled_from(ProspectingStage), st.sampled_from(ProspectingStage), maybe, maybe, few_days, few_days)
def test_the_dates_that_a_file_gives_belong_to_the_stage_that_it_gives(
    before, after, since, first, day, joined
):
    with transaction.atomic():
        PartnerFactory(id=1, prospecting_stage=before, last_transition_date=since, original_joined_date=first)
        imported(csv_file(PARTNER[:4], [1, after, day, joined]))
        partner = Partner.objects.get()
        assert (partner.prospecting_stage, partner.last_transition_date) == (after, day)
        assert partner.original_joined_date == joined
        transaction.set_rollback(True)


def test_a_date_that_stays_is_written_with_its_stage_and_not_shown_as_a_change():
    PartnerFactory(id=1, prospecting_stage="joined", last_transition_date=date(2025, 1, 1))
    record = checked(csv_file(PARTNER[:3], [1, "Suspended", "2025-01-01"]))
    (row,) = shown_rows(list(record.planned.all()), importer_of("partners"))
    assert [str(change.label) for change in row.changes] == ["Prospecting stage"]


def test_somebody_elses_change_of_the_date_meanwhile_leaves_the_row_alone():
    partner = PartnerFactory(id=1, prospecting_stage="joined", last_transition_date=date(2025, 1, 1))
    record = checked(csv_file(PARTNER[:3], [1, "Suspended", "2025-01-01"]))
    Partner.objects.filter(pk=partner.pk).update(last_transition_date=date(2025, 3, 1))
    assert numbers(apply_import(record=record, user="ada")) == {"changed": 1, "overtaken": 1}
