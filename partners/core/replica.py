"""Reading what may be a moment old from a replica, a standby of PostgreSQL: `DATABASE_REPLICA_URL`.

Within `reading`, the `connection` of the thread is that to the replica. So all that is asked there is asked
of one server, whichever code asks, and none of it can write or lock rows: a standby refuses. Positions are
bytes of the primary's log (WAL): what was written before one is on the replica once that has replayed so far.
"""

import logging
import math
import re
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponseBase

from partners.core.limits import limits
from partners.core.time_limit import was_stopped

ALIAS = "replica"
"""Of `settings.DATABASES`, which has it only where there is one."""
WRITTEN = "written_up_to"
"""The cookie with the position of what a browser has written last.

Not in its session: a request that began before the write would put back what it knows of that.
"""
RETRY_AFTER_S = 10.0
"""When a replica that can't be reached is tried again: connecting to a host that is gone takes seconds."""
END_OF_LOG = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
REPLAYED = "SELECT pg_is_in_recovery(), coalesce(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0'), 0)::bigint"
OUT_OF_REACH, NO_STANDBY, BEHIND = "out of reach", "no standby", "behind"

Part = TypeVar("Part")
Answer = TypeVar("Answer")
logger = logging.getLogger(__name__)


@dataclass
class Attempt:
    """What is tried on a replica, if on one at all; after a failure the primary has to be asked."""

    is_on_replica: bool = False
    failure: DatabaseError | None = None
    writes: list[Callable[[], object]] = field(default_factory=list)

    def watch(self, execute: Callable[..., Any], *asked: Any) -> Any:
        """Ask, and see failures whatever is made of them."""
        try:
            return execute(*asked)
        except DatabaseError as error:
            self.note(error)
            raise

    def note(self, error: BaseException) -> bool:
        """Whether this is a failure of the replica; what ran out of time would do so on the primary too.

        Whatever else it is, the primary may not have it: a conflict with what is replayed, a connection that
        is gone, a table that is not there yet.
        """
        if not self.is_on_replica or not isinstance(error, DatabaseError) or was_stopped(error):
            return False
        self.failure = self.failure or error
        return True


_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)
"""The one that is open on a replica."""


class Replica:
    """What this process knows of the replica."""

    def __init__(self) -> None:
        self.trouble = ""
        """Why it can't be asked, as `/readyz` says it; empty where it can."""
        self._not_before = -math.inf
        self._marked_at = -math.inf
        self._mark = self._mark_before = 0

    def connected(self, written: int) -> BaseDatabaseWrapper | None:
        """The thread's connection, if the replica has replayed up to this position and a recent one.

        The recent one bounds how old an answer is, also where the replica follows no primary any more.
        """
        if time.monotonic() < self._not_before:
            return None
        needed = max(written, self._recent_end_of_log())
        replica = connections[ALIAS]
        try:
            with replica.cursor() as cursor:
                cursor.execute(REPLAYED)
                is_standby, replayed = cursor.fetchone()
        except DatabaseError as error:
            self.miss(OUT_OF_REACH, error)
            return None
        if not is_standby:
            replica.close()
            self.miss(NO_STANDBY)
            return None
        self._say(BEHIND if replayed < self._mark_before else "")
        return replica if replayed >= needed else None

    def miss(self, trouble: str, error: BaseException | None = None) -> None:
        """Ask the primary alone for a while."""
        self._not_before = time.monotonic() + RETRY_AFTER_S
        self._say(trouble, error)

    def _recent_end_of_log(self) -> int:
        """Where the primary's log ended at some time within the age that answers may have."""
        if time.monotonic() > self._marked_at + limits().replica_max_age_s:
            self._mark_before, self._mark = self._mark, _end_of_log()
            self._marked_at = time.monotonic()
        return self._mark

    def _say(self, trouble: str, error: BaseException | None = None) -> None:
        if trouble == self.trouble:
            return
        self.trouble = trouble
        if trouble:
            reason = f" ({' '.join(str(error).split())})" if error else ""
            logger.warning("The replica is %s%s: the primary answers everything.", trouble, reason)
        else:
            logger.warning("The replica answers again.")


