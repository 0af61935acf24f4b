"""The SQL that somebody who knows the tables writes for a definition, in several forms.

Every form is offered for every definition that it can express; which of them is best, a run tells.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection

from partners.models import Partner
from tests.benchmarks.reading import CONTRACTS, MEMBERSHIPS, PARTNERS, OwnTest, RowTest, Test, read

Groups = list[list[Test]]
Style = Callable[[str, str, str], str]
"""How “the partner with this key has such a row of this table” is written."""
LENGTH = 10
COLUMNS = [field.column for field in Partner._meta.concrete_fields]
_ROW = ", ".join(f"p.{column}" for column in COLUMNS)


def counts(definition: dict[str, Any]) -> dict[str, str]:
    """Statements that count the partners, by the name of the form."""
    groups = read(definition)
    forms = {
        "ids": _count_ids(_union(groups, partial(_anchored, at=0))),
        "ids from the last": _count_ids(_union(groups, partial(_anchored, at=-1))),
        "COUNT DISTINCT": _count_distinct(groups, at=0),
        "COUNT DISTINCT from the last": _count_distinct(groups, at=-1),
        "EXISTS": _count_where(_any(groups, _exists)),
        "IN": _count_where(_any(groups, _within, _exists)),
        "IN, NOT IN": _count_where(_any(groups, _within)),
        "set operations": _count_ids(_union(groups, _algebra)),
        "LEFT JOIN of ids": _left_joins(groups, "count(*)"),
        "one pass": one_pass(definition, "count(*)"),
    }
    if len(groups) > 1:
        forms["ids of partners"] = _count_ids(_union(groups, _ids_of_partners))
    if difference := _difference(groups):
        forms["all less some"] = difference
    return _different(forms)


def pages(definition: dict[str, Any]) -> dict[str, str]:
    """Statements that read the first partners by name, by the name of the form."""
    groups = read(definition)
    first, last = (_union(groups, partial(_anchored, at=at)) for at in (0, -1))
    forms = {
        WALK: _first(f"WHERE {_any(groups, _fenced)}"),
        "CTE of ids": f"WITH ids(id) AS MATERIALIZED ({first}) {_first('JOIN ids ON ids.id = p.id')}",
        "CTE of ids from the last": (
            f"WITH ids(id) AS MATERIALIZED ({last}) {_first('JOIN ids ON ids.id = p.id')}"
        ),
        "EXISTS": _first(f"WHERE {_any(groups, _exists)}"),
        "IN": _first(f"WHERE {_any(groups, _within, _exists)}"),
        "IN ids": _first(f"WHERE p.id IN ({first})"),
        "LEFT JOIN of ids": _left_joins(groups, _ROW) + _ORDER,
    }
    if len(groups) > 1:
        forms["first of each group"] = _first_of_each(groups, _within, _exists)
        forms[WALK_EACH] = _first_of_each(groups, _fenced, _fenced)
    return _different(forms)


WALK, WALK_EACH = "walk", "walk for each group"


def _different(forms: dict[str, str]) -> dict[str, str]:
    """Each text once, under its first name."""
    names = {sql: name for name, sql in reversed(forms.items())}
    return {name: sql for name, sql in forms.items() if names[sql] == name}


def _union(groups: Groups, ids_of: Callable[[list[Test]], str]) -> str:
    return " UNION ".join(ids_of(group) for group in groups)


def one_pass(definition: dict[str, Any], columns: str = "p.id") -> str:
    """Every row of every table looked at once: never fast, never slow, and the easiest to be sure of."""
    groups = read(definition)
    joins: list[str] = []
    names: dict[RowTest, str] = {}
    for table, name in ((CONTRACTS, "c"), (MEMBERSHIPS, "m")):
        tests = [test for group in groups for test in group if _row_test(test) and test.table == table]
        if not tests:
            continue
        flags = [f"count(*) FILTER (WHERE {test.where or 'FALSE'}) AS f{at}" for at, test in enumerate(tests)]
        joins.append(
            f"LEFT JOIN (SELECT r.partner_id, {', '.join(flags)} FROM {table} r GROUP BY r.partner_id) {name}"
            f" ON {name}.partner_id = p.id"
        )
        for at, test in enumerate(tests):
            some = f"coalesce({name}.f{at}, 0) > 0"
            some = f"({some} OR {name}.partner_id IS NULL)" if test.absent else some
            names[test] = f"NOT {some}" if test.negative else some
    where = " OR ".join(
        "(" + " AND ".join(test.where if isinstance(test, OwnTest) else names[test] for test in group) + ")"
        for group in groups
    )
    return f"SELECT {columns} FROM {PARTNERS} p {' '.join(joins)} WHERE {where}"


def _row_test(test: Test) -> bool:
    return isinstance(test, RowTest)


def _count_where(where: str) -> str:
    return f"SELECT count(*) FROM {PARTNERS} p WHERE {where}"


def _count_ids(ids: str) -> str:
    of_partners = f"SELECT p.id FROM {PARTNERS} p WHERE "
    if ids.startswith(of_partners) and " UNION " not in ids:
        return _count_where(ids.removeprefix(of_partners))
    return f"SELECT count(*) FROM ({ids}) AS ids"


def _count_distinct(groups: Groups, *, at: int) -> str:
    lists = [_anchored(group, at=at).replace("SELECT DISTINCT", "SELECT", 1) for group in groups]
    ids = " UNION ALL ".join(["SELECT 0 AS id WHERE 0 = 1", *lists])
    return f"SELECT count(DISTINCT id) FROM ({ids}) AS ids"


_ORDER = f" ORDER BY p.name_folded, p.id LIMIT {LENGTH}"


def _first(rest: str) -> str:
    return f"SELECT {_ROW} FROM {PARTNERS} p {rest}{_ORDER}"


def _first_of_each(groups: Groups, positive: Style, negative: Style) -> str:
    parts = [
        f"SELECT * FROM ({_first(f'WHERE {_all(group, positive, negative)}')}) AS g{at}"
        for at, group in enumerate(groups)
    ]
    merged = " UNION ".join(parts)
    return f"SELECT {_ROW} FROM ({merged}) AS p{_ORDER}"


def _exists(table: str, where: str, key: str = "p.id") -> str:
    return f"EXISTS (SELECT 1 FROM {table} r WHERE r.partner_id = {key}{_and(where)})"


def _fenced(table: str, where: str, key: str = "p.id") -> str:
    """PostgreSQL neither joins nor hashes what has an OFFSET: it looks the rows of one partner up."""
    fence = " OFFSET 0" if connection.vendor == "postgresql" else ""
    return f"EXISTS (SELECT 1 FROM {table} r WHERE r.partner_id = {key}{_and(where)}{fence})"


def _within(table: str, where: str, key: str = "p.id") -> str:
    return f"{key} IN (SELECT r.partner_id FROM {table} r{_where(where)})"


def _and(where: str) -> str:
    return f" AND {where}" if where else ""


def _where(where: str) -> str:
    return f" WHERE {where}" if where else ""


def _any(groups: Groups, positive: Style, negative: Style | None = None) -> str:
    return " OR ".join(f"({_all(group, positive, negative or positive)})" for group in groups)


def _all(tests: list[Test], positive: Style, negative: Style, key: str = "p.id") -> str:
    return " AND ".join(
        test.where if isinstance(test, OwnTest) else _row(test, positive, negative, key) for test in tests
    )


def _row(test: RowTest, positive: Style, negative: Style, key: str) -> str:
    style = negative if test.negative else positive
    nobody = [] if test.absent else ["FALSE"]
    ways = nobody if test.where is None else [style(test.table, test.where, key)]
    if test.negative:
        parts = [f"NOT {way}" for way in ways] + [negative(test.table, "", key)] * test.absent
        return " AND ".join(parts)
    if test.absent:
        ways.append(f"NOT {negative(test.table, '', key)}")
    return f"({' OR '.join(ways)})" if len(ways) > 1 else ways[0]


def _ids_of_partners(group: list[Test]) -> str:
    return f"SELECT p.id FROM {PARTNERS} p WHERE {_all(group, _within, _exists)}"


def _anchored(group: list[Test], *, at: int) -> str:
    """The ids of a group's partners, from the table of a positive test; partners only if asked about."""
    anchors = [test for test in group if isinstance(test, RowTest) and _can_anchor(test)]
    if not anchors:
        return _ids_of_partners(group)
    anchor = anchors[at]
    others = [test for test in group if test is not anchor]
    join = f" JOIN {PARTNERS} p ON p.id = a.partner_id" if any(isinstance(o, OwnTest) for o in others) else ""
    wheres = [str(anchor.where)]
    if others:
        wheres.append(_all(others, _within, _exists, key="a.partner_id"))
    once = "" if anchor.table == MEMBERSHIPS and "," not in str(anchor.where) else " DISTINCT"
    return f"SELECT{once} a.partner_id FROM {anchor.table} a{join} WHERE {' AND '.join(wheres)}"


