"""Keeps the change log short."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from partners.change_log import prune

KEPT_ROWS = 1_000_000


class Command(BaseCommand):
    """Deletes old rows of the change log. A server that has not read them yet reads all partners anew."""

    help = "Delete old rows of the log of which partners changed; once a day is enough."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep", type=int, default=KEPT_ROWS, help="how many rows stay (%(default)s if it is left out)"
        )

    def handle(self, *args: Any, keep: int, **options: Any) -> None:
        self.stdout.write(f"{prune(keep=keep):,} rows deleted.")
