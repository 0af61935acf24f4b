"""The columns of this process: built in the background, and brought up to each snapshot that asks them.

States are kept with the position in the change log up to which they are right. A snapshot is answered from
the newest state that it sees all of, after what else it sees has been read in: so an answer is exactly of the
moment of its snapshot, whichever thread asked before.
"""

import logging
import time
from collections import deque
from contextlib import suppress
from threading import Lock, Thread

from django.db import DatabaseError, connection

from partners.change_log import Position, position, position_and_changes, prune, tables_not_logged
from partners.core.limits import MEGABYTE, limits
from partners.core.replica import is_asked
from partners.core.snapshot import open_snapshot, snapshot
from segments.conditions import ATTRIBUTES, PARTNER
from segments.query.columns.answers import BYTES_PER_PARTNER
from segments.query.columns.layout import Layout
from segments.query.columns.reading import count_rows, read_all, read_some
from segments.query.columns.state import State

logger = logging.getLogger(__name__)
KEPT_AS = "state of columns"
MAX_STATES = 8
"""So many are kept for snapshots that are older than the newest state; they share most arrays."""
NAME_BYTES = 30
"""About the memory that a name takes."""
RETRY_AFTER_S = 60.0
"""When building is tried again after it failed."""


class CannotBuildError(Exception):
    """There can be no columns; the message says why."""


class ColumnStore:
    """The states of one database."""

    def __init__(self) -> None:
        self.is_on = False
        self._states: deque[tuple[Position, State]] = deque(maxlen=MAX_STATES)
        self._lock = Lock()
        self._builder: Thread | None = None
        self._build_not_before = 0.0

    def switch_on(self, *, wait: bool = False) -> None:
        """Begin to build columns in the background, unless the limits say that there are to be none.

        With `wait`, return when they are built, or can't be.
        """
        self.is_on = limits().columns_max_mb > 0
        self._build_in_background()
        if wait and self._builder:
            self._builder.join()

    def switch_off(self) -> None:
        """Let go of all columns."""
        self.is_on = False
        self._states.clear()

    def build(self) -> None:
        """Read all partners now; CannotBuildError says why there can be no columns."""
        layout = Layout.of(ATTRIBUTES)
        if tables := tables_not_logged(relation.model for relation in layout.columns):
            raise CannotBuildError(f"Changes of these tables are not logged: {', '.join(tables)}.")
        with snapshot():
            at = position()
            if at is None:
                raise CannotBuildError("Columns are read outside of transactions that write.")
            needed = sum(count_rows(relation) * layout.row_bytes(relation) for relation in layout.columns)
            needed += count_rows(PARTNER) * (NAME_BYTES + BYTES_PER_PARTNER)
            if needed > limits().columns_max_mb * MEGABYTE:
                raise CannotBuildError(
                    f"Columns would need about {needed // MEGABYTE:,} MB (columns_max_mb)."
                )
            state = State.of(layout, read_all(layout))
        with self._lock:
            self._states.clear()
            self._states.append((at, state))

    def state(self) -> State | None:
        """The columns as the snapshot that is open sees the data; None where SQL has to answer."""
        # A standby's snapshot does not name the transactions that are running, so it has no position.
        opened = open_snapshot() if self.is_on and not is_asked() else None
        if opened is None:
            return None
        if KEPT_AS not in opened.kept:
            since = self._newest()
            at, changes = position_and_changes(since)
            if at is None:
                return None
            opened.kept[KEPT_AS] = self._state_at(at, since, changes)
        elif not opened.only_read and position() is None:
            return None
        found: State | None = opened.kept[KEPT_AS]
        return found

    def _newest(self) -> Position | None:
        with self._lock:
            return self._states[-1][0] if self._states else None

    def _state_at(self, at: Position, since: Position | None, changes: set[int] | None) -> State | None:
        """The state at a position; `changes` is what changed since another one, if that is known."""
        with self._lock:
            if self._states and not self._states[-1][0].is_comparable(at):
                self._states.clear()
            older = next((one for one in reversed(self._states) if one[0].is_before(at)), None)
            state = None
            if older:
                then, known = older
                if then != since:
                    changes = set() if then == at else then.changes()
                state = _caught_up(known, changes)
            newest = self._states[-1][0] if self._states else at
            if state and newest != at and newest.is_before(at):
                self._states.append((at, state))
            elif older and not state:
                self._states.clear()
            wants_building = not self._states or (state is not None and state.changed > state.usual // 20)
        if wants_building:
            self._build_in_background()
        return state

    def _build_in_background(self) -> None:
        with self._lock:
            is_running = self._builder is not None and self._builder.is_alive()
            if not self.is_on or is_running or time.monotonic() < self._build_not_before:
                return
            self._builder = Thread(target=self._build_or_say_why, name="columns", daemon=True)
            self._builder.start()

    def _build_or_say_why(self) -> None:
        try:
            self.build()
            with suppress(DatabaseError):  # somebody else may be at it, or be writing
                prune()
        except (CannotBuildError, DatabaseError) as error:
            self._build_not_before = time.monotonic() + RETRY_AFTER_S
            logger.warning("Segments are answered by SQL alone, without columns in memory: %s", error)
        finally:
            connection.close()


def _caught_up(state: State, partners: set[int] | None) -> State | None:
    """The state once these partners have changed; None where they are unknown or too many."""
    if partners is None or state.changed + len(partners) > state.usual // 5:
        return None
    return state.after(partners, read_some(state.layout, sorted(partners))) if partners else state


STORE = ColumnStore()
"""That of the process."""
