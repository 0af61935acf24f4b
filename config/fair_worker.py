"""The worker of Gunicorn: it leaves what it can't answer at once to a process that can."""

import time
from concurrent.futures import Future
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker


class FairWorker(ThreadWorker):
    """Takes a new connection only where it can begin to answer.

    Gunicorn's own takes whatever comes, so one process has a queue while another has nothing to do; and as
    Python computes one thing at a time, those that are begun at once all end late. Here they wait where all
    processes take from, in the order in which they came. That is fair as long as each request comes by a
    connection of its own (`keepalive = 0`). All of this runs on the main thread of the process.
    """

    at_once = 3
    """So many that began lately are answered side by side: one computes while others ask the database."""
    lately_s = 0.5
    """What takes longer waits for the database or for who reads a file, and stands in nobody's way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._begun: dict[TConn, float] = {}
        self._is_stopped = False

    def enqueue_req(self, conn: TConn) -> None:
        """Hand a request to the threads; the last one that there is room for closes the door."""
        self._begun[conn] = time.monotonic()
        super().enqueue_req(conn)
        if self._accepting:
            self.set_accept_enabled(True)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Called when a thread is through with it; where the door is closed, the main loop then tries it."""
        del self._begun[conn]
        super().finish_request(conn, fs)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - Gunicorn's signature
        """Open the door or close it; where the server is stopped, those who wait before it come in first."""
        super().set_accept_enabled(enabled and self._can_begin())
        for listener in self.sockets if self._is_stopped else ():
            taken = None
            while taken != self.nr_conns:
                taken = self.nr_conns
                self.accept(listener)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """As Gunicorn's; what was begun gets old without an event."""
        super().wait_for_and_dispatch_events(timeout if self._can_begin() else min(timeout, self.lately_s))

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Called when the server is stopped, and not where this process alone makes room for a new one."""
        self._is_stopped = True
        super().handle_exit(sig, frame)

    def _can_begin(self) -> bool:
        since = time.monotonic() - self.lately_s
        lately = sum(1 for begun in self._begun.values() if begun > since)
        return lately < self.at_once and len(self._begun) < self.cfg.threads
