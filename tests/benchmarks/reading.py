"""A definition as a person who writes SQL reads it: groups of tests on the tables' rows.

Shares no code with the compiler, so that the two can be held against each other.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from contracts.models import Contract, TemplateTerm
from partners.models import Membership, Partner
from tests.segments.evaluator import OF_CONTRACT
from tests.segments.operators import POSITIVE
from tests.segments.texts import folded

PARTNERS, MEMBERSHIPS, CONTRACTS, TERMS = (
    model._meta.db_table for model in (Partner, Membership, Contract, TemplateTerm)
)


@dataclass(frozen=True)
class OwnTest:
    """A condition on the partner's own columns, `p`."""

    where: str


@dataclass(frozen=True)
class RowTest:
    """Some row of a table of the partner's meets a condition (None: no row can); or, `negative`, none does.

    `absent`: the positive form holds for partners without any row too.
    """

    table: str
    where: str | None
    negative: bool = False
    absent: bool = False


Test = OwnTest | RowTest
COLUMNS = {
    "contract_stage": "stage",
    "contract_id": "number",
    "template_term": "template_term_id",
    "partner_group": "group_id",
    "prospecting_stage": "p.prospecting_stage",
    "partner_name": "p.id",
    "partner_id": "p.id",
}
NUMBERS = ("template_term", "partner_group", "partner_name", "partner_id")


def read(definition: dict[str, Any]) -> list[list[Test]]:
    """The tests of each group."""
    return [_read_group(group) for group in definition["any"]]


def _read_group(group: dict[str, Any]) -> list[Test]:
    same = group.get("contracts", "same") == "same"
    tests: list[Test] = []
    shared: list[RowTest] = []
    for condition in group["all"]:
        test = _read_condition(condition)
        if isinstance(test, RowTest) and same and test.table == CONTRACTS and not test.negative:
            shared.append(test)
        else:
            tests.append(test)
    if shared:
        wheres = [test.where for test in shared]
        where = None if None in wheres else " AND ".join(str(where) for where in wheres)
        tests.insert(0, RowTest(CONTRACTS, where, absent=all(test.absent for test in shared)))
    return tests


def _read_condition(condition: dict[str, Any]) -> Test:
    field, value = condition["field"], condition["value"]
    negative = condition["operator"] in POSITIVE
    operator = POSITIVE.get(condition["operator"], condition["operator"])
    absent = field == "contract_stage" and "none" in value
    if operator == "any_of":
        where = _among(field, [one for one in value if one != "none"] if absent else value)
    else:
        where = _like(field, operator, value)
    if field in OF_CONTRACT or field == "partner_group":
        table = CONTRACTS if field in OF_CONTRACT else MEMBERSHIPS
        return RowTest(table, where, negative=negative, absent=absent)
    return OwnTest(f"NOT ({where})" if negative else str(where))


def _among(field: str, values: list[Any]) -> str | None:
    if not values:
        return None
    texts = [str(value).strip() for value in values]
    listed = ", ".join(str(int(text)) if field in NUMBERS else quoted(text) for text in texts)
    return f"{COLUMNS[field]} IN ({listed})"


def _like(field: str, operator: str, text: str) -> str:
    escaped = folded(text)
    for sign in ("\\", "%", "_"):
        escaped = escaped.replace(sign, f"\\{sign}")
    pattern = quoted(f"{escaped}%" if operator == "starts_with" else f"%{escaped}%")
    if connection.vendor == "sqlite":
        pattern += r" ESCAPE '\'"
    if field == "template_term":
        return f"template_term_id IN (SELECT t.id FROM {TERMS} t WHERE t.name_folded LIKE {pattern})"
    return f"p.name_folded LIKE {pattern}"


def quoted(text: str) -> str:
    """A literal; both databases take the backslash as it is."""
    return "'" + text.replace("'", "''") + "'"