def _can_anchor(test: RowTest) -> bool:
    return test.where is not None and not test.negative and not test.absent


def _algebra(group: list[Test]) -> str:
    """INTERSECT of what has to hold, EXCEPT what mustn't."""
    own = [test.where for test in group if isinstance(test, OwnTest)]
    rows = [test for test in group if isinstance(test, RowTest)]
    positive = [test for test in rows if not test.negative]
    sets = [_ids_of_rows(test) for test in positive]
    if own or not sets:
        sets.insert(0, f"SELECT p.id FROM {PARTNERS} p{_where(' AND '.join(own))}")
    once = "" if len(sets) > 1 else "DISTINCT "
    statement = " INTERSECT ".join(f"SELECT {once}* FROM ({one}) AS s{at}" for at, one in enumerate(sets))
    for at, test in enumerate(rows):
        if test.negative:
            statement = f"SELECT * FROM ({statement}) AS n{at} EXCEPT {_ids_of_rows(test)}"
    return f"SELECT * FROM ({statement}) AS g"


def _ids_of_rows(test: RowTest) -> str:
    some = f"SELECT r.partner_id FROM {test.table} r WHERE {test.where or 'FALSE'}"
    if not test.absent:
        return some
    none = f"SELECT p.id FROM {PARTNERS} p WHERE NOT {_exists(test.table, '')}"
    return f"SELECT * FROM ({none} UNION ALL {some}) AS either"


