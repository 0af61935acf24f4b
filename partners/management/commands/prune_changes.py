"""Keeps the change log short."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from partners.change_log import KEPT_ROWS, prune


class Command(BaseCommand):
    """Deletes old rows of the change log. A server that has not read them yet reads all partners anew.

    Servers do the same whenever they have read all partners (`segments.query.columns.store`).
    """

    help = "Delete old rows of the log of which partners changed, as servers do now and then."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep", type=int, default=KEPT_ROWS, help="how many rows stay (%(default)s if it is left out)"
        )

    def handle(self, *args: Any, keep: int, **options: Any) -> None:
        self.stdout.write(f"{prune(keep=keep):,} rows deleted.")
