"""A check before `migrate`: a database that a development version made is made anew."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

DEVELOPMENT_MIGRATION = ("partners", "0002_stage_history")
"""One that came before the first release, in which each app begins with one migration again."""


def check_database(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """An error for each database that migrations can't bring to the tables of the first release."""
    return [
        Error(
            f"The database {connections[alias].settings_dict['NAME']} was made by a development version,"
            " before the first release. It can't be updated.",
            hint="Name an empty database in DATABASE_URL, or delete this one, and run migrate again."
            " docs/operating.md says how to take partners and segments along.",
            id="partners.E001",
        )
        for alias in databases or ()
        if DEVELOPMENT_MIGRATION in MigrationRecorder(connections[alias]).applied_migrations()
    ]
