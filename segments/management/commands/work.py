"""`manage.py work`: the worker."""

import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from segments.query.columns.store import STORE
from segments.tracking.worker import work, work_once


class Command(BaseCommand):
    """Runs tracked segments when they are due, until it is told to stop (SIGTERM, Ctrl C)."""

    help = "Run tracked segments when they are due, and clean up once a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, and end (for cron)")

    def handle(self, *, once: bool, **_options: Any) -> None:
        """Several workers share the work: each run is carried out by one of them."""
        STORE.switch_on(wait=True)
        if once:
            self.stdout.write(f"Runs: {work_once()}")
            return
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_signal: stop.set())
        work(stop)
