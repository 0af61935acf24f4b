"""Whatever is done in whatever order: a row's stage and dates are those of the end of its history."""

from itertools import pairwise

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from contracts.models import Contract, ContractStage
from partners.models import Partner, ProspectingStage, StageEdit
from partners.stage_services import apply_edit, choose, plan, undo_edit
from tests.factories import ContractFactory, PartnerFactory, UserFactory
from tests.segments.strategies import few
from tests.segments.test_laws import law

pytestmark = pytest.mark.django_db

contract_stages = st.sampled_from(["joined", "expired", "suspended"]) | few(ContractStage.values)
partner_stages = st.sampled_from(["joined", "expired", "suspended"]) | few(ProspectingStage.values)
picks = st.lists(st.integers(0, 9), max_size=6)


class Stages(RuleBasedStateMachine):
    """Partners and contracts that are created, saved, edited in bulk, put back and deleted."""

    @initialize()
    def begin(self):
        self.block = transaction.atomic()
        self.block.__enter__()
        self.user = UserFactory()
        self.seen = {}
        for partner in PartnerFactory.create_batch(2):
            ContractFactory.create_batch(2, partner=partner)

    def teardown(self):
        if hasattr(self, "block"):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def some(self, model, numbers):
        keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
        return model.objects.filter(pk__in=[keys[n] for n in numbers if n < len(keys)])

    def edit(self, rows, to):
        edit = choose(rows=rows, user=self.user)
        plan(edit=edit, to=to, why="")
        return edit

    @rule(stage=contract_stages, at=st.integers(0, 1))
    def add(self, stage, at):
        partner = Partner.objects.order_by("pk")[at : at + 1].first()
        if partner and Contract.objects.count() < 8:
            ContractFactory(partner=partner, stage=stage)

    @rule(picks=picks, stage=contract_stages)
    def save(self, picks, stage):
        for contract in self.some(Contract, picks):
            contract.stage = stage
            contract.save()

    @rule(picks=picks, stage=partner_stages)
    def update(self, picks, stage):
        self.some(Partner, picks).update(prospecting_stage=stage)

    @rule(picks=picks, stage=contract_stages, unusual=st.booleans(), along=st.booleans())
    def edit_contracts(self, picks, stage, unusual, along):
        edit = self.edit(self.some(Contract, picks), stage)
        apply_edit(edit=edit, allows_unusual=unusual, moves_along=along, user=self.user)

    @rule(picks=picks, stage=partner_stages)
    def edit_partners(self, picks, stage):
        edit = self.edit(self.some(Partner, picks), stage)
        apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=self.user)

    @rule(picks=picks, first=contract_stages, second=contract_stages)
    def edit_what_moved_meanwhile(self, picks, first, second):
        edit = self.edit(self.some(Contract, picks), first)
        self.some(Contract, picks[:2]).update(stage=second)
        apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=self.user)

    @rule(n=st.integers(0, 9))
    def undo(self, n):
        edits = list(StageEdit.objects.applied().filter(undone_by=None))
        if edits:
            undo_edit(edit=edits[n % len(edits)], why="", user=self.user)

    @rule(n=st.integers(0, 9))
    def delete(self, n):
        for contract in self.some(Contract, [n]):
            contract.delete()

    @invariant()
    def each_row_is_where_its_history_ends(self):
        for contract in Contract.objects.prefetch_related("stage_changes"):
            changes = self.chain(contract, contract.stage)
            assert contract.stage_since == changes[-1].at
        for partner in Partner.objects.prefetch_related("stage_changes"):
            changes = self.chain(partner, partner.prospecting_stage)
            if len(changes) > 1:
                assert partner.last_transition_date == timezone.localdate(changes[-1].at)
            if partner.prospecting_stage == "joined":
                assert partner.original_joined_date

    def chain(self, row, stage):
        changes = list(row.stage_changes.all())
        stages = ["", *(change.to_stage for change in changes)]
        assert [change.from_stage for change in changes] == stages[:-1]
        assert stages[-1] == stage
        assert all(before != after for before, after in pairwise(stages))
        return changes

    @invariant()
    def no_history_is_changed_or_lost(self):
        for model in (Contract, Partner):
            there = set(model.objects.values_list("pk", flat=True))
            rows = {(model, row["id"]): row for row in model.changes().objects.values()}
            for key, row in self.seen.items():
                if key[0] is model and row["subject_id"] in there:
                    assert rows.get(key) == row
            self.seen.update(rows)


def test_a_row_is_where_its_history_ends_and_no_history_is_lost():
    run_state_machine_as_test(Stages, settings=law(25))
