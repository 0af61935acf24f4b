"""The worker of Gunicorn: it leaves what it can't answer at once to a process that can."""

import time
from concurrent.futures import Future
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker


class FairWorker(ThreadWorker):
    """Takes a new connection only where it can begin to answer.

    Gunicorn's own takes whatever comes, so one process has a queue while another has nothing to do; and as
    Python computes one thing at a time, those that are begun at once all end late. Here they wait where all
    processes take from, in the order in which they came. All of it runs on the main thread of the process.
    """

    at_once = 3
    """So many that began lately are answered side by side: one computes while others ask the database."""
    lately_s = 1.0
    """What takes longer waits for the database or for who reads a file, and stands in nobody's way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._begun: dict[TConn, float] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Hand a request to the threads."""
        self._begun[conn] = time.monotonic()
        super().enqueue_req(conn)
        self.set_accept_enabled(self._accepting)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Called when a thread is through with it; the main loop then asks anew whether to take another."""
        del self._begun[conn]
        super().finish_request(conn, fs)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - Gunicorn's signature
        """The main loop asks each time that something happens, and once a second."""
        super().set_accept_enabled(enabled and self._can_begin())

    def _can_begin(self) -> bool:
        since = time.monotonic() - self.lately_s
        lately = sum(1 for begun in self._begun.values() if begun > since)
        return lately < self.at_once and len(self._begun) < self.cfg.threads
