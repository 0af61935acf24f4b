"""The worker: plans the runs of tracked segments, carries out what is due, and keeps house once a day."""

import logging
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from partners.change_log import prune
from partners.core.limits import limits
from partners.core.moment import Moment
from segments.models import Run, Worker
from segments.tracking import queue
from segments.tracking.retention import forget_old_runs, forget_old_stays
from segments.tracking.running import carry_out

logger = logging.getLogger(__name__)
HOUSEKEEPING_EVERY = timedelta(days=1)
WORKERS_KEPT = timedelta(days=7)
"""How long a worker that stopped is still listed."""


def work_once() -> int:
    """Carry out all that is due, and keep house; returns how many runs were carried out."""
    with _Life() as life:
        number = _work_off(life, Event())
        keep_house()
    return number


def work(stop: Event) -> None:
    """Work until `stop` is set; the run that is going on then is finished.

    While the database is away it waits, and goes on when it is back.
    """
    next_housekeeping = timezone.now()
    while not stop.is_set():
        try:
            with _Life() as life:
                while not stop.is_set():
                    _work_off(life, stop)
                    if timezone.now() >= next_housekeeping:
                        keep_house()
                        next_housekeeping = timezone.now() + HOUSEKEEPING_EVERY
                    stop.wait(limits().work_poll_s)
        except DatabaseError as error:
            logger.warning("The database did not answer, trying again: %s", error)
            connection.close()
            stop.wait(limits().work_poll_s)


def _work_off(life: "_Life", stop: Event) -> int:
    queue.plan_runs(Moment.now())
    number = 0
    while not stop.is_set() and (run := queue.claim(life.name, timezone.now())):
        life.run = run
        try:
            carry_out(run)
        finally:
            # Its lease is not renewed any longer, even if the database went away.
            life.run = None
        number += 1
    return number


def keep_house() -> None:
    """What has to be done now and then; one thing that fails keeps no other from being done."""
    jobs: list[Callable[[], object]] = [
        forget_old_stays,
        forget_old_runs,
        lambda: call_command("clearsessions"),
        prune,
        lambda: Worker.objects.filter(seen_at__lt=timezone.now() - WORKERS_KEPT).delete(),
    ]
    for job in jobs:
        try:
            job()
        except DatabaseError as error:
            logger.warning("Housekeeping failed, it is tried again tomorrow: %s", error)


class _Life:
    """Says in a thread of its own that this process lives, and renews the lease of the run that it is at."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"[:200]
        self.run: Run | None = None
        self._ended = Event()
        self._thread = Thread(target=self._live, name="life", daemon=True)

    def __enter__(self) -> "_Life":
        now = timezone.now()
        Worker.objects.update_or_create(name=self.name, defaults={"started_at": now, "seen_at": now})
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _live(self) -> None:
        # Three times within a lease, so that one that fails does not end it.
        while not self._ended.wait(limits().lease_s / 3):
            try:
                now, run = timezone.now(), self.run
                Worker.objects.filter(name=self.name).update(seen_at=now)
                if run:
                    queue.renew(run, now)
            except DatabaseError as error:
                logger.warning("Saying that the worker lives failed: %s", error)
            finally:
                connection.close()
