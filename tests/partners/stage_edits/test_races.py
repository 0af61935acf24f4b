"""Two superusers at once, each with a connection of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from contracts.models import Contract, ContractStageChange
from partners.models import StageEdit
from partners.stage_edits.services import apply_edit, plan, undo_edit
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory, UserFactory
from tests.partners.stage_edits.test_services import edit_of

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 5


def at_once(*deeds):
    """What each of them returns; they start together, each on a connection of its own."""
    barrier = Barrier(len(deeds))

    def run(deed):
        try:
            barrier.wait()
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [future.result() for future in [pool.submit(run, deed) for deed in deeds]]


def apply(edit, user):
    return lambda: apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=user)


def is_sound():
    """Each contract's history is a chain that ends in its stage."""
    for contract in Contract.objects.prefetch_related("stage_changes"):
        changes = contract.stage_changes.all()
        chain = ["", *(change.to_stage for change in changes)]
        assert [change.from_stage for change in changes] == chain[:-1]
        assert (contract.stage, contract.stage_since) == (chain[-1], list(changes)[-1].at)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_overlapping_edits_move_each_row_once(_round):
    anna, ben = UserFactory(), UserFactory()
    contracts = ContractFactory.create_batch(60, stage="joined")
    first = edit_of(*contracts[:40], to="expired", user=anna)
    second = edit_of(*reversed(contracts[20:]), to="suspended", user=ben)
    done = at_once(apply(first, anna), apply(second, ben))
    assert sum(edit.changed for edit in done) == 60
    assert sum(edit.left_alone for edit in done) == 20
    assert ContractStageChange.objects.filter(edit__isnull=False).count() == 60
    is_sound()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_double_click_does_it_once(_round):
    anna = UserFactory()
    edit = edit_of(*ContractFactory.create_batch(20, stage="joined"), to="expired", user=anna)
    one, other = at_once(apply(edit, anna), apply(edit, anna))
    assert one.applied_at == other.applied_at
    assert ContractStageChange.objects.filter(edit=edit).count() == 20
    is_sound()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_undos_at_once_are_one(_round):
    anna = UserFactory()
    edit = edit_of(*ContractFactory.create_batch(20, stage="joined"), to="expired", user=anna)
    apply(edit, anna)()
    one, other = at_once(*[lambda: undo_edit(edit=edit, why="", user=anna)] * 2)
    assert one == other
    assert StageEdit.objects.filter(undoes=edit).count() == 1
    assert Contract.objects.filter(stage="joined").count() == 20
    is_sound()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_an_edit_and_somebody_who_saves_do_not_hide_from_each_other(_round):
    anna = UserFactory()
    contracts = ContractFactory.create_batch(20, stage="joined")
    edit = edit_of(*contracts, to="expired", user=anna)

    def save():
        for contract in reversed(contracts):
            contract.stage = "suspended"
            contract.save()

    done, _none = at_once(apply(edit, anna), save)
    assert set(Contract.objects.values_list("stage", flat=True)) == {"suspended"}
    assert ContractStageChange.objects.filter(edit=edit).count() == done.changed
    is_sound()


@pytest.mark.parametrize("fields", [["stage", "start_date"], ["stage"]])
@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_imports_of_the_same_new_contracts_record_each_arrival_once(_round, fields):
    partner, term = PartnerFactory(), TemplateTermFactory()

    def bring(stage):
        rows = [
            Contract(number=f"S-{n}", partner=partner, template_term=term, stage=stage) for n in range(200)
        ]
        return lambda: Contract.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["number"], update_fields=fields
        )

    at_once(bring("joined"), bring("suspended"))
    assert Contract.objects.count() == 200
    assert ContractStageChange.objects.filter(from_stage="").count() == 200
    is_sound()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_another_window_does_not_rewrite_what_is_carried_out(_round):
    anna = UserFactory()
    edit = edit_of(*ContractFactory.create_batch(20, stage="joined"), to="expired", user=anna)
    in_another_window = StageEdit.objects.get(pk=edit.pk)
    done, _none = at_once(apply(edit, anna), lambda: plan(edit=in_another_window, to="suspended", why=""))
    kept = StageEdit.objects.get()
    if done.applied_at:
        assert (kept.to_stage, kept.why, kept.changed) == ("expired", "It ended", 20)
    else:
        assert (kept.to_stage, kept.applied_at) == ("suspended", None)
    is_sound()
