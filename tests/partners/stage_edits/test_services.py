"""Bulk edits of stages: what was shown is what is done, once; and the way back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from contracts.models import Contract, ContractStageChange
from partners.models import Partner, PartnerStageChange, StageEdit
from partners.stage_edits import services
from partners.stage_edits.services import apply_edit, choose, plan, undo_edit
from tests.factories import ContractFactory, PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db


def edit_of(*rows, to, user, why="It ended"):
    chosen = type(rows[0]).objects.filter(pk__in=[row.pk for row in rows])
    edit = choose(rows=chosen, user=user)
    plan(edit=edit, to=to, why=why)
    return edit


def applied(*rows, to, user, unusual=True, along=True):
    edit = edit_of(*rows, to=to, user=user)
    return apply_edit(edit=edit, allows_unusual=unusual, moves_along=along, user=user)


def stages(*rows):
    return [getattr(type(row).objects.get(pk=row.pk), row.stage_field) for row in rows]


def test_what_was_chosen_comes_into_the_stage_with_its_history(anna):
    joined, suspended = ContractFactory(stage="joined"), ContractFactory(stage="suspended")
    there, other = ContractFactory(stage="expired"), ContractFactory(stage="joined")
    planned = edit_of(joined, suspended, there, to="expired", user=anna)
    assert (planned.number_chosen, planned.already) == (3, 1)
    edit = apply_edit(edit=planned, allows_unusual=True, moves_along=True, user=anna)
    assert stages(joined, suspended, there, other) == ["expired", "expired", "expired", "joined"]
    assert (edit.planned, edit.changed, edit.left_alone) == (2, 2, 0)
    change = joined.stage_changes.last()
    assert (change.from_stage, change.to_stage) == ("joined", "expired")
    assert (change.user_name, change.why, change.edit_id, change.at) == (
        "anna",
        "It ended",
        edit.pk,
        edit.applied_at,
    )
    assert Contract.objects.get(pk=joined.pk).stage_since == edit.applied_at
    assert there.stage_changes.count() == 1


def test_what_changed_after_it_was_shown_is_told_apart_and_left_alone(anna):
    here, moved, gone = ContractFactory.create_batch(3, stage="joined")
    edit = edit_of(here, moved, gone, to="expired", user=anna)
    Contract.objects.filter(pk=moved.pk).update(stage="suspended")
    key = gone.pk
    gone.delete()
    late = ContractFactory(stage="joined")
    done = apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=anna)
    assert (done.planned, done.changed, done.left_alone) == (3, 1, 2)
    assert stages(here, moved, late) == ["expired", "suspended", "joined"]
    assert list(done.left(Contract)) == [moved]
    assert {stage: sorted(ids) for stage, ids in done.chosen.items()} == {"joined": sorted([moved.pk, key])}


def test_what_was_left_alone_are_contracts_of_contracts_and_partners_of_partners(anna):
    PartnerFactory()  # No contract has its partner's primary key.
    here, elsewhere = ContractFactory.create_batch(2, stage="joined", partner__prospecting_stage="joined")
    edit = edit_of(here, elsewhere, to="expired", user=anna)
    Contract.objects.filter(pk=elsewhere.pk).update(stage="suspended")
    done = apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=anna)
    assert list(done.left(Contract)) == [elsewhere]
    assert list(done.left(Partner)) == [elsewhere.partner]


def test_a_choice_says_who_made_it(anna):
    ContractFactory()
    choose(rows=Contract.objects.all(), user=anna)
    assert StageEdit.objects.get().user_name == "anna"


def test_unusual_moves_are_made_only_if_they_are_allowed(anna):
    usual, unusual = ContractFactory(stage="joined"), ContractFactory(stage="publisher_declined")
    suspended = ContractFactory(stage="suspended")
    edit = edit_of(usual, unusual, suspended, to="expired", user=anna)
    assert [(part.stage.value, part.number, part.usual) for part in edit.parts()] == [
        ("publisher_declined", 1, False),
        ("joined", 1, True),
        ("suspended", 1, True),
    ]
    assert (edit.usual, edit.unusual, edit.already) == (2, 1, 0)
    done = apply_edit(edit=edit, allows_unusual=False, moves_along=True, user=anna)
    assert stages(usual, unusual, suspended) == ["expired", "publisher_declined", "expired"]
    assert (done.planned, done.changed, list(done.left(Contract))) == (2, 2, [])
    again = applied(unusual, to="expired", user=anna)
    assert (again.changed, stages(unusual)) == (1, ["expired"])


def test_before_a_stage_is_chosen_nothing_would_happen(anna):
    edit = choose(rows=Contract.objects.filter(pk=ContractFactory().pk), user=anna)
    assert (edit.parts(), edit.stage, edit.number_chosen) == ([], None, 1)


def test_it_is_done_once(anna):
    contract = ContractFactory(stage="joined")
    edit = edit_of(contract, to="suspended", user=anna)
    first = apply_edit(edit=edit, allows_unusual=False, moves_along=False, user=anna)
    Contract.objects.update(stage="joined")
    second = apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=UserFactory())
    assert (second.applied_at, second.user_name, second.changed) == (first.applied_at, "anna", 1)
    assert stages(contract) == ["joined"]


def test_no_plan_rewrites_what_was_done(anna):
    contract = ContractFactory(stage="joined")
    edit = edit_of(contract, to="suspended", user=anna)
    in_another_window = StageEdit.objects.get(pk=edit.pk)
    apply_edit(edit=edit, allows_unusual=False, moves_along=False, user=anna)
    plan(edit=in_another_window, to="expired", why="Never said")
    done = StageEdit.objects.get()
    assert (done.to_stage, done.why) == ("suspended", "It ended")


def test_nothing_is_done_but_what_was_shown(anna):
    contract = ContractFactory(stage="joined")
    shown = edit_of(contract, to="suspended", user=anna)
    plan(edit=StageEdit.objects.get(pk=shown.pk), to="expired", why="")
    assert not apply_edit(edit=shown, allows_unusual=True, moves_along=True, user=anna).applied_at
    assert stages(contract) == ["joined"]


def test_the_record_keeps_the_reason_of_whoever_carries_it_out(anna):
    contract = ContractFactory(stage="joined")
    edit = edit_of(contract, to="suspended", user=anna, why="")
    edit.why = "Typed last"
    apply_edit(edit=edit, allows_unusual=False, moves_along=False, user=anna)
    assert StageEdit.objects.get().why == contract.stage_changes.last().why == "Typed last"


class TestPartnersMoveAlong:
    def test_when_a_contract_becomes_joined(self, anna):
        contract = ContractFactory(stage="awaiting_publisher_approval", partner__prospecting_stage="outreach")
        known = ContractFactory(stage="awaiting_publisher_approval", partner__prospecting_stage="joined")
        edit = applied(contract, known, to="joined", user=anna)
        assert stages(contract.partner, known.partner) == ["joined", "joined"]
        assert (edit.planned_along, edit.changed_along) == (1, 1)
        assert Partner.objects.get(pk=contract.partner_id).original_joined_date == timezone.localdate()
        assert contract.partner.stage_changes.last().edit_id == edit.pk

    @pytest.mark.parametrize("to", ["expired", "suspended"])
    def test_when_the_last_joined_contract_ends(self, anna, to):
        one = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        both = [ContractFactory(stage="joined", partner=PartnerFactory(prospecting_stage="joined"))]
        both.append(ContractFactory(stage="joined", partner=both[0].partner))
        held = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        ContractFactory(stage="joined", partner=held.partner)
        applied(one, *both, held, to=to, user=anna)
        assert stages(one.partner, both[0].partner, held.partner) == [to, to, "joined"]

    def test_not_for_other_stages(self, anna):
        contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        assert applied(contract, to="cancelled", user=anna).planned_along == 0
        assert stages(contract.partner) == ["joined"]

    def test_not_if_it_is_not_wanted(self, anna):
        contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        edit = applied(contract, to="expired", user=anna, along=False)
        assert (stages(contract.partner), edit.changed_along, edit.planned_along) == (["joined"], 0, 0)

    def test_not_with_a_contract_that_was_left_alone(self, anna):
        contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        edit = edit_of(contract, to="expired", user=anna)
        Contract.objects.update(stage="cancelled")
        done = apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=anna)
        assert (stages(contract.partner), done.planned_along, done.left_alone_along) == (["joined"], 1, 1)
        assert list(done.left(Partner)) == [contract.partner]

    def test_not_if_another_contract_was_joined_meanwhile(self, anna):
        contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        edit = edit_of(contract, to="expired", user=anna)
        ContractFactory(stage="joined", partner=contract.partner)
        apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=anna)
        assert stages(contract, contract.partner) == ["expired", "joined"]

    def test_not_with_an_unusual_move_that_is_not_allowed(self, anna):
        contract = ContractFactory(stage="publisher_declined", partner__prospecting_stage="outreach")
        usual = ContractFactory(stage="suspended", partner__prospecting_stage="suspended")
        edit = edit_of(contract, usual, to="joined", user=anna)
        assert (edit.number_along, edit.number_along_usual) == (2, 1)
        done = apply_edit(edit=edit, allows_unusual=False, moves_along=True, user=anna)
        assert stages(contract, contract.partner) == ["publisher_declined", "outreach"]
        assert (done.planned_along, done.changed_along) == (1, 1)

    def test_not_if_they_were_not_shown(self, anna):
        contract, other = ContractFactory.create_batch(2, stage="joined", partner__prospecting_stage="joined")
        second = ContractFactory(stage="joined", partner=other.partner)
        edit = edit_of(contract, other, to="expired", user=anna)
        Contract.objects.filter(pk=second.pk).update(stage="cancelled")
        done = apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=anna)
        assert stages(contract.partner, other.partner) == ["expired", "joined"]
        assert (done.planned_along, done.changed_along) == (1, 1)


def test_partners_are_edited_themselves(anna):
    new, there = PartnerFactory(prospecting_stage="new"), PartnerFactory(prospecting_stage="outreach")
    edit = applied(new, there, to="outreach", user=anna)
    assert stages(new, there) == ["outreach", "outreach"]
    assert (edit.planned, edit.changed, edit.planned_along) == (1, 1, 0)


class TestUndo:
    def test_puts_back_what_is_where_the_edit_put_it(self, anna):
        joined, suspended = ContractFactory(stage="joined"), ContractFactory(stage="suspended")
        edit = applied(joined, suspended, to="expired", user=anna)
        undo = undo_edit(edit=edit, why="By mistake", user=UserFactory(username="ben"))
        assert stages(joined, suspended) == ["joined", "suspended"]
        assert (undo.planned, undo.changed, undo.undoes, undo.stage) == (2, 2, edit, None)
        change = joined.stage_changes.last()
        assert (change.from_stage, change.to_stage, change.user_name) == ("expired", "joined", "ben")
        assert (change.why, change.edit_id) == ("By mistake", undo.pk)
        assert Contract.objects.get(pk=joined.pk).stage_since == undo.applied_at

    def test_leaves_alone_what_was_changed_since(self, anna):
        back, moved, moved_back, _never_chosen = ContractFactory.create_batch(4, stage="joined")
        edit = applied(back, moved, moved_back, to="expired", user=anna)
        Contract.objects.filter(pk=moved.pk).update(stage="cancelled")
        for stage in ("joined", "expired"):
            Contract.objects.filter(pk=moved_back.pk).update(stage=stage)
        assert set(edit.changed_since(Contract)) == {moved, moved_back}
        undo = undo_edit(edit=edit, why="", user=anna)
        assert stages(back, moved, moved_back) == ["joined", "cancelled", "expired"]
        assert (undo.changed, undo.left_alone) == (1, 2)
        assert set(undo.left(Contract)) == {moved, moved_back}

    def test_happens_once(self, anna):
        contract = ContractFactory(stage="joined")
        edit = applied(contract, to="expired", user=anna)
        first = undo_edit(edit=edit, why="", user=anna)
        assert undo_edit(edit=edit, why="Again", user=anna) == first
        assert ContractStageChange.objects.count() == 3

    def test_can_be_undone(self, anna):
        contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        edit = applied(contract, to="expired", user=anna)
        undo = undo_edit(edit=edit, why="", user=anna)
        assert stages(contract, contract.partner) == ["joined", "joined"]
        again = undo_edit(edit=undo, why="Right after all", user=anna)
        assert stages(contract, contract.partner) == ["expired", "expired"]
        assert (again.undoes, again.changed, again.changed_along) == (undo, 1, 1)

    def test_puts_partners_back_who_moved_along(self, anna):
        contract, other = ContractFactory.create_batch(2, stage="joined", partner__prospecting_stage="joined")
        edit = applied(contract, other, to="expired", user=anna)
        ContractFactory()
        Partner.objects.filter(pk=other.partner_id).update(prospecting_stage="new")
        undo = undo_edit(edit=edit, why="", user=anna)
        assert stages(contract.partner, other.partner) == ["joined", "new"]
        assert (undo.changed, undo.changed_along, undo.left_alone_along) == (2, 1, 1)
        assert list(undo.left(Partner)) == [other.partner]


def test_a_crash_in_the_middle_leaves_nothing_half_done(anna, monkeypatch):
    contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
    edit = edit_of(contract, to="expired", user=anna)

    def crash(model, *args, **kwargs):
        if model is Partner:
            raise ZeroDivisionError
        return apply_moves(model, *args, **kwargs)

    apply_moves = services.apply_moves
    with monkeypatch.context() as patched:
        patched.setattr(services, "apply_moves", crash)
        with pytest.raises(ZeroDivisionError):
            apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=anna)
    assert stages(contract, contract.partner) == ["joined", "joined"]
    assert (ContractStageChange.objects.count(), PartnerStageChange.objects.count()) == (1, 1)
    assert StageEdit.objects.get().applied_at is None
    apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=anna)
    assert stages(contract, contract.partner) == ["expired", "expired"]


def test_choices_that_nobody_carried_out_go_after_a_week(anna):
    contract = ContractFactory(stage="joined")
    kept = applied(contract, to="expired", user=anna)
    forgotten, recent = (choose(rows=Contract.objects.all(), user=anna) for _ in range(2))
    long_ago = timezone.now() - timedelta(days=8)
    StageEdit.objects.filter(pk__in=[kept.pk, forgotten.pk]).update(created_at=long_ago)
    latest = choose(rows=Contract.objects.all(), user=anna)
    assert set(StageEdit.objects.all()) == {kept, recent, latest}


def test_more_rows_than_a_database_takes_parameters_are_moved_at_once(anna):
    first, number = ContractFactory(number="S-0", stage="joined"), 33_000
    same = "partner_id, template_term_id, stage, start_date, stage_since"
    others = "SELECT 1 AS n UNION ALL SELECT n + 1 FROM others WHERE n + 1 < %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE others AS ({others})"
            f" INSERT INTO contracts_contract (number, {same}) SELECT 'S-' || n, {same}"
            " FROM contracts_contract, others",
            [number],
        )
    edit = choose(rows=Contract.objects.all(), user=anna)
    plan(edit=edit, to="expired", why="")
    done = apply_edit(edit=edit, allows_unusual=False, moves_along=True, user=anna)
    assert done.changed == first.partner.contracts.filter(stage="expired").count() == number
    assert undo_edit(edit=done, why="", user=anna).changed == number


def test_edits_have_names(anna):
    edit = applied(ContractFactory(stage="joined"), to="expired", user=anna)
    undo = undo_edit(edit=edit, why="", user=anna)
    assert (str(edit), str(undo)) == (f"Stage edit {edit.pk}", f"Undo of stage edit {edit.pk}")
