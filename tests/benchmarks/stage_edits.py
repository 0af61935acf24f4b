"""A bulk edit of stages beside one hand-written statement and beside saving row by row.

    python -m tests.benchmarks.stage_edits --partners 70000 --contracts 100000 --runs 7

Makes a database of its own on the server of DATABASE_URL, and deletes it. Runs alternate; what one has done
is put back before the next. Saving row by row is timed on fewer rows and counted up.
"""
# ruff: noqa: T201 - a script that talks, with SQL of its own

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import django
from tqdm import tqdm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - after setup
from django.db import connection  # noqa: E402 - once Django is set up

from contracts.models import Contract, ContractStageChange  # noqa: E402 - once Django is set up
from partners.models import Partner, PartnerStageChange, StageEdit  # noqa: E402 - once Django is set up
from partners.stage_edits.services import apply_edit, choose, plan, undo_edit  # noqa: E402 - once Django is set up
from segments.demo.program import fill  # noqa: E402 - once Django is set up

SAVED = 2_000
CONTRACTS, HISTORY = Contract._meta.db_table, ContractStageChange._meta.db_table
PARTNERS, PARTNER_HISTORY = Partner._meta.db_table, PartnerStageChange._meta.db_table
STATEMENT = f"""
    WITH chosen AS (
        SELECT id FROM {CONTRACTS} WHERE stage = 'joined' ORDER BY id LIMIT %(number)s FOR NO KEY UPDATE
    ), moved AS (
        UPDATE {CONTRACTS} AS contract SET stage = 'expired', stage_since = now()
        FROM chosen WHERE contract.id = chosen.id RETURNING contract.id
    )
    INSERT INTO {HISTORY} (subject_id, from_stage, to_stage, at, user_id, user_name, why, edit_id)
    SELECT id, 'joined', 'expired', now(), %(user)s, 'bench', 'They ended', NULL FROM moved
"""
ON_SQLITE = (
    f"""
    INSERT INTO {HISTORY} (subject_id, from_stage, to_stage, at, user_id, user_name, why, edit_id)
    SELECT id, 'joined', 'expired', CURRENT_TIMESTAMP, %(user)s, 'bench', 'They ended', NULL FROM {CONTRACTS}
    WHERE stage = 'joined' ORDER BY id LIMIT %(number)s
    """,
    f"""
    UPDATE {CONTRACTS} SET stage = 'expired', stage_since = CURRENT_TIMESTAMP
    WHERE id IN (SELECT id FROM {CONTRACTS} WHERE stage = 'joined' ORDER BY id LIMIT %(number)s)
    """,
)


def by_hand(number: int, user: User) -> float:
    """The same by one statement; on SQLite, which has none such, by two."""
    statements = (STATEMENT,) if connection.vendor == "postgresql" else ON_SQLITE
    start = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        for statement in statements:
            cursor.execute(statement, {"number": number, "user": user.pk})
        cursor.execute("COMMIT")
    return time.perf_counter() - start


def planned(number: int, user: User) -> StageEdit:
    """An edit of so many contracts, as it is shown before."""
    keys = Contract.objects.order_by("pk").filter(stage="joined").values("pk")[:number]
    edit = choose(rows=Contract.objects.filter(pk__in=list(keys.values_list("pk", flat=True))), user=user)
    plan(edit=edit, to="expired", why="They ended")
    return StageEdit.objects.get(pk=edit.pk)


def by_edit(number: int, user: User) -> float:
    """What pressing the button does."""
    edit = planned(number, user)
    start = time.perf_counter()
    done = apply_edit(edit=edit, allows_unusual=True, moves_along=False, user=user)
    spent = time.perf_counter() - start
    if done.changed != number:
        raise AssertionError(f"{done.changed} of {number} were moved.")
    return spent


def undo(number: int, user: User) -> tuple[float, int]:
    """What taking it back does at once, with partners who moved along; the seconds, and the partners.

    The database has not looked at its tables since before the edit, as after `put_back`.
    """
    edit = planned(number, user)
    done = apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=user)
    start = time.perf_counter()
    back = undo_edit(edit=done, why="They did not", user=user)
    spent = time.perf_counter() - start
    if (back.changed, back.changed_along) != (number, done.changed_along):
        raise AssertionError(f"{back.changed} of {number} and {back.changed_along} partners are back.")
    return spent, back.changed_along


def by_saving(number: int, user: User) -> float:
    """One contract after the other, in one transaction."""
    contracts = list(Contract.objects.filter(stage="joined").order_by("pk")[: min(SAVED, number)])
    start = time.perf_counter()
    for contract in contracts:
        contract.stage = "expired"
        contract.save()
    return (time.perf_counter() - start) * number / len(contracts)


WAYS: dict[str, Callable[[int, User], float]] = {
    "one hand-written statement": by_hand,
    "bulk edit": by_edit,
    "saving row by row": by_saving,
}


def put_back() -> None:
    """Everything joined again, without a history, and the tables as after a night's vacuum."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {CONTRACTS} SET stage = 'joined' WHERE stage <> 'joined'")
        for table in (HISTORY, PARTNER_HISTORY):
            cursor.execute(f"DELETE FROM {table} WHERE from_stage <> ''")
        tables = f"{CONTRACTS}, {HISTORY}, {PARTNERS}, {PARTNER_HISTORY}"
        cursor.execute("VACUUM" if connection.vendor == "sqlite" else f"VACUUM ANALYZE {tables}")


@contextmanager
def own_database(partners: int) -> Iterator[None]:
    """An empty database filled with a made-up program; it is deleted afterwards."""
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        fill(partners, days=0)
        yield
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def main() -> None:
    """Time all ways and print the medians as a table."""
    parser = argparse.ArgumentParser(description="Times a bulk edit of stages.")
    parser.add_argument("--partners", type=int, default=7_000)
    parser.add_argument("--contracts", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    undone: list[float] = []
    with own_database(options.partners):
        user = User.objects.create_superuser("bench")
        for _run in tqdm(range(options.runs), unit=" rounds"):
            for way, run in WAYS.items():
                put_back()
                times[way].append(run(options.contracts, user))
            put_back()
            seconds, along = undo(options.contracts, user)
            undone.append(seconds)
        total = Contract.objects.count()
    fastest = median(times["one hand-written statement"])
    print(f"\n{options.contracts:,} of {total:,} contracts, {connection.vendor}, {options.runs} rounds")
    print("\n| way | median | ratio |\n|---|---|---|")
    for way, spent in times.items():
        print(f"| {way} | {median(spent):.2f} s | {median(spent) / fastest:.2f} times |")
    print(f"\nUndo right after the edit, with {along:,} partners along: {median(undone):.2f} s")


if __name__ == "__main__":
    main()
