"""The rules that the tables of all apps keep."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models

from partners.core.actor import UserStamped
from partners.core.names import Named

APPS = ("partners", "contracts", "segments")
MODELS = [model for app in APPS for model in apps.get_app_config(app).get_models()]
SUFFIXES = {models.UniqueConstraint: "uniq", models.CheckConstraint: "check"}
ROOT = Path(__file__).parent.parent
OF_OURS = (*APPS, "config", "tests")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_constraints_and_indexes_are_called_by_model_what_and_suffix(model):
    meta = model._meta
    for one in (*meta.constraints, *meta.indexes):
        suffix = SUFFIXES.get(type(one), "idx")
        assert re.fullmatch(rf"{meta.model_name}_[a-z_]+_{suffix}", one.name), one.name


def imported_by(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_migrations_import_nothing_of_the_program_but_operations_made_for_them():
    migrations = [path for app in APPS for path in (ROOT / app / "migrations").glob("0*.py")]
    assert len(migrations) >= len(APPS)
    imported = {name for path in migrations for name in imported_by(path)}
    ours = {name for name in imported if name.partition(".")[0] in OF_OURS}
    assert ours == {"partners.core.migration_operations"}


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("model", [one for one in MODELS if issubclass(one, Named)])
def test_every_folded_name_sorts_by_code(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT collation_name FROM information_schema.columns"
            " WHERE table_name = %s AND column_name = 'name_folded'",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == ("C",)


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "often"),
    [
        ("partners_partner", True),
        ("partners_membership", True),
        ("partners_partnerstagechange", True),
        ("contracts_contract", True),
        ("contracts_contractstagechange", True),
        ("segments_stay", True),
        ("partners_import", False),
    ],
)
def test_large_tables_are_vacuumed_often(table, often):
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = %s", [table])
        assert ("autovacuum_vacuum_scale_factor=0.01" in (cursor.fetchone()[0] or [])) is often


def test_records_of_who_did_it_have_the_same_two_fields():
    stamped = {model._meta.label for model in MODELS if issubclass(model, UserStamped)}
    named = {
        model._meta.label
        for model in MODELS
        for field in model._meta.fields
        if field.name in ("user", "user_name", "who", "username", "actor")
    }
    assert (
        stamped
        == named
        == {
            "partners.AuditEvent",
            "partners.Export",
            "partners.Import",
            "partners.Note",
            "partners.PartnerStageChange",
            "partners.StageEdit",
            "partners.StageWord",
            "contracts.ContractStageChange",
            "segments.Run",
            "segments.SegmentVersion",
            "segments.Tracking",
        }
    )