def _left_joins(groups: Groups, columns: str) -> str:
    """Each list of ids joined once, and asked for with IS NULL: nothing is probed row by row."""
    joins: list[str] = []
    parts: list[str] = []

    def joined(table: str, where: str, key: str) -> str:
        name = f"s{len(joins)}"
        joins.append(
            f"LEFT JOIN (SELECT DISTINCT r.partner_id FROM {table} r{_where(where)}) {name}"
            f" ON {name}.partner_id = {key}"
        )
        return f"({name}.partner_id IS NOT NULL)"

    parts = [_all(group, joined, joined) for group in groups]
    where = " OR ".join(f"({part})" for part in parts)
    return f"SELECT {columns} FROM {PARTNERS} p {' '.join(joins)} WHERE {where}"


def _difference(groups: Groups) -> str | None:
    """Of one group with one negative test: what the others let through, less what the positive form does."""
    negative = [test for group in groups for test in group if isinstance(test, RowTest) and test.negative]
    if len(groups) > 1 or len(negative) != 1:
        return None
    (group,), (test,) = groups, negative
    others = [other for other in group if other is not test]
    turned = RowTest(test.table, test.where, absent=test.absent)
    without = _count_ids(_anchored(others, at=0)) if others else f"SELECT count(*) FROM {PARTNERS}"
    return f"SELECT ({without}) - ({_count_ids(_anchored([turned, *others], at=0))})"
