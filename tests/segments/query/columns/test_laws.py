"""Columns follow every write of every writer, and answer as SQL and the rules do."""

from contextlib import suppress

import pytest
from django.db import Error, connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contracts.models import Contract, ContractStageChange, TemplateTerm
from partners.change_log import prune
from partners.core.snapshot import snapshot
from partners.models import Membership, Note, Partner, PartnerGroup, PartnerStageChange, StageEdit
from partners.notes.services import NoteValues, delete_note, write_note
from partners.stage_edits.services import apply_edit, choose, plan, undo_edit
from segments.conditions import ATTRIBUTES
from segments.definition import Definition
from segments.models import Run, Segment, SegmentDay, Stay, Tracking
from segments.query.columns.evaluation import Evaluator
from segments.query.columns.layout import Layout
from segments.query.columns.query import ColumnsQuery
from segments.query.columns.reading import read_all
from segments.query.columns.state import State
from segments.query.columns.store import ColumnStore
from segments.query.keyset import ORDERINGS
from segments.query.sql import SqlQuery
from segments.tracking.services import AlreadyRunningError, track_now
from tests.laws import law
from tests.partners.imports.files import csv_file, imported
from tests.segments.evaluator import matching
from tests.segments.moments import AT
from tests.segments.query.columns.database import (
    Writer,
    contents,
    in_another_thread,
    of_several_connections,
    program_of_now,
)
from tests.segments.query.columns.statements import statements
from tests.segments.samples import (
    CONTRACT,
    INNER,
    NUMBERS,
    PARTNER,
    around,
    columns,
    currency_of,
    for_model,
    store_owners,
)
from tests.segments.strategies import definitions, store_stays

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.session, pytest.mark.slow]

keys = st.integers(1, 6)
few = st.integers(1, 3)
names = st.sampled_from(["Ada", "ada", "Bo", "Ça", "Zoë", "ß"])
stages = st.sampled_from(["new", "joined", "expired"])
contract_stages = st.sampled_from(["joined", "expired", "suspended"])


def some_of(of):
    """Some columns of partners or contracts, each with one of its usual values."""
    usual = columns(of, lambda sample: st.sampled_from(list(sample.values)[:4]))
    return st.fixed_dictionaries({}, optional=usual)


LAYOUT = Layout.of(ATTRIBUTES)
EMPTIED = [
    ContractStageChange,
    Contract,
    Membership,
    PartnerStageChange,
    Note,
    Partner,
    StageEdit,
    Stay,
    SegmentDay,
    Tracking,
    Run,
    Segment,
    PartnerGroup,
    TemplateTerm,
]


