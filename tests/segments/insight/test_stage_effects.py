"""What a bulk edit of stages would do to the sizes of segments, told before anything is done."""

from contextlib import contextmanager
from math import inf

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from contracts.models import MOVES_PARTNER, Contract, ContractStage
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from partners.models import Partner, ProspectingStage, StageEdit
from partners.stage_edits.services import apply_edit, choose, plan
from segments.insight import stage_effects
from segments.insight.stage_effects import SizeChange, Sizes, may_change, moves_of, sizes_after
from segments.models import Segment
from segments.query.columns.evaluation import Evaluator
from tests.factories import ContractFactory, PartnerFactory, UserFactory
from tests.laws import law
from tests.queries import OF_A_BLOCK
from tests.segments.moments import AT, days_from_today
from tests.segments.operators import few
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db

JOINED_CONTRACT = {"field": "contract_stage", "operator": "any_of", "value": ["joined"]}
JOINED_PARTNER = {"field": "prospecting_stage", "operator": "any_of", "value": ["joined"]}
NAMED = {"field": "partner_name", "operator": "contains", "value": "a"}


def segment(*conditions, name="Any"):
    return Segment.objects.create(name=name, definition={"version": 1, "any": [{"all": list(conditions)}]})


def changes(edit, segments, moment=AT):
    """All of them, however long it takes."""
    sizes = sizes_after(edit, segments, moment, seconds=600)
    assert not sizes.uncounted
    return sizes.changes


def edit_of(rows, to):
    user = UserFactory()
    edit = choose(rows=rows, user=user)
    plan(edit=edit, to=to, why="")
    return edit, user


@law(60)
@given(programs(), st.lists(definitions, min_size=1, max_size=3), st.data())
def test_the_sizes_are_those_that_come_about(program, some, data):
    with stored(program):
        segments = [
            Segment.objects.create(name=f"Segment {n}", definition=definition)
            for n, definition in enumerate(some)
        ]
        segments += [
            segment({**JOINED_PARTNER, "value": [stage.value]}, name=stage.value) for stage in MOVES_PARTNER
        ]
        model, stages = data.draw(st.sampled_from([(Contract, ContractStage), (Partner, ProspectingStage)]))
        keys = list(model.objects.values_list("pk", flat=True))
        chosen = data.draw(st.lists(st.sampled_from(keys), unique=True)) if keys else []
        to = data.draw(few(stages.values) | st.sampled_from(MOVES_PARTNER))
        edit, user = edit_of(model.objects.filter(pk__in=chosen), to)
        # The edit is done now, and what it writes down is when.
        moment = Moment.now()
        foretold = changes(edit, segments, moment)
        before = {one.pk: one.members(moment).count for one in segments}
        asked = {one.pk for one in segments if may_change(one, moves_of(edit), moment)}
        apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=user)
        after = {one.pk: one.members(moment).count for one in segments}
        assert foretold == [
            SizeChange(one, before[one.pk], after[one.pk])
            for one in segments
            if before[one.pk] != after[one.pk]
        ]
        assert {pk for pk in before if before[pk] != after[pk]} <= asked


def test_partners_who_would_move_along_count_too():
    contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
    one = segment(JOINED_PARTNER)
    edit, _user = edit_of(Contract.objects.all(), "expired")
    assert edit.number_along == 1
    assert changes(edit, [one]) == [SizeChange(one, 1, 0)]
    assert Contract.objects.get().stage == contract.stage


def test_rows_that_were_moved_meanwhile_do_not_count():
    ContractFactory(stage="joined")
    one = segment(JOINED_CONTRACT)
    edit, _user = edit_of(Contract.objects.all(), "suspended")
    Contract.objects.update(stage="cancelled")
    assert changes(edit, [one]) == []


def test_nothing_is_written_and_nothing_stays_hidden():
    contract, *_others = ContractFactory.create_batch(3, stage="joined")
    PartnerFactory()
    edit, _user = edit_of(Contract.objects.filter(pk=contract.pk), "expired")
    changes(edit, [segment(JOINED_CONTRACT)])
    assert Contract.objects.filter(stage="joined").count() == 3
    assert Partner.objects.count() == 4
    assert not StageEdit.objects.get().changes().exists()


def test_an_error_within_leaves_nothing_hidden(monkeypatch):
    contract, _other = ContractFactory.create_batch(2, stage="joined")
    edit, _user = edit_of(Contract.objects.filter(pk=contract.pk), "expired")

    def fail(_moves, _at):
        raise ZeroDivisionError

    monkeypatch.setattr("segments.insight.stage_effects._move", fail)
    with pytest.raises(ZeroDivisionError):
        changes(edit, [segment(JOINED_CONTRACT)])
    assert Contract.objects.count() == 2


