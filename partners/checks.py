"""The system checks: before `migrate`, of the database; at the start, of what apps add to screens."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.sites import all_sites
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from partners.core.base_admin import BaseAdmin
from partners.core.extensions import EXTENSIONS

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


def check_extensions(**kwargs: Any) -> list[CheckMessage]:
    """An error for each call of `extend` that no screen shows anything of."""
    return [
        Error(
            f"{extension.caller} extends the screens of {model._meta.label}, whose admin is no BaseAdmin.",
            hint="Nothing of it would be seen. Register the model with an admin class of"
            " partners.core.base_admin.",
            obj=model,
            id="partners.E002",
        )
        for model, extensions in EXTENSIONS.items()
        if not _has_screen_of_ours(model)
        for extension in extensions
    ]


def _has_screen_of_ours(model: type[Model]) -> bool:
    return any(
        site.is_registered(model) and isinstance(site.get_model_admin(model), BaseAdmin) for site in all_sites
    )
