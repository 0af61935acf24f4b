"""A database that several connections write to, and what is in it as the plain evaluator sees it."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections

from contracts.models import Contract, TemplateTerm
from partners.models import Membership, Partner, PartnerGroup
from segments.models import Cause, Stay
from tests.segments.evaluator import ContractRow, PartnerRow, Program, StayRow
from tests.segments.samples import CONTRACT, INNER, PARTNER, columns, of_model


def give_up_soon():
    """This connection waits for no lock: its holder may wait for this thread."""
    with connection.cursor() as cursor:
        is_sqlite = connection.vendor == "sqlite"
        cursor.execute("PRAGMA busy_timeout = 0" if is_sqlite else "SET lock_timeout = '20ms'")


def in_another_thread(deed):
    """Do it on a connection of its own, and wait for it."""

    def run():
        try:
            give_up_soon()
            deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


@contextmanager
def of_several_connections(folder):
    """The test database, on SQLite as a file: one in memory keeps readers out while somebody writes.

    The connection in memory stays as it is: threads of a live server may share it still, and close it when
    their browser has gone. Closing one that has become a file would free it while it is in use.
    """
    if connection.vendor == "postgresql":
        give_up_soon()
        yield
        return
    in_memory, settings = connections[DEFAULT_DB_ALIAS], connections.settings[DEFAULT_DB_ALIAS]
    in_memory.ensure_connection()
    path = str(folder / "several.sqlite3")
    # Not its backup(), which tries for ever where something is locked.
    in_memory.connection.execute("VACUUM INTO ?", [path])
    connections.settings[DEFAULT_DB_ALIAS] = {**settings, "NAME": path}
    connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
        give_up_soon()
        yield
    finally:
        connection.close()
        connections.settings[DEFAULT_DB_ALIAS], connections[DEFAULT_DB_ALIAS] = settings, in_memory


class Writer:
    """Another connection, that writes with SQL of its own; its transaction lasts as long as a test likes."""

    def __init__(self):
        settings = connection.settings_dict
        if connection.vendor == "postgresql":
            known = connection.get_connection_params()
            names = ("dbname", "user", "host", "port", "password")
            parameters = {name: known[name] for name in names if name in known}
            self._raw = psycopg.connect(**parameters, autocommit=True)
            self._raw.execute("SET lock_timeout = '20ms'")
        else:
            self._raw = sqlite3.connect(settings["NAME"], isolation_level=None, timeout=0)
        self.is_writing = False

    errors = (psycopg.Error, sqlite3.Error)

    def write(self, sql):
        """Within a transaction that begins now, if none is open; it is over if the database refuses."""
        try:
            if not self.is_writing:
                self._raw.execute("BEGIN")
                self.is_writing = True
            for statement in sql:
                self._raw.execute(statement)
        except self.errors:
            self.end("ROLLBACK")

    def end(self, how):
        if self.is_writing:
            self.is_writing = False
            try:
                self._raw.execute(how)
            except self.errors:
                self._raw.execute("ROLLBACK")

    def close(self):
        self.end("ROLLBACK")
        self._raw.close()


def program_of_now():
    """All that is in the database, as the open snapshot sees it."""
    of_partner, of_contract = (list(columns(of, lambda sample: sample.column)) for of in (PARTNER, CONTRACT))
    contracts, groups = {}, {}
    for one in Contract.objects.all():
        values = {name: getattr(one, name) for name in of_contract}
        row = ContractRow(one.number, one.template_term_id, values)
        contracts.setdefault(one.partner_id, []).append(row)
    for partner, group in Membership.objects.values_list("partner_id", "group_id"):
        groups.setdefault(partner, set()).add(group)
    return Program(
        partners=tuple(
            PartnerRow(
                one.pk,
                one.name,
                of_model(one, of_partner),
                frozenset(groups.get(one.pk, ())),
                tuple(contracts.get(one.pk, ())),
            )
            for one in Partner.objects.all()
        ),
        groups=dict(PartnerGroup.objects.values_list("pk", "name")),
        terms=dict(TemplateTerm.objects.values_list("pk", "name")),
        segments=INNER,
        stays=tuple(stays_of_now()),
    )


def stays_of_now():
    """All but those that a deletion ended, and what came before: somebody else may have the Partner ID."""
    stays = Stay.objects.with_runs().filter(segment__in=INNER).order_by("entered_run__at")
    deleted = {(one.segment_id, one.partner_id): one.left for one in stays if one.left_cause == Cause.DELETED}
    for one in stays:
        end = deleted.get((one.segment_id, one.partner_id))
        if not (end and one.left and one.left <= end):
            yield StayRow(
                one.segment_id, one.partner_id, one.entered, one.left, one.entered_cause == Cause.START
            )


def contents(state):
    """What a state keeps of each partner by ID, and all IDs in the order of names."""
    found, in_order = {}, []
    for block, live in state.places(state.everybody()):
        kept = [{"own": {}, "rows": []} for _partner in range(len(block))]
        for column, array in block.columns.items():
            for one, value in zip(kept, array.tolist(), strict=True):
                one["own"][column.path] = value
        for relation, rows in block.rows.items():
            places, columns_of_rows = rows.of(np.packbits(live), np.arange(len(block)))
            arrays = [array.tolist() for array in columns_of_rows.values()]
            for at, place in enumerate(places.tolist()):
                kept[place]["rows"].append((relation.model.__name__, *(array[at] for array in arrays)))
        for key, one, is_live in zip(block.ids.tolist(), kept, live.tolist(), strict=True):
            if is_live:
                assert key not in found
                found[key] = {"own": one["own"], "rows": sorted(one["rows"])}
        in_order.append(block.ids[block.by_name[live[block.by_name]]].tolist())
    return found, in_order
