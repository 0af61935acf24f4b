"""`manage.py demo_data`: a made-up program to try things on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts.models import Contract
from partners.models import Partner
from segments.demo.program import fill, has_program
from segments.models import Segment

MAX_DAYS = 400
"""Each day takes some time; a year shows all that there is to see."""


class Command(BaseCommand):
    """Fills an empty database; leaves any other alone."""

    help = "Fill an empty database with a made-up program: partners, contracts, groups, segments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many, and whether a database that is filled already is fine."""
        parser.add_argument("--partners", type=int, default=5_000, help="how many partners (5,000)")
        parser.add_argument(
            "--days", type=int, default=90, help="days of history of the tracked segments (90); 0 for none"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="leave a database with partners alone without an error"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["partners"] < 1:
            raise CommandError("--partners has to be 1 or more.")
        if not 0 <= options["days"] <= MAX_DAYS:
            raise CommandError(f"--days has to be 0 to {MAX_DAYS}.")
        if has_program():
            message = "This database has partners, groups or template terms already; it was left as it is."
            if not options["if_empty"]:
                raise CommandError(message)
            self.stdout.write(message)
            return
        fill(options["partners"], days=options["days"], quiet=options["verbosity"] == 0)
        self.stdout.write(
            f"Made up {Partner.objects.count():,} partners, {Contract.objects.count():,} contracts"
            f" and {Segment.objects.count()} segments."
        )
