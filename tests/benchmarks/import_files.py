"""How long an import of partners takes, beside PostgreSQL's own COPY and INSERT … ON CONFLICT."""

import csv
import io
from collections.abc import Callable, Iterator
from time import perf_counter

from django.db import connection, transaction

from partners.core.names import fold
from partners.imports.importers.registry import importer_of
from partners.imports.reading.table import command_limits
from partners.imports.services import apply_import, check_some, receive, start_check
from partners.models import Partner
from partners.models.imports import Import, ImportStatus

FIRST_ID = 800_000_001
HEADINGS = ["Partner ID", "Name", "E-mail", "Website", "Prospecting stage", "Country", "Business model"]
COLUMNS = ("id", "name", "email", "website", "prospecting_stage", "country", "business_model")
Row = tuple[str, float, float]
"""What was timed, its seconds, and how many times as long as COPY and INSERT that is."""


def import_times(partners: int) -> list[Row]:
    """Import so many partners who aren't there yet, then other names for them; both by hand and as files.

    For PostgreSQL, in a database of its own. The rows are deleted afterwards.
    """
    if connection.vendor != "postgresql":
        raise ValueError("COPY is PostgreSQL's.")
    rows: list[Row] = []
    for what, name in (("new partners", "Partner"), ("other names", "Partner called")):
        by_hand = _seconds(lambda name=name: _copy_and_insert(partners, name))
        if what == "new partners":
            _forget()
        record = _received(partners, name if what == "new partners" else f"{name} otherwise")
        check = _seconds(lambda record=record: _check(record))
        write = _seconds(lambda record=record: apply_import(record=record, user="bench"))
        rows += [
            (f"{what}: COPY and INSERT … ON CONFLICT", by_hand, 1.0),
            (f"{what}: dry run", check, check / by_hand),
            (f"{what}: written, with history", write, write / by_hand),
        ]
    _forget()
    return rows


def _partners(number: int, name: str) -> Iterator[list[str]]:
    for key in range(FIRST_ID, FIRST_ID + number):
        mail, site = f"p{key}@example.org", f"https://p{key}.example"
        yield [str(key), f"{name} {key}", mail, site, "joined", "DE", "content_reviews"]


def _received(number: int, name: str) -> Import:
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *_partners(number, name)])
    file = io.BytesIO(text.getvalue().encode())
    return receive(
        file=file,
        name="partners.csv",
        importer=importer_of("partners"),
        user="bench",
        file_limits=command_limits(),
    )


def _check(record: Import) -> None:
    start_check(record=record, columns=record.columns, creates=False, overwrites=False, order="")
    record.refresh_from_db()
    while record.status == ImportStatus.CHECKING:
        record.status = check_some(record=record, seconds=5).status


@transaction.atomic
def _copy_and_insert(number: int, name: str) -> None:
    table, columns = Partner._meta.db_table, ", ".join(COLUMNS)
    others = ", ".join(f"{column} = excluded.{column}" for column in (*COLUMNS[1:], "name_folded"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE staging ON COMMIT DROP AS SELECT {columns}, name_folded FROM {table} LIMIT 0"
        )
        with cursor.copy(f"COPY staging ({columns}, name_folded) FROM STDIN") as copy:
            for row in _partners(number, name):
                copy.write_row([*row, fold(row[1])])
        cursor.execute(
            f"INSERT INTO {table} ({columns}, name_folded) SELECT {columns}, name_folded FROM staging"
            f" ON CONFLICT (id) DO UPDATE SET {others}"
        )


def _forget() -> None:
    Partner.objects.filter(pk__gte=FIRST_ID).delete()
    Import.objects.filter(user_name="bench").delete()


def _seconds(run: Callable[[], object]) -> float:
    began = perf_counter()
    run()
    return perf_counter() - began
