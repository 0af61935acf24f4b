"""Segments with days, counts, other segments and exceptions, and the SQL that is written by hand for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from partners.models import PartnerGroup
from segments.models import Segment
from tests.benchmarks import handwritten
from tests.benchmarks.reading import CONTRACTS, MEMBERSHIPS, PARTNERS

Question = dict[str, Any]
JOINED_NOW = "Joined, for the bench"


@dataclass(frozen=True)
class Written:
    """A definition; statements for the ids of its partners, each once; what a row `p` of partners meets."""

    definition: Question
    ids: tuple[str, ...]
    where: tuple[str, ...]

    def counts(self) -> dict[str, str]:
        """Statements that count, by the name of the form."""
        forms = {f"ids {at}": f"SELECT count(*) FROM ({sql}) AS ids" for at, sql in enumerate(self.ids, 1)}
        asked = enumerate(self.where, 1)
        return forms | {f"WHERE {at}": f"SELECT count(*) FROM {PARTNERS} p WHERE {one}" for at, one in asked}

    def pages(self) -> dict[str, str]:
        """Statements for the first partners by name."""
        order = f" ORDER BY p.name_folded, p.id LIMIT {handwritten.LENGTH}"
        columns = ", ".join(f"p.{column}" for column in handwritten.COLUMNS)
        forms = {
            f"CTE of ids {at}": f"WITH ids(id) AS MATERIALIZED ({sql}) SELECT {columns} FROM {PARTNERS} p"
            f" JOIN ids ON ids.id = p.id{order}"
            for at, sql in enumerate(self.ids, 1)
        }
        asked = enumerate(self.where, 1)
        return forms | {
            f"WHERE {at}": f"SELECT {columns} FROM {PARTNERS} p WHERE {one}{order}" for at, one in asked
        }


@contextmanager
def another_segment() -> Iterator[int]:
    """The primary key of a segment that others can name, for as long as it is asked.

    It is written and deleted, not rolled back: a statement that is stopped would end the transaction.
    """
    definition = {"version": 1, "any": [{"all": [_asks("contract_stage", "any_of", ["joined"])]}]}
    segment, _made = Segment.objects.get_or_create(name=JOINED_NOW, defaults={"definition": definition})
    try:
        yield segment.pk
    finally:
        segment.delete()


def written(today: date, joined_segment: int) -> dict[str, Written]:
    """Ten of them by name."""
    groups = dict(PartnerGroup.objects.values_list("name", "pk"))
    eu, blocked, vip = groups["EU"], groups["Blocked"], groups["VIP"]

    def day(number: int) -> str:
        return f"'{today + timedelta(days=number)}'"

    joined = _asks("contract_stage", "any_of", ["joined"])
    joined_ids = f"SELECT DISTINCT c.partner_id FROM {CONTRACTS} c WHERE c.stage = 'joined'"
    is_joined = _some(CONTRACTS, "r.stage = 'joined'")
    ends = f"r.stage = 'joined' AND r.end_date >= {day(0)} AND r.end_date < {day(30)}"
    old = f"p.last_transition_date < {day(-30)}"
    first_joined = f"p.original_joined_date >= {day(-89)} AND p.original_joined_date < {day(1)}"
    twice = (
        f"SELECT c.partner_id FROM {CONTRACTS} c WHERE c.stage = 'joined' GROUP BY c.partner_id"
        " HAVING count(*) >= 2"
    )
    several = f"SELECT c.partner_id FROM {CONTRACTS} c GROUP BY c.partner_id HAVING count(*) >= 2"
    in_eu, in_blocked, in_vip = (_some(MEMBERSHIPS, f"r.group_id = {key}") for key in (eu, blocked, vip))
    started = f"r.start_date >= {day(-364)} AND r.start_date < {day(1)}"
    return {
        "Ends in the next 30 days": _question(
            [joined, _asks("contract_end", "within", {"next": 30})],
            f"SELECT DISTINCT r.partner_id FROM {CONTRACTS} r WHERE {ends}",
            where=_some(CONTRACTS, ends),
        ),
        "Started in the last 365 days": _question(
            [_asks("contract_start", "within", {"last": 365})],
            f"SELECT DISTINCT r.partner_id FROM {CONTRACTS} r WHERE {started}",
            where=_some(CONTRACTS, started),
        ),
        "First joined in the last 90 days, in a group": _question(
            [
                _asks("original_joined_date", "within", {"last": 90}),
                _asks("partner_group", "any_of", [eu]),
            ],
            f"SELECT p.id FROM {PARTNERS} p JOIN {MEMBERSHIPS} m ON m.partner_id = p.id"
            f" WHERE m.group_id = {eu} AND {first_joined}",
            where=f"{first_joined} AND {in_eu}",
        ),
        "Not changed for 30 days": _question(
            [
                _asks("prospecting_stage", "any_of", ["negotiating"]),
                _asks("last_transition_date", "within", {"more_days_ago": 30}),
            ],
            f"SELECT p.id FROM {PARTNERS} p WHERE p.prospecting_stage = 'negotiating' AND {old}",
            where=f"p.prospecting_stage = 'negotiating' AND {old}",
        ),
        "In no group": _question(
            [{"field": "partner_group", "operator": "is_empty"}],
            f"SELECT p.id FROM {PARTNERS} p EXCEPT SELECT m.partner_id FROM {MEMBERSHIPS} m",
            where=f"NOT {_some(MEMBERSHIPS, 'TRUE')}",
        ),
        "At least two joined contracts": _question(
            [_asks("contracts", "at_least", "2") | {"where": [joined]}],
            twice,
            where=f"p.id IN ({twice})",
        ),
        "Fewer than two contracts, joined": _question(
            [joined, _asks("contracts", "less_than", "2")],
            f"{joined_ids} EXCEPT {several}",
            f"SELECT c.partner_id FROM {CONTRACTS} c GROUP BY c.partner_id"
            " HAVING count(*) = 1 AND min(c.stage) = 'joined'",
            where=f"{is_joined} AND NOT EXISTS (SELECT 1 FROM ({several}) AS s WHERE s.partner_id = p.id)",
        ),
        "In another segment and a group": _question(
            [_asks("segment", "any_of", [joined_segment]), _asks("partner_group", "any_of", [eu])],
            f"SELECT m.partner_id FROM {MEMBERSHIPS} m WHERE m.group_id = {eu} AND EXISTS"
            f" (SELECT 1 FROM {CONTRACTS} c WHERE c.partner_id = m.partner_id AND c.stage = 'joined')",
            where=f"{is_joined} AND {in_eu}",
        ),
        "Not in another segment": _question(
            [_asks("segment", "none_of", [joined_segment])],
            f"SELECT p.id FROM {PARTNERS} p EXCEPT {joined_ids}",
            where=f"NOT {is_joined}",
        ),
        "Joined, except two groups": _question(
            [joined],
            f"{joined_ids} EXCEPT SELECT m.partner_id FROM {MEMBERSHIPS} m"
            f" WHERE m.group_id IN ({blocked}, {vip})",
            where=f"{is_joined} AND NOT {in_blocked} AND NOT {in_vip}",
            excepted=[_asks("partner_group", "any_of", [blocked, vip])],
        ),
    }


def _question(
    conditions: list[Question], *ids: str, where: str, excepted: list[Question] | None = None
) -> Written:
    definition: Question = {"version": 2, "any": [{"all": conditions}]}
    return Written(definition | ({"except": [{"all": excepted}]} if excepted else {}), ids, (where,))


def _some(table: str, where: str) -> str:
    return f"EXISTS (SELECT 1 FROM {table} r WHERE r.partner_id = p.id AND {where})"


def _asks(field: str, operator: str, value: Any) -> Question:
    return {"field": field, "operator": operator, "value": value}
