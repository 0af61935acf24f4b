"""The change log: which partners changed between two snapshots.

Triggers write it (`partners.core.migration_operations.LogChanges`). A row is seen with the transaction that
wrote it: when that commits, and never if it is rolled back.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection, transaction
from django.db.models import Max, Model

from partners.core.migration_operations import LogChanges
from partners.models import PartnerChange

KEPT_ROWS = 1_000_000
"""So many rows of the log are kept, which are some 50 MB."""
PRUNED = 0
"""The primary key of the row that says, as its `transaction`, up to where the log was pruned."""


class Position(Protocol):
    """How far in the log somebody has read, as it follows from the snapshot in which that was done.

    Between snapshots of equal positions nothing changed.
    """

    def is_comparable(self, other: Any) -> bool:
        """Whether both are of one server, which was not started anew between them."""
        ...

    def is_before(self, other: Any) -> bool:
        """Whether the other snapshot, which is comparable, sees all that this one sees."""
        ...

    def changes(self) -> set[int] | None:
        """The partners that changed since, as the snapshot that is open now sees it; None: maybe all."""
        ...


@dataclass(frozen=True)
class SqlitePosition:
    """SQLite gives out the rows' numbers in the order of commits, without gaps: writers queue."""

    last: int

    def is_comparable(self, _other: "SqlitePosition") -> bool:
        return True

    def is_before(self, other: "SqlitePosition") -> bool:
        return self.last <= other.last

    def changes(self) -> set[int] | None:
        found = list(PartnerChange.objects.filter(pk__gt=self.last).values_list("partner", flat=True))
        # Fewer than were given out: some were pruned.
        partners = {partner for partner in found if partner is not None}
        are_all = len(found) == _last_on_sqlite() - self.last
        return partners if are_all and None not in found else None


@dataclass(frozen=True)
class PostgresqlPosition:
    """A snapshot as PostgreSQL writes it, `xmin:xmax:xip`.

    It sees transactions before xmax but those in xip, which were running; before xmin none were. Numbers of
    rows would not do: they are given out before the commit, so a late one would be missed.
    """

    text: str
    xmax: int
    running: frozenset[int]
    server: str = ""
    """When the server was started: after a failover, another one gives numbers of lost transactions again."""

    @classmethod
    def of(cls, text: str, server: str = "") -> "PostgresqlPosition":
        _xmin, xmax, running = text.split(":")
        numbers = frozenset(map(int, filter(None, running.split(","))))
        return cls(text, int(xmax), numbers, server)

    def is_comparable(self, other: "PostgresqlPosition") -> bool:
        return self.server == other.server

    def is_before(self, other: "PostgresqlPosition") -> bool:
        """What the other does not see, this one must not see either."""
        unseen = (one for one in other.running if one < self.xmax)
        return self.xmax <= other.xmax and self.running.issuperset(unseen)

    def changes(self) -> set[int] | None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {CHANGES}", self.params)
            return _known(*cursor.fetchone())

    @property
    def params(self) -> dict[str, int | str]:
        """Those of `CHANGES`."""
        return {"snapshot": self.text, "pruned": PRUNED}


CHANGES = "partners_partnerchange_since(%(snapshot)s, %(pruned)s)"
"""The partners that changed since a snapshot, as of `migration_operations.ReadChanges`."""
POSITION = """
    SELECT pg_current_snapshot()::text, pg_postmaster_start_time()::text,
        pg_current_xact_id_if_assigned() IS NULL
"""


def position() -> Position | None:
    """That of the snapshot that is open; None if its transaction has written what others don't see yet."""
    at, _changes = position_and_changes(None)
    return at


def position_and_changes(since: Position | None) -> tuple[Position | None, set[int] | None]:
    """`position`, and the `changes` since another one; on PostgreSQL in one statement."""
    if connection.vendor == "sqlite":
        last = SqlitePosition(_last_on_sqlite())
        if last == since:
            return last, set()
        return last, since.changes() if since else None
    changes, params = (CHANGES, since.params) if isinstance(since, PostgresqlPosition) else ("NULL", None)
    with connection.cursor() as cursor:
        cursor.execute(f"{POSITION}, {changes}", params)
        text, server, has_not_written, partners = cursor.fetchone()
    if not has_not_written:
        return None, None
    at = PostgresqlPosition.of(text, server)
    return at, set() if at == since else _known(partners)


def _known(partners: Collection[int | None] | None) -> set[int] | None:
    """None where some are unknown."""
    known = {partner for partner in partners or () if partner is not None}
    return None if partners is None or None in partners else known


def _last_on_sqlite() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = 'partners_partnerchange'")
        return next(iter(cursor.fetchone() or ()), 0)


def tables_not_logged(models: Iterable[type[Model]]) -> list[str]:
    """The tables of these that lack a trigger, or have one that is switched off."""
    triggers = _triggers_on_sqlite() if connection.vendor == "sqlite" else _triggers_on_postgresql()
    wanted = {
        table: {f"{table}_log_{event}" for event in LogChanges.EVENTS}
        for table in (model._meta.db_table for model in models)
    }
    return [table for table, names in wanted.items() if not names <= triggers]


def _triggers_on_sqlite() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


def _triggers_on_postgresql() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A') AND NOT tgisinternal")
        return {name for (name,) in cursor.fetchall()}


def prune(*, keep: int = KEPT_ROWS) -> int:
    """Delete all but the last rows, about so many; the number of those that were deleted.

    Who has read less than what is deleted has to begin anew.
    """
    rows = PartnerChange.objects.exclude(pk=PRUNED)
    oldest_kept = (rows.aggregate(last=Max("pk"))["last"] or 0) - keep + 1
    if connection.vendor == "sqlite":
        return rows.filter(pk__lt=oldest_kept).delete()[0]
    with transaction.atomic(), connection.cursor() as cursor:
        # No row comes any more of transactions before xmin, for they have ended. Those of one go together.
        cursor.execute(
            "SELECT least(pg_snapshot_xmin(pg_current_snapshot())::text::bigint, min(transaction))"
            " FROM partners_partnerchange WHERE id >= %s",
            [oldest_kept],
        )
        [up_to] = cursor.fetchone()
        deleted, _by_model = rows.filter(transaction__lt=up_to).delete()
        if deleted:
            PartnerChange.objects.update_or_create(pk=PRUNED, defaults={"transaction": up_to})
    return deleted
