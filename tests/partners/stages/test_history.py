"""Every change of a stage leaves a row, whichever way it is made; and the dates follow from it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, NotSupportedError, transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from contracts.models import Contract, ContractStageChange
from partners.core.actor import acting_as, current_actor
from partners.models import Partner, PartnerStageChange
from partners.stages.moves import StageMove, apply_moves
from tests.factories import (
    ContractFactory,
    PartnerFactory,
    PartnerGroupFactory,
    TemplateTermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2025, 2, 3, 10, tzinfo=UTC)


def history(row):
    return list(row.stage_changes.values_list("from_stage", "to_stage"))


def last(row):
    return row.stage_changes.order_by("pk").last()


def test_a_new_row_came_from_nowhere():
    contract = ContractFactory(stage="joined", stage_since=LONG_AGO)
    assert history(contract) == [("", "joined")]
    assert last(contract).at == LONG_AGO
    assert history(contract.partner) == [("", "new")]


def test_a_new_partner_came_into_its_stage_on_its_transition_date():
    assert last(PartnerFactory(last_transition_date=date(2025, 2, 3))).at.date() == date(2025, 2, 3)
    before = timezone.now()
    assert before <= last(PartnerFactory()).at <= timezone.now()


WAYS = {
    "save": lambda row: _set(row).save(),
    "save of the field": lambda row: _set(row).save(update_fields=["stage"]),
    "update": lambda row: Contract.objects.filter(pk=row.pk).update(stage="expired"),
    "update of those in a stage": lambda _row: Contract.objects.filter(stage="joined").update(
        stage="expired"
    ),
    "update through the partner": lambda row: row.partner.contracts.update(stage="expired"),
    "update by an expression": lambda row: Contract.objects.update(
        stage=Case(When(pk=row.pk, then=Value("expired")), default=F("stage"))
    ),
    "update with other columns": lambda row: Contract.objects.filter(stage="joined").update(
        end_date=date(2027, 1, 1), stage="expired"
    ),
    "bulk update": lambda row: Contract.objects.bulk_update([_set(row)], ["stage", "end_date"]),
    "bulk upsert": lambda row: _upsert(_set(row)),
    "bulk upsert of the stage alone": lambda row: Contract.objects.bulk_create(
        [_set(row)], update_conflicts=True, unique_fields=["number"], update_fields=["stage"]
    ),
    "bulk upsert by primary key": lambda row: Contract.objects.bulk_create(
        [_set(row)], update_conflicts=True, unique_fields=["pk"], update_fields=["stage", "stage_since"]
    ),
    "carry out": lambda row: apply_moves(Contract, [StageMove("joined", "expired", (row.pk,))]),
}


def _set(row):
    row.stage = "expired"
    return row


def _upsert(row):
    copy = Contract(
        number=row.number,
        partner=row.partner,
        template_term=row.template_term,
        stage=row.stage,
        start_date=date(2024, 1, 1),
    )
    Contract.objects.bulk_create(
        [copy], update_conflicts=True, unique_fields=["number"], update_fields=["stage", "start_date"]
    )


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_change_a_stage_leaves_one_row(way):
    contract = ContractFactory(stage="joined", stage_since=LONG_AGO)
    other = ContractFactory(stage="suspended", stage_since=LONG_AGO)
    user = UserFactory(username="anna")
    before = timezone.now()
    with acting_as(user, why="It ended"):
        WAYS[way](contract)
    contract.refresh_from_db()
    change = last(contract)
    assert contract.stage == "expired"
    assert history(contract) == [("", "joined"), ("joined", "expired")]
    assert (change.user_name, change.why, change.edit) == ("anna", "It ended", None)
    assert before <= change.at == contract.stage_since
    other.refresh_from_db()
    assert (history(other), other.stage_since) == ([("", "suspended")], LONG_AGO)


def test_what_changes_no_stage_leaves_no_row():
    contract = ContractFactory(stage="joined", stage_since=LONG_AGO)
    contract.save()
    contract.save(update_fields=["end_date"])
    Contract.objects.update(stage="joined")
    Contract.objects.update(end_date=date(2027, 1, 1))
    Contract.objects.bulk_update([contract], ["stage", "stage_since"])
    _upsert(contract)
    Contract.objects.only("number").get().save()
    contract.refresh_from_db()
    assert history(contract) == [("", "joined")]
    assert (contract.stage_since, contract.start_date) == (LONG_AGO, date(2024, 1, 1))


def test_an_upsert_that_leaves_the_stage_alone_changes_none():
    contract = ContractFactory(stage="joined")
    copy = Contract(number=contract.number, partner=contract.partner, template_term=contract.template_term)
    Contract.objects.bulk_create(
        [copy], update_conflicts=True, unique_fields=["number"], update_fields=["start_date"]
    )
    contract.refresh_from_db()
    assert (contract.stage, history(contract)) == ("joined", [("", "joined")])


def test_rows_made_in_bulk_have_a_history():
    partners = Partner.objects.bulk_create(
        [Partner(id=7, name="Fern", prospecting_stage="joined"), Partner(name="Finch")]
    )
    assert [history(partner) for partner in partners] == [[("", "joined")], [("", "new")]]


def test_an_upsert_tells_new_rows_from_known_ones():
    PartnerFactory(id=7, prospecting_stage="outreach")
    Partner.objects.bulk_create(
        [Partner(id=7, name="Fern", prospecting_stage="joined"), Partner(id=8, name="Finch")],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name", "name_folded", "prospecting_stage"],
    )
    fern, finch = Partner.objects.order_by("pk")
    assert history(fern) == [("", "outreach"), ("outreach", "joined")]
    assert fern.last_transition_date == fern.original_joined_date == timezone.localdate()
    assert (history(finch), finch.last_transition_date) == ([("", "new")], None)


def test_an_upsert_of_the_stage_alone_tells_new_rows_from_known_ones():
    PartnerFactory(id=7, name="Heron", prospecting_stage="outreach")
    brought = [Partner(id=7, name="Fern", prospecting_stage="joined"), Partner(id=8, name="Finch")]
    Partner.objects.bulk_create(
        [*brought, Partner(name="Moss"), Partner(name="Wren")],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["prospecting_stage"],
    )
    heron, *others = Partner.objects.order_by("pk")
    assert (heron.name, history(heron)) == ("Heron", [("", "outreach"), ("outreach", "joined")])
    assert heron.last_transition_date == heron.original_joined_date == timezone.localdate()
    assert sorted(partner.name for partner in others) == ["Finch", "Moss", "Wren"]
    assert [history(partner) for partner in others] == [[("", "new")]] * 3


def test_an_upsert_of_dates_that_follow_from_the_stage_leaves_them():
    contract = ContractFactory(stage_since=LONG_AGO)
    copy = Contract(number=contract.number, partner=contract.partner, template_term=contract.template_term)
    Contract.objects.bulk_create(
        [copy], update_conflicts=True, unique_fields=["number"], update_fields=["stage_since"]
    )
    contract.refresh_from_db()
    assert (copy.pk, contract.stage_since, contract.stage_changes.count()) == (contract.pk, LONG_AGO, 1)


def test_an_upsert_of_the_stage_alone_says_what_else_is_wrong():
    contract = ContractFactory.build(partner=PartnerFactory(), template_term=None, template_term_id=10**9)
    taken = ContractFactory()
    contract.pk = taken.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Contract.objects.bulk_create(
            [contract], update_conflicts=True, unique_fields=["number"], update_fields=["stage"]
        )
    assert Contract.objects.get() == taken


@pytest.mark.parametrize("fields", [["stage"], ["stage", "start_date"]])
def test_an_upsert_of_one_row_twice_is_refused(fields):
    contract = ContractFactory(stage="joined")
    with pytest.raises(ValueError, match="same number"), transaction.atomic():
        Contract.objects.bulk_create(
            [contract, contract], update_conflicts=True, unique_fields=["number"], update_fields=fields
        )
    assert history(contract) == [("", "joined")]


def test_an_upsert_without_what_django_needs_is_refused_as_by_django():
    contract = ContractFactory()
    for options in ({}, {"unique_fields": ["number"]}, {"update_fields": ["stage"]}):
        with pytest.raises(ValueError, match="must be provided"), transaction.atomic():
            Contract.objects.bulk_create([contract], update_conflicts=True, **options)


def test_nobody_can_tell_what_is_new_among_ignored_conflicts():
    with pytest.raises(NotSupportedError):
        Partner.objects.bulk_create([Partner(name="Fern")], ignore_conflicts=True)


def test_a_stale_copy_that_is_saved_is_recorded_as_what_it_does():
    contract = ContractFactory(stage="joined")
    Contract.objects.update(stage="expired")
    contract.save()
    assert history(contract) == [("", "joined"), ("joined", "expired"), ("expired", "joined")]


def test_a_slice_can_not_be_updated():
    ContractFactory()
    with pytest.raises(TypeError):
        Contract.objects.all()[:1].update(stage="expired")
    assert Contract.objects.none().update(stage="expired") == 0


def test_an_update_says_how_many_rows_it_found_and_reads_them_anew():
    ContractFactory(stage="joined")
    ContractFactory(stage="expired")
    rows = Contract.objects.all()
    assert len(rows) == rows.update(stage="expired") == 2
    assert {contract.stage for contract in rows} == {"expired"}


def test_many_rows_are_updated_at_once(change_limits):
    change_limits(statement_max_rows=2)
    term, partner = TemplateTermFactory(), PartnerFactory()
    Contract.objects.bulk_create(
        Contract(number=f"S-{n}", partner=partner, template_term=term, stage="joined") for n in range(5)
    )
    Contract.objects.update(stage="expired", end_date=date(2030, 1, 1))
    assert Contract.objects.filter(stage="expired", end_date=date(2030, 1, 1)).count() == 5
    assert ContractStageChange.objects.count() == 10


def test_history_is_not_rewritten_and_goes_with_its_row():
    contract = ContractFactory()
    change = last(contract)
    for attempt in (
        lambda: ContractStageChange.objects.update(why="Never happened"),
        lambda: ContractStageChange.objects.all().delete(),
        lambda: ContractStageChange.objects.bulk_update([change], ["why"]),
        lambda: ContractStageChange.objects.bulk_create(
            [change], update_conflicts=True, unique_fields=["id"], update_fields=["why"]
        ),
        change.save,
        change.delete,
    ):
        with pytest.raises(TypeError), transaction.atomic():
            attempt()
    contract.delete()
    assert not ContractStageChange.objects.exists()
    assert str(change).endswith(": Joined")


@pytest.mark.parametrize("stages", [("", "nowhere"), ("nowhere", "joined"), ("joined", "")])
def test_the_database_keeps_no_history_of_stages_that_there_are_not(stages):
    contract = ContractFactory()
    for subject in (contract, contract.partner):
        came_from, to = stages
        with pytest.raises(IntegrityError), transaction.atomic():
            subject.stage_changes.create(from_stage=came_from, to_stage=to)


def test_the_original_joined_date_is_the_first():
    partner = PartnerFactory()
    Partner.objects.update(prospecting_stage="joined")
    partner.refresh_from_db()
    today = timezone.localdate()
    assert (partner.original_joined_date, partner.last_transition_date) == (today, today)
    Partner.objects.update(original_joined_date=date(2020, 1, 1))
    for stage in ("expired", "joined"):
        Partner.objects.update(prospecting_stage=stage)
    partner.refresh_from_db()
    assert partner.original_joined_date == date(2020, 1, 1)


@pytest.mark.parametrize("to", ["joined", "expired"])
@pytest.mark.parametrize("joined", [None, date(2024, 5, 6)])
def test_one_row_and_many_rows_get_the_same_dates(to, joined):
    at = timezone.now() - timedelta(days=400)
    one, many = PartnerFactory.create_batch(2, original_joined_date=joined)
    one.prospecting_stage = to
    recorded = one.set_derived(at=at)
    apply_moves(Partner, [StageMove("new", to, (many.pk,))], at=at)
    many.refresh_from_db()
    assert (one.last_transition_date, one.original_joined_date) == (
        many.last_transition_date,
        many.original_joined_date,
    )
    assert recorded == {"joined_date": last(many).joined_date}


def test_the_days_that_follow_from_a_move_are_those_of_the_programs_time_zone():
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    one, many = PartnerFactory.create_batch(2)
    with timezone.override("Europe/Berlin"):
        one.prospecting_stage = "joined"
        one.set_derived(at=late)
        apply_moves(Partner, [StageMove("new", "joined", (many.pk,))], at=late)
    many.refresh_from_db()
    for partner in (one, many):
        assert partner.last_transition_date == partner.original_joined_date == date(2026, 3, 2)


def test_a_move_leaves_rows_alone_that_are_elsewhere_or_gone():
    here, elsewhere = ContractFactory(stage="joined"), ContractFactory(stage="suspended")
    assert (
        apply_moves(Contract, [StageMove("joined", "expired", (here.pk, elsewhere.pk, 10**12, here.pk))]) == 1
    )
    assert history(here) == [("", "joined"), ("joined", "expired")]
    assert apply_moves(Contract, []) == 0
    assert apply_moves(Contract, [StageMove("joined", "expired", ())]) == 0
    elsewhere.refresh_from_db()
    assert elsewhere.stage == "suspended"


def test_who_acts_is_known_within_and_not_after():
    with acting_as("import of partners.csv", why="Monthly"):
        with acting_as(why="Row 7"):
            assert (current_actor().name, current_actor().why) == ("import of partners.csv", "Row 7")
        assert current_actor().why == "Monthly"
        with acting_as(AnonymousUser()):
            assert current_actor().name == ""
    assert (current_actor().name, current_actor().why) == ("", "")


def test_whoever_sends_a_request_does_what_it_does(as_editor, editor):
    partner = PartnerFactory(groups=[PartnerGroupFactory()])
    as_editor.post(
        f"/admin/partners/partner/{partner.pk}/change/",
        {"name": "Fern", "prospecting_stage": "outreach", "why": "Wrote to them"},
    )
    change = last(partner)
    assert (change.to_stage, change.user_name, change.why) == ("outreach", "editor", "Wrote to them")
    assert PartnerStageChange.objects.count() == 2
