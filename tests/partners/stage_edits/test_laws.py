"""Whatever is done in whatever order: a row's stage and dates are those of the end of its history."""

from collections import defaultdict
from datetime import date
from itertools import pairwise

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from contracts.models import Contract, ContractStage
from partners.models import Partner, ProspectingStage, StageEdit
from partners.stage_edits.services import apply_edit, choose, plan, undo_edit
from tests.factories import ContractFactory, PartnerFactory, UserFactory
from tests.laws import law

pytestmark = pytest.mark.django_db

MAX_CONTRACTS = 6

often = st.sampled_from(["joined", "expired", "suspended"])
contract_stages = often | often | st.sampled_from(ContractStage.values)
partner_stages = often | often | st.sampled_from(ProspectingStage.values)
picks = st.integers(1, 2**MAX_CONTRACTS - 1)
"""Rows in the order of their keys, one where the number has a 1 in binary."""


class Stages(RuleBasedStateMachine):
    """Partners and contracts that are created, saved, imported, edited in bulk, put back and deleted."""

    @initialize()
    def begin(self):
        self.block = transaction.atomic()
        self.block.__enter__()
        self.user = UserFactory()
        self.seen = {Contract: {}, Partner: {}}
        self.joined_before, self.joined_after = {}, {}
        # One who joined nobody knows when, but not today.
        known = {"prospecting_stage": "joined", "last_transition_date": date(2025, 2, 3)}
        for partner in (PartnerFactory(), PartnerFactory(**known)):
            ContractFactory.create_batch(2, partner=partner)

    def teardown(self):
        if hasattr(self, "block"):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def some(self, model, picks):
        keys = model.objects.order_by("pk").values_list("pk", flat=True)
        return model.objects.filter(pk__in=[key for n, key in enumerate(keys) if picks >> n & 1])

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
        self.joined_before[done.pk], self.joined_after[done.pk] = before, self.joined_dates()
        assert done.left_alone == sum(map(len, done.chosen.values()))
        assert done.left_alone_along == sum(map(len, done.chosen_along.values()))

    @rule(stage=contract_stages, at=st.integers(0, 1))
    def add(self, stage, at):
        partner = Partner.objects.order_by("pk")[at]
        if Contract.objects.count() < MAX_CONTRACTS:
            ContractFactory(partner=partner, stage=stage)

    @rule(picks=picks, stage=contract_stages)
    def save(self, picks, stage):
        for contract in self.some(Contract, picks):
            contract.stage = stage
            contract.save()

    @rule(picks=picks, stage=partner_stages)
    def update(self, picks, stage):
        self.some(Partner, picks).update(prospecting_stage=stage)

    @rule(picks=picks, day=st.sampled_from([None, timezone.localdate(), date(2020, 1, 1)]))
    def put_right(self, picks, day):
        self.some(Partner, picks).update(original_joined_date=day)

    @rule(picks=picks, stage=contract_stages, also=st.sampled_from([[], ["end_date"]]))
    def bring(self, picks, stage, also):
        rows = list(self.some(Contract, picks))
        for contract in rows:
            contract.pk, contract.stage = None, stage
        Contract.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["number"], update_fields=["stage", *also]
        )

    @rule(picks=picks, stage=contract_stages, unusual=st.booleans(), along=st.booleans())
    def edit_contracts(self, picks, stage, unusual, along):
        edit = self.plan(self.some(Contract, picks), stage)
        self.apply(edit, allows_unusual=unusual, moves_along=along)

    @rule(picks=picks, stage=partner_stages)
    def edit_partners(self, picks, stage):
        self.apply(self.plan(self.some(Partner, picks), stage))

    @rule(picks=picks, first=contract_stages, meanwhile=picks, second=contract_stages)
    def edit_what_moved_meanwhile(self, picks, first, meanwhile, second):
        edit = self.plan(self.some(Contract, picks), first)
        self.some(Contract, picks & meanwhile).update(stage=second)
        self.apply(edit)

    @rule(picks=picks, away=contract_stages)
    def go_and_come_back(self, picks, away):
        for contract in self.some(Contract, picks):
            for stage in (away, contract.stage):
                Contract.objects.filter(pk=contract.pk).update(stage=stage)

    @rule(n=st.integers(0, 3))
    def undo(self, n):
        edits = list(StageEdit.objects.applied().filter(undone_by=None, changed__gt=0))
        if not edits:
            return
        edit, before = edits[n % len(edits)], self.joined_dates()
        not_moved_since = {
            (model, key)
            for model, histories in self.seen.items()
            for key, changes in histories.items()
            if changes[-1]["edit_id"] == edit.pk
        }
        undo = undo_edit(edit=edit, why="", user=self.user)
        back = {(model, change.subject_id) for model in self.seen for change in undo.changes(model)}
        assert back == not_moved_since
        self.joined_before[undo.pk], self.joined_after[undo.pk] = before, self.joined_dates()
        for partner in [key for model, key in back if model is Partner]:
            was, given = self.joined_before[edit.pk][partner], self.joined_after[edit.pk][partner]
            # What the edit changed is as it was, unless somebody has put it right since.
            expected = was if before[partner] == given else before[partner]
            assert self.joined_after[undo.pk][partner] == expected

    @rule(n=st.integers(0, MAX_CONTRACTS - 1))
    def delete(self, n):
        for contract in self.some(Contract, 1 << n):
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