def test_a_segment_that_asks_about_no_stage_is_not_even_counted():
    ContractFactory(stage="joined")
    edit, _user = edit_of(Contract.objects.all(), "cancelled")
    moves = moves_of(edit)
    broken = Segment.objects.create(name="Broken", definition={"version": 3})
    assert [
        may_change(one, moves, AT)
        for one in (
            segment(NAMED),
            broken,
            segment(JOINED_PARTNER, name="P"),
            segment(JOINED_CONTRACT, name="C"),
        )
    ] == [False, False, False, True]


@pytest.mark.parametrize("operator", ["any_of", "none_of"])
def test_a_segment_is_counted_only_if_a_move_crosses_the_stages_it_names(operator):
    ContractFactory(stage="joined")
    edit, _user = edit_of(Contract.objects.all(), "cancelled")
    moves = moves_of(edit)
    several = (["joined", "expired"], ["cancelled"], ["joined", "cancelled"], ["expired"], ["none"])
    some = [
        segment({**JOINED_CONTRACT, "operator": operator, "value": value}, name=f"{value}")
        for value in several
    ]
    assert [may_change(one, moves, AT) for one in some] == [True, True, False, False, False]


def test_a_segment_is_counted_if_it_asks_about_the_move_by_the_way():
    contract = ContractFactory(stage="joined", partner__prospecting_stage="expired")
    Contract.objects.update(stage_since=AT.start_of(days_from_today(-365)))
    edit, _user = edit_of(Contract.objects.all(), "cancelled")
    named = segment(JOINED_CONTRACT, name="Named")
    counted = {"field": "contracts", "operator": "less_than", "value": "1"}
    since = {"field": "contract_stage_since", "operator": "within", "value": {"last": 1}}
    some = [
        segment({**counted, "where": [JOINED_CONTRACT]}, name="Counts"),
        segment(since, name="Since"),
        segment({"field": "segment", "operator": "none_of", "value": [named.pk]}, name="Names"),
        Segment.objects.create(
            name="Leaves out",
            definition={
                "version": 2,
                "any": [
                    {"all": [{"field": "partner_id", "operator": "any_of", "value": [contract.partner_id]}]}
                ],
                "except": [{"all": [JOINED_CONTRACT]}],
            },
        ),
    ]
    unchanged = segment(counted, name="Counts all")
    assert changes(edit, [*some, unchanged]) == [SizeChange(one, 0, 1) for one in some]


class SlowDatabase:
    """A clock that goes on only while something is counted or moved, by so many seconds as that costs."""

    def __init__(self, monkeypatch, *, move=0, segments=None):
        self.now, self.deadline = 0.0, inf
        costs = {one.read(): seconds for one, seconds in (segments or {}).items()}
        partners_of, move_rows = Evaluator.of_definition, stage_effects._move

        def found(masks, definition):
            self.spend(costs.get(definition, 1))
            return partners_of(masks, definition)

        def moved(moves, at):
            self.now += move
            move_rows(moves, at)

        monkeypatch.setattr(stage_effects, "time", self)
        monkeypatch.setattr(stage_effects, "time_limit", self.limit)
        monkeypatch.setattr(stage_effects, "_move", moved)
        monkeypatch.setattr(Evaluator, "of_definition", found)

    def monotonic(self):
        return self.now

    @contextmanager
    def limit(self, *, seconds, keeps=False):
        outer, self.deadline = self.deadline, min(self.now + seconds, self.deadline)
        try:
            with time_limit(seconds=600, keeps=keeps):
                yield
        finally:
            self.deadline = outer

    def spend(self, seconds):
        if self.now + seconds > self.deadline:
            self.now = max(self.now, self.deadline)
            raise TooSlowError
        self.now += seconds


def several(number):
    return [segment(JOINED_CONTRACT, name=f"{n:03}") for n in range(number)]


@pytest.fixture
def cancelling():
    """A bulk edit of one contract, which is joined."""
    ContractFactory(stage="joined")
    edit, _user = edit_of(Contract.objects.all(), "cancelled")
    return edit


def test_a_slow_move_leaves_time_for_the_counts_after_it(cancelling, monkeypatch):
    some = several(20)
    SlowDatabase(monkeypatch, move=440)
    assert sizes_after(cancelling, some, AT, seconds=600) == Sizes(
        [SizeChange(one, 1, 0) for one in some], []
    )


def test_without_time_after_the_move_all_are_told(cancelling, monkeypatch):
    some = several(2)
    SlowDatabase(monkeypatch, move=600)
    assert sizes_after(cancelling, some, AT, seconds=600) == Sizes([], some)
    assert Contract.objects.get().stage == "joined"


@pytest.mark.parametrize("at", [0, 14, 29])
def test_only_a_very_long_segment_itself_is_missing(cancelling, monkeypatch, at):
    some = several(29)
    long = segment({**JOINED_CONTRACT, "value": ["joined", "expired", "archived"]}, name="Long")
    SlowDatabase(monkeypatch, segments={long: 10_000})
    found = sizes_after(cancelling, [*some[:at], long, *some[at:]], AT, seconds=600)
    assert found == Sizes([SizeChange(one, 1, 0) for one in some], [long])


