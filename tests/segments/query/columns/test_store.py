"""When columns answer, and when SQL has to."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from partners import change_log
from partners.change_log import PRUNED, prune
from partners.core.snapshot import snapshot
from partners.models import Partner, PartnerChange
from segments.definition import Condition, Group
from segments.query import members
from segments.query.columns import state as states
from segments.query.columns.evaluation import Evaluator
from segments.query.columns.store import CannotBuildError, ColumnStore
from segments.query.sql import SqlQuery
from segments.services import count
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory
from tests.segments.forms import any_of, asks, saved
from tests.segments.moments import AT
from tests.segments.query.columns.database import Writer, in_another_thread, of_several_connections

pytestmark = pytest.mark.django_db(transaction=True)

NEW, JOINED = (asks("prospecting_stage", "any_of", [stage]) for stage in ("new", "joined"))


@pytest.fixture
def store(monkeypatch):
    """Columns of three partners, built now; building again is only noted."""
    PartnerFactory.create_batch(3)
    store = ColumnStore()
    store.is_on, store.wanted = True, 0
    store.build()
    monkeypatch.setattr(store, "_build_in_background", lambda: setattr(store, "wanted", store.wanted + 1))
    return store


def ids(store):
    """The partners that the columns have now; None where there are no columns."""
    with snapshot():
        found = store.state()
        return None if found is None else found.ids(found.everybody()).tolist()


def everybody():
    return sorted(Partner.objects.values_list("pk", flat=True))


def test_partners_that_come_or_go_are_seen_by_the_next_answer(store):
    first, *_others = Partner.objects.all()
    first.delete()
    PartnerFactory()
    assert ids(store) == everybody()
    PartnerFactory(pk=first.pk)
    assert ids(store) == everybody()


# On PostgreSQL, whatever else runs on the server decides what can be pruned.
@pytest.mark.once
def test_the_log_is_kept_short_whenever_all_partners_were_read(store, monkeypatch):
    monkeypatch.setattr("segments.query.columns.store.prune", lambda: prune(keep=1))
    monkeypatch.setattr("segments.query.columns.store.connection.close", lambda: None)
    PartnerFactory.create_batch(2)
    store._build_or_say_why()
    assert PartnerChange.objects.filter(partner__isnull=False).count() <= 1
    assert ids(store) == everybody()


def test_a_replica_is_asked_in_sql(store, monkeypatch):
    monkeypatch.setattr("segments.query.columns.store.is_asked", lambda: True)
    assert ids(store) is None


def test_what_is_rolled_back_never_was(store):
    with transaction.atomic():
        PartnerFactory()
        transaction.set_rollback(True)
    assert ids(store) == everybody()


def test_nothing_is_answered_to_who_is_writing(store):
    with snapshot():
        PartnerFactory()
        assert store.state() is None
        transaction.set_rollback(True)
    with transaction.atomic():
        assert store.state() is None
    assert ids(store) == everybody()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE partners_partner SET website = ''",
        " update partners_partner set website = ''",
        "WITH none AS (SELECT 1) UPDATE partners_partner SET website = ''",
        "/* SELECT */ DELETE FROM partners_partner",
    ],
)
def test_nothing_more_is_answered_to_who_writes_after_an_answer_however_it_is_said(store, statement):
    with snapshot():
        assert store.state() is not None
        with connection.cursor() as cursor:
            cursor.execute(statement)
        assert store.state() is None
        transaction.set_rollback(True)


def test_a_snapshot_that_only_reads_is_asked_once_for_what_it_sees(store, django_assert_num_queries):
    with snapshot():
        first = store.state()
        assert Partner.objects.count() == 3
        with transaction.atomic():
            assert store.state() is first
        with django_assert_num_queries(0):
            assert store.state() is first


def test_who_writes_what_is_in_no_column_costs_an_answer_no_statement(store, django_assert_num_queries):
    PartnerGroupFactory()
    with snapshot(), django_assert_num_queries(1):
        assert store.state() is not None


@pytest.mark.session
def test_a_snapshot_that_began_before_others_wrote_is_answered_as_of_then(store, tmp_path):
    with of_several_connections(tmp_path), closing(Writer()) as writer:
        store.build()
        before = everybody()
        with snapshot():
            assert everybody() == before
            writer.write(["DELETE FROM partners_partnerstagechange", "DELETE FROM partners_partner"])
            writer.end("COMMIT")
            seen = []
            in_another_thread(lambda: seen.append(ids(store)))
            assert seen == [[]]
            state = store.state()
            assert state.ids(state.everybody()).tolist() == before
        assert ids(store) == everybody() == []


@pytest.mark.session
def test_a_snapshot_between_two_changes_is_told_of_the_first_alone(store, tmp_path):
    with of_several_connections(tmp_path), closing(Writer()) as writer:
        store.build()
        first, second, _third = everybody()

        def join(key):
            writer.write([f"UPDATE partners_partner SET prospecting_stage = 'joined' WHERE id = {key}"])
            writer.end("COMMIT")

        join(first)
        with snapshot():
            assert len(everybody()) == 3
            join(second)
            # Now there is a state of both changes.
            in_another_thread(lambda: ids(store))
            state = store.state()
            joined = Evaluator(state, AT).of_group(Group((Condition(*JOINED.values()),)))
            assert state.ids(joined).tolist() == [first]


@pytest.mark.session
def test_a_thread_that_shares_the_connection_of_the_test_does_not_close_that_of_the_file(tmp_path):
    shared, is_in_memory = connections[DEFAULT_DB_ALIAS], connection.vendor == "sqlite"
    with of_several_connections(tmp_path):
        assert (connections[DEFAULT_DB_ALIAS] is shared) is not is_in_memory
        partner = PartnerFactory()
        if is_in_memory:
            own = connection.connection
            shared.inc_thread_sharing()
            with ThreadPoolExecutor(1) as pool:
                pool.submit(shared.close).result()
            shared.dec_thread_sharing()
            assert connection.connection is own
        assert everybody() == [partner.pk]
    assert connections[DEFAULT_DB_ALIAS] is shared
    assert everybody() == ([] if is_in_memory else [partner.pk])


@pytest.mark.session
def test_a_transaction_that_commits_late_is_seen_when_it_does(store, tmp_path):
    with of_several_connections(tmp_path):
        store.build()
        writer = Writer()
        writer.write(["DELETE FROM partners_partnerstagechange", "DELETE FROM partners_partner"])
        before = everybody()
        if connection.vendor == "postgresql":
            # Later transactions than the one that is open, and answers as of these.
            PartnerFactory()
        assert ids(store) == everybody()
        assert set(before) <= set(everybody())
        writer.end("COMMIT")
        assert ids(store) == everybody()
        writer.close()


@pytest.mark.postgresql
def test_the_log_of_another_server_that_a_dump_brought_along_is_none_of_the_changes(store):
    ahead = 10**12
    PartnerChange.objects.bulk_create([PartnerChange(partner=pk, transaction=ahead) for pk in range(1, 9)])
    PartnerChange.objects.create(partner=None, transaction=ahead)
    PartnerChange.objects.update_or_create(pk=PRUNED, defaults={"transaction": ahead - 1})
    store.build()
    PartnerFactory()
    assert ids(store) == everybody()
    assert store.wanted == 0


def prune_past(store):
    """As `prune` does once no transaction runs anywhere on the server that is older."""
    if connection.vendor == "sqlite":
        prune(keep=0)
        return
    [(at, _state)] = store._states
    PartnerChange.objects.all().delete()
    PartnerChange.objects.create(pk=PRUNED, transaction=int(at.text.split(":")[0]) + 1)


def test_a_log_that_was_pruned_past_the_columns_makes_them_begin_anew(store):
    PartnerFactory.create_batch(2)
    prune_past(store)
    assert ids(store) is None
    assert store.wanted
    # Columns of now need nothing of what was pruned, once what ran then has ended.
    PartnerChange.objects.filter(pk=PRUNED).delete()
    store.build()
    PartnerFactory()
    assert ids(store) == everybody()


# On PostgreSQL, whatever else runs on the server decides what can be pruned.
@pytest.mark.once
def test_what_was_read_before_may_be_pruned(store):
    PartnerFactory()
    assert ids(store) == everybody()
    PartnerFactory()
    assert ids(store) == everybody()
    prune(keep=1)
    PartnerFactory()
    assert ids(store) == everybody()


def test_past_a_fifth_of_all_partners_all_are_read_anew(store, monkeypatch):
    monkeypatch.setattr(states, "MIN_USUAL", 10)
    PartnerFactory.create_batch(2)
    assert ids(store) == everybody()
    PartnerFactory()
    assert ids(store) is None
    assert store.wanted


@pytest.mark.postgresql
def test_a_table_that_is_emptied_makes_them_begin_anew(store):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE partners_membership")
    assert ids(store) is None


def test_there_are_none_past_the_memory_that_they_may_take(store, change_limits):
    change_limits(columns_max_mb=0)
    with pytest.raises(CannotBuildError, match="columns_max_mb"):
        store.build()
    store.switch_on()
    assert not store.is_on
    assert ids(store) is None


def test_there_are_none_without_all_triggers(store):
    on = " ON contracts_contract" if connection.vendor == "postgresql" else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER contracts_contract_log_update{on}")
        with pytest.raises(CannotBuildError, match="contracts_contract"):
            store.build()
        transaction.set_rollback(True)


def test_segments_are_counted_by_columns_where_there_are_some(store, monkeypatch):
    segment = saved("New", any_of([NEW]))
    monkeypatch.setattr(members, "STORE", store)
    monkeypatch.setattr(SqlQuery, "count", property(lambda query: pytest.fail("SQL was asked.")))
    assert count(segment, AT) == 3
    PartnerFactory()
    ContractFactory(partner=PartnerFactory(prospecting_stage="joined"))
    assert count(segment, AT) == 4


def test_segments_are_counted_by_sql_where_there_are_none(store, monkeypatch):
    segment = saved("New", any_of([NEW]))
    monkeypatch.setattr(members, "STORE", store)
    store.switch_off()
    assert count(segment, AT) == 3


@pytest.mark.postgresql
def test_what_another_server_says_after_a_failover_is_read_anew(store, monkeypatch):
    known = change_log.position_and_changes

    def of_another_server(since):
        found, changes = known(since)
        return found and replace(found, server="2026-11-29 00:00:00+00"), changes

    monkeypatch.setattr("segments.query.columns.store.position_and_changes", of_another_server)
    assert ids(store) is None
    assert store.wanted == 1