class Columns(RuleBasedStateMachine):
    """Each rule writes in another way; columns are then as if they had been read anew."""

    def __init__(self):
        super().__init__()
        self.store = ColumnStore()
        self.store._build_in_background = lambda: None
        self.may_lack_columns = self.lacks_columns = False
        self.writers = []

    @initialize()
    def begin(self):
        with transaction.atomic():
            for model in EMPTIED:
                model.objects.all()._raw_delete("default")
            PartnerGroup.objects.bulk_create(PartnerGroup(id=key, name=f"Group {key}") for key in range(1, 4))
            TemplateTerm.objects.bulk_create(
                TemplateTerm(id=key, name=f"Term {key}", currency=currency_of(key)) for key in range(1, 4)
            )
            Segment.objects.bulk_create(
                Segment(id=key, name=f"Inner {key}", definition=definition)
                for key, definition in INNER.items()
            )
            store_stays(INNER, ())
            store_owners()
            Partner.objects.bulk_create(Partner(id=key, name=f"P{key}") for key in range(1, 4))
        AT.kept.clear()
        self.writers = [Writer(), Writer()]
        self.store.is_on = True
        self.store.build()

    def teardown(self):
        for writer in self.writers:
            writer.close()

    # What one connection writes, in autocommit.

    @rule(key=keys, name=names, values=some_of(PARTNER))
    def save(self, key, name, values):
        with suppress(Error):
            partner = Partner.objects.filter(pk=key).first() or Partner(pk=key)
            partner.name = name
            for column, value in for_model(values).items():
                setattr(partner, column, value)
            partner.save()

    @rule(key=keys)
    def delete(self, key):
        with suppress(Error), transaction.atomic():
            Contract.objects.filter(partner=key).delete()
            Partner.objects.filter(pk=key).delete()

    @rule(key=keys, term=few, number=st.sampled_from(NUMBERS), values=some_of(CONTRACT))
    def sign(self, key, term, number, values):
        with suppress(Error), transaction.atomic():
            Contract.objects.filter(number=number).delete()
            if Partner.objects.filter(pk=key).exists():
                Contract.objects.create(number=number, partner_id=key, template_term_id=term, **values)

    @rule(key=keys, groups=st.sets(few))
    def put_in_groups(self, key, groups):
        with suppress(Error):
            for partner in Partner.objects.filter(pk=key):
                partner.groups.set(groups)

    @rule(key=keys, kind=st.sampled_from(["note", "call"]), day=st.sampled_from(around(0, -1, -30)))
    def write_a_note(self, key, kind, day):
        with suppress(Error):
            for partner in Partner.objects.filter(pk=key):
                write_note(partner=partner, values=NoteValues(kind, day, "What was said"))

    @rule(key=keys)
    def delete_a_note(self, key):
        with suppress(Error):
            for note in Note.objects.filter(partner=key)[:1]:
                delete_note(note=note)

    @rule(key=keys, stage=stages)
    def update(self, key, stage):
        with suppress(Error):
            Partner.objects.filter(pk__lte=key).update(prospecting_stage=stage)

    @rule(key=keys, name=names)
    def bulk_update(self, key, name):
        with suppress(Error):
            partners = list(Partner.objects.filter(pk__gte=key))
            for partner in partners:
                partner.name = name
            Partner.objects.bulk_update(partners, ["name"])

    @rule(key=keys, stage=contract_stages, undone=st.booleans())
    def edit_stages(self, key, stage, undone):
        with suppress(Error):
            edit = choose(rows=Contract.objects.filter(partner__lte=key), user="ada")
            plan(edit=edit, to=stage, why="it is time")
            edit = apply_edit(edit=edit, allows_unusual=True, moves_along=True, user="ada")
            if undone:
                undo_edit(edit=edit, why="it was not", user="ada")

    @rule(key=keys, name=names, stage=stages)
    def import_a_file(self, key, name, stage):
        with suppress(Error):
            headings = ("Partner ID", "Name", "Prospecting Stage", "Groups")
            rows = (key, name, stage, "Group 1"), (key + 1, "New", "new", "Group 2")
            imported(csv_file(headings, *rows), creates=True, overwrites=True)

    @rule(key=st.sampled_from([*INNER]))
    def run_a_tracked_segment(self, key):
        """What a run writes is not in the log, so no answer about stays may be kept."""
        asked = [
            {"field": field, "operator": "within", "value": {"segment": key, "days": {"after": "2000-01-01"}}}
            for field in ("segment_since", "segment_left")
        ]
        definition = {"version": 2, "any": [{"all": [one]} for one in asked]}
        with snapshot():
            self.agree(definition)
        with suppress(Error, AlreadyRunningError):
            track_now(segment=Segment.objects.get(pk=key), user=None)
        with snapshot():
            self.agree(definition)

    @rule(key=keys, stage=stages)
    def roll_back(self, key, stage):
        with suppress(Error), transaction.atomic():
            Partner.objects.filter(pk__gte=key).update(prospecting_stage=stage)
            transaction.set_rollback(True)

    @rule(key=keys, stage=stages)
    def roll_back_to_a_savepoint(self, key, stage):
        with suppress(Error), transaction.atomic():
            Partner.objects.filter(pk=key).update(prospecting_stage=stage)
            with transaction.atomic():
                Partner.objects.filter(pk__gte=key).update(country="US")
                transaction.set_rollback(True)

    @rule(key=keys, stage=stages)
    def ask_while_writing(self, key, stage):
        """What nobody else sees yet, and never will, is not for columns."""
        with suppress(Error), snapshot():
            if Partner.objects.filter(pk__gte=key).update(website=f"https://{stage}.example"):
                assert self.store.state() is None
            transaction.set_rollback(True)

    # What others write meanwhile, in transactions of any length.

    @rule(which=st.integers(0, 1), sql=statements)
    def write(self, which, sql):
        self.writers[which].write(sql)

    @rule(which=st.integers(0, 1), how=st.sampled_from(["COMMIT", "COMMIT", "ROLLBACK"]))
    def end(self, which, how):
        self.writers[which].end(how)

    @rule(key=keys, stage=stages)
    def ask_as_of_earlier(self, key, stage):
        """Others have asked as of later by then."""

        def write_and_ask():
            with suppress(Error):
                Partner.objects.filter(pk__lte=key).update(prospecting_stage=stage)
                Partner.objects.create(name="Late", prospecting_stage=stage)
                with snapshot():
                    self.store.state()

        with snapshot():
            Partner.objects.exists()
            in_another_thread(write_and_ask)
            self.same_as_read_anew()

    # What happens to the log, and to the process.

    @rule(keep=st.integers(0, 5))
    def prune(self, keep):
        with suppress(Error):
            self.may_lack_columns |= bool(prune(keep=keep))

    @precondition(lambda self: connection.vendor == "postgresql")
    @rule()
    def truncate(self):
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("TRUNCATE partners_membership")
            self.may_lack_columns = True

    @rule()
    def start_anew(self):
        self.store.build()
        self.may_lack_columns = self.lacks_columns = False

    # What holds after each of these.

    @invariant()
    def columns_are_as_if_read_anew(self):
        if not self.writers:
            return
        with snapshot():
            self.same_as_read_anew()
        if self.lacks_columns:
            self.start_anew()

    def same_as_read_anew(self):
        state = self.state()
        anew = State.of(state.layout, read_all(state.layout))
        found, in_order = contents(state)
        expected, [expected_order] = contents(anew)
        assert found == expected
        assert all(keys == [key for key in expected_order if key in set(keys)] for keys in in_order)

    def state(self):
        """That of the open snapshot; none only where the log is known to lack something."""
        state = self.store.state()
        self.lacks_columns = state is None
        assert self.may_lack_columns or not self.lacks_columns
        return state or State.of(LAYOUT, read_all(LAYOUT))

    @rule(data=st.data(), key=st.sampled_from(sorted(ORDERINGS)))
    def answers_agree(self, data, key):
        definition = data.draw(definitions)
        with snapshot():
            found, by_sql = self.agree(definition)
            assert found.count == by_sql.count
            assert found.page(2, order=ORDERINGS[key]) == by_sql.page(2, order=ORDERINGS[key])

    def agree(self, definition):
        """The definition asked in both ways, which find the partners that the rules say."""
        read = Definition.from_json(definition)
        by_sql, state = SqlQuery(read, AT), self.state()
        found = ColumnsQuery(state, Evaluator(state, AT).of_definition(read))
        assert found.ids() == sorted(by_sql.ids()) == sorted(matching(definition, program_of_now()))
        return found, by_sql


def test_columns_follow_all_that_is_written(tmp_path):
    with of_several_connections(tmp_path):
        run_state_machine_as_test(Columns, settings=law(60))
