"""Whatever is done in whatever order: a row's stage and dates are those of the end of its history."""

from collections import defaultdict
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
    """Partners and contracts that are created, saved, imported, edited in bulk, put back and deleted."""

    @initialize()
    def begin(self):
        self.block = transaction.atomic()
        self.block.__enter__()
        self.user = UserFactory()
        self.seen = {Contract: {}, Partner: {}}
        self.joined_before = {}
        for stage in ("new", "joined"):
            ContractFactory.create_batch(2, partner=PartnerFactory(prospecting_stage=stage))

    def teardown(self):
        if hasattr(self, "block"):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def some(self, model, numbers):
        keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
        return model.objects.filter(pk__in=[keys[n] for n in numbers if n < len(keys)])

    def joined_dates(self):
        return dict(Partner.objects.order_by().values_list("pk", "original_joined_date"))

    def plan(self, rows, to):
        edit = choose(rows=rows, user=self.user)
        plan(edit=edit, to=to, why="")
        return edit

    def apply(self, edit, **options):
        before = self.joined_dates()
        done = apply_edit(
            edit=edit, **{"allows_unusual": True, "moves_along": True, **options}, user=self.user
        )
        self.joined_before[done.pk] = before
        assert done.left_alone == sum(map(len, done.chosen.values()))
        assert done.left_alone_along == sum(map(len, done.chosen_along.values()))

    @rule(stage=contract_stages, at=st.integers(0, 1))
    def add(self, stage, at):
        partner = Partner.objects.order_by("pk")[at]
        if Contract.objects.count() < 8:
            ContractFactory(partner=partner, stage=stage)

    @rule(picks=picks, stage=contract_stages)
    def save(self, picks, stage):
        for contract in self.some(Contract, picks):
            contract.stage = stage
            contract.save()

    @rule(picks=picks, stage=partner_stages)
    def update(self, picks, stage):
        self.some(Partner, picks).update(prospecting_stage=stage)

    @rule(picks=picks, stage=contract_stages)
    def bring(self, picks, stage):
        rows = list(self.some(Contract, picks))
        for contract in rows:
            contract.pk, contract.stage = None, stage
        Contract.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["number"], update_fields=["stage", "end_date"]
        )

    @rule(picks=picks, stage=contract_stages, unusual=st.booleans(), along=st.booleans())
    def edit_contracts(self, picks, stage, unusual, along):
        edit = self.plan(self.some(Contract, picks), stage)
        self.apply(edit, allows_unusual=unusual, moves_along=along)

    @rule(picks=picks, stage=partner_stages)
    def edit_partners(self, picks, stage):
        self.apply(self.plan(self.some(Partner, picks), stage))

    @rule(picks=picks, first=contract_stages, second=contract_stages)
    def edit_what_moved_meanwhile(self, picks, first, second):
        edit = self.plan(self.some(Contract, picks), first)
        self.some(Contract, picks[:2]).update(stage=second)
        self.apply(edit)

    @rule(n=st.integers(0, 9))
    def undo(self, n):
        edits = list(StageEdit.objects.applied().filter(undone_by=None))
        if not edits:
            return
        edit, before = edits[n % len(edits)], self.joined_dates()
        undo = undo_edit(edit=edit, why="", user=self.user)
        self.joined_before[undo.pk] = before
        dates = self.joined_dates()
        for partner in undo.changes(Partner).values_list("subject", flat=True):
            assert dates[partner] == self.joined_before[edit.pk][partner]

    @rule(n=st.integers(0, 9))
    def delete(self, n):
        for contract in self.some(Contract, [n]):
            contract.delete()

    @invariant()
    def each_row_is_where_its_history_ends(self):
        for model in (Contract, Partner):
            histories = defaultdict(list)
            for change in model.changes().objects.order_by("pk").values():
                histories[change["subject_id"]].append(change)
            rows = {row["id"]: row for row in model.objects.order_by().values()}
            assert histories.keys() == rows.keys()
            for key, row in rows.items():
                self.is_sound(model, row, histories[key])
                # What was there is there, as it was.
                seen = self.seen[model].get(key, [])
                assert histories[key][: len(seen)] == seen
            self.seen[model] = histories

    def is_sound(self, model, row, changes):
        stages = ["", *(change["to_stage"] for change in changes)]
        assert [change["from_stage"] for change in changes] == stages[:-1]
        assert stages[-1] == row[model.stage_field]
        assert all(before != after for before, after in pairwise(stages))
        if model is Contract:
            assert row["stage_since"] == changes[-1]["at"]
        elif len(changes) > 1:
            assert row["last_transition_date"] == timezone.localdate(changes[-1]["at"])


def test_a_row_is_where_its_history_ends_and_no_history_is_lost():
    run_state_machine_as_test(Stages, settings=law(25))