REPLICA = Replica()


def is_configured() -> bool:
    """Whether the settings name a replica."""
    return ALIAS in connections.settings


def is_asked() -> bool:
    """Whether what the thread asks now is asked of the replica."""
    return _attempt.get() is not None


def has_failed(error: BaseException) -> bool:
    """Whether the answer that ends with this error is none, since the replica was asked and failed."""
    attempt = _attempt.get()
    return attempt is not None and (attempt.note(error) or attempt.failure is not None)


def written_by(request: HttpRequest) -> int:
    """Up to where a replica must have replayed for who sent this request to see what they wrote."""
    kept = request.COOKIES.get(WRITTEN, "")
    return int(kept) if re.fullmatch("[0-9]{1,19}", kept) else 0


def note_written(response: HttpResponseBase) -> None:
    """Have the browser remember where the primary's log ends, once something may have been written.

    For as long as that is more than what `Replica.connected` asks for in any case.
    """
    response.set_cookie(
        WRITTEN,
        str(_end_of_log()),
        max_age=math.ceil(limits().replica_max_age_s),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _end_of_log() -> int:
    # Where it is inserted, not where it is flushed: a commit may be acknowledged before that.
    with connection.cursor() as cursor:
        cursor.execute(END_OF_LOG)
        return int(cursor.fetchone()[0])


@contextmanager
def reading(written: int | None) -> Iterator[Attempt]:
    """In the block the replica is asked, if there is one that has replayed up to this position; None: never.

    What `write_by_the_way` is given is written after the block, unless the attempt has failed by then.
    """
    primary = connections[DEFAULT_DB_ALIAS]
    usable = is_configured() and not is_asked() and not primary.in_atomic_block
    replica = REPLICA.connected(written) if usable and written is not None else None
    if replica is None:
        yield Attempt()
        return
    attempt = Attempt(is_on_replica=True)
    connections[DEFAULT_DB_ALIAS] = replica
    _attempt.set(attempt)
    try:
        with replica.execute_wrapper(attempt.watch):
            yield attempt
    finally:
        # Not by a token: files are read in generators, which may be closed elsewhere.
        _attempt.set(None)
        connections[DEFAULT_DB_ALIAS] = primary
        if attempt.failure:
            _tell(attempt.failure, replica)
    if not attempt.failure:
        for write in attempt.writes:
            write()


def _tell(failure: DatabaseError, replica: BaseDatabaseWrapper) -> None:
    logger.warning("Asked again of the primary: %s", " ".join(str(failure).split()))
    if not replica.is_usable():
        # Ended by a conflict, for one: whether there is another to be had, the next page will see.
        replica.close()


def write_by_the_way(write: Callable[[], object]) -> None:
    """Write what a page notes by the way, on the primary, once the page's snapshot is over.

    Within it, what others wrote meanwhile would make this fail, and columns answer none who has written.
    """
    if attempt := _attempt.get():
        attempt.writes.append(write)
    else:
        transaction.on_commit(write)


def answered(ask: Callable[[], Answer], written: int | None) -> Answer:
    """What `ask` gives when it asks the replica; where that fails, what it gives when it asks the primary."""
    with reading(written) as attempt:
        try:
            return ask()
        except DatabaseError as error:
            if not attempt.note(error):
                raise
    return ask()


def streamed_parts(
    read: Callable[[], Generator[Part, None, Answer]], written: int | None
) -> Generator[Part, None, Answer]:
    """The parts that `read` gives, as `answered`. Once the first is out, a failure is raised."""
    with reading(written) as attempt:
        parts = read()
        try:
            first = next(parts)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
        except DatabaseError as error:
            if not attempt.note(error):
                raise
        else:
            yield first
            return (yield from parts)
    return (yield from read())