def test_what_was_counted_in_time_is_kept_and_the_rest_is_told(cancelling, monkeypatch):
    some = several(40)
    SlowDatabase(monkeypatch, segments={some[0]: 10})
    found = sizes_after(cancelling, some, AT, seconds=600)
    assert found == Sizes([SizeChange(one, 1, 0) for one in some[:20]], some[20:])


def test_too_many_partners_are_not_even_copied(cancelling, monkeypatch):
    monkeypatch.setattr(stage_effects, "MAX_PARTNERS", 0)
    some = several(2)
    with CaptureQueriesContext(connection) as queries:
        assert sizes_after(cancelling, some, AT, seconds=600) == Sizes([], some)
    assert not [query for query in queries if "CREATE TEMP" in query["sql"]]


@pytest.mark.parametrize("counted_alone", [0, 20])
@pytest.mark.parametrize("most", [1, 500_000])
def test_partners_who_can_not_change_are_in_the_sizes_too(monkeypatch, counted_alone, most):
    contract, *_others = ContractFactory.create_batch(3, stage="joined")
    PartnerFactory()
    edit, _user = edit_of(Contract.objects.filter(pk=contract.pk), "cancelled")
    monkeypatch.setattr(stage_effects, "MAX_COUNTED_ALONE", counted_alone)
    monkeypatch.setattr(stage_effects, "MAX_PARTNERS", most)
    one, other = segment(JOINED_CONTRACT), segment({**JOINED_CONTRACT, "operator": "none_of"}, name="None")
    assert changes(edit, [one, other]) == [SizeChange(one, 3, 2), SizeChange(other, 1, 2)]


def test_nothing_is_copied_where_no_segment_can_change(cancelling):
    with CaptureQueriesContext(connection) as queries:
        assert sizes_after(cancelling, [segment(NAMED)], AT, seconds=600) == Sizes([], [])
    assert not [query for query in queries if "CREATE TEMP" in query["sql"]]


@pytest.mark.django_db(transaction=True)
def test_others_can_write_meanwhile(monkeypatch):
    ContractFactory(stage="joined")
    edit, _user = edit_of(Contract.objects.all(), "cancelled")
    seen = []
    monkeypatch.setattr(stage_effects, "_move", lambda _moves, _at: seen.append(connection.in_atomic_block))
    changes(edit, [segment(JOINED_CONTRACT)])
    # PostgreSQL locks no row that is only read; SQLite would lock all of them.
    assert seen == [connection.vendor == "postgresql"]


def test_many_segments_take_few_queries(django_assert_max_num_queries):
    ContractFactory(stage="joined")
    segments = [segment(JOINED_CONTRACT, name=f"Segment {n}") for n in range(60)]
    edit, _user = edit_of(Contract.objects.all(), "cancelled")
    with django_assert_max_num_queries(35 + 20 * OF_A_BLOCK):
        assert len(changes(edit, segments)) == 60


STAGES_AS_PLANNED = """SELECT array_to_string(most_common_vals::text::text[], ',') FROM pg_stats
    WHERE schemaname LIKE 'pg_temp%%' AND tablename = 'contracts_contract' AND attname = 'stage'"""


def test_questions_are_planned_for_the_rows_as_they_are_and_read_them_from_memory(monkeypatch):
    ContractFactory.create_batch(3, stage="joined")
    edit, _user = edit_of(Contract.objects.all(), "cancelled")
    sizes, seen = stage_effects._sizes, []

    def ask(*args):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT current_setting('temp_buffers'), ({STAGES_AS_PLANNED})")
                seen.append(cursor.fetchone())
        return sizes(*args)

    monkeypatch.setattr(stage_effects, "_sizes", ask)
    one = segment(JOINED_CONTRACT)
    assert changes(edit, [one]) == [SizeChange(one, 3, 0)]
    if connection.vendor == "postgresql":
        assert seen[:2] == [("128MB", "joined"), ("128MB", "cancelled")]


@pytest.mark.session
@pytest.mark.django_db(transaction=True)
def test_a_session_that_has_used_temporary_tables_gets_the_same_answer():
    ContractFactory(stage="joined")
    edit, _user = edit_of(Contract.objects.all(), "cancelled")
    one = segment(JOINED_CONTRACT)
    if connection.vendor == "postgresql":
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE other AS SELECT 1 AS one")
            cursor.execute("SELECT * FROM other")
    assert changes(edit, [one]) == [SizeChange(one, 1, 0)]
    if connection.vendor == "postgresql":
        connection.close()


def test_a_search_path_that_would_give_wrong_answers_is_refused():
    ContractFactory(stage="joined")
    edit, _user = edit_of(Contract.objects.all(), "cancelled")
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL search_path = public, pg_temp")
            with pytest.raises(RuntimeError, match="search_path"):
                changes(edit, [segment(JOINED_CONTRACT)])
    else:
        assert len(changes(edit, [segment(JOINED_CONTRACT)])) == 1
