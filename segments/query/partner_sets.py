"""How many partners many definitions have: what they share is asked once, the rest is algebra of sets.

The partners are numbered, and so are the rows of each relation. A set of them is an int with a bit for each:
and, or and not of a hundred thousand partners take microseconds.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial, reduce
from itertools import chain, compress
from operator import and_, or_
from typing import Any, cast

from django.db.models import Q, QuerySet

from partners.models import Partner
from segments.attributes import Relation
from segments.compiler import row_condition
from segments.conditions import CATALOG, PARTNER
from segments.definition import Condition, Definition, Group
from segments.query.row_clauses import RowClause, row_clauses

Bits = int
"""A set of numbered things. As a binary number it has a digit for each, that of the first one first."""
ROWS_PER_VALUE = 10
"""With fewer rows a value than this, all rows are asked instead of one for each value."""
YES, NO = b"10"
SELECTORS = bytes.maketrans(b"01", b"\x00\x01")
"""Digits as `compress` takes them."""


class PartnerSets:
    """The partners that there are now, and which of them meet the groups of some definitions."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        """Reads what the conditions are about, some 10 µs a partner; `size` can be asked for these alone."""
        paths: dict[Relation, set[str]] = defaultdict(set)
        for condition in chain.from_iterable(definition.conditions() for definition in definitions):
            attribute = CATALOG[condition.field]
            paths[attribute.relation].add(attribute.path)
        own = _RelationRows(PARTNER, paths.pop(PARTNER, set()))
        numbers = {pk: number for number, pk in enumerate(own.keys)}
        self._everybody = own.all
        others = {relation: _RelationRows(relation, of, numbers) for relation, of in paths.items()}
        self._rows = {PARTNER: own, **others}
        self._meeting: dict[RowClause, Bits] = {}

    def size(self, definition: Definition) -> int:
        """How many partners it has."""
        return reduce(or_, map(self._of_group, definition.any), 0).bit_count()

    def _of_group(self, group: Group) -> Bits:
        """Those who meet all of it. No definition has a group without conditions."""
        return reduce(and_, map(self._of_clause, row_clauses(group)))

    def _of_clause(self, clause: RowClause) -> Bits:
        if clause not in self._meeting:
            rows = self._rows[clause.relation]
            met = rows.partners(reduce(and_, map(rows.meeting, clause.conditions)))
            if clause.absent:
                met |= self._everybody & ~rows.partners(rows.all)
            self._meeting[clause] = self._everybody & ~met if clause.negative else met
        return self._meeting[clause]


class _RelationRows:
    """The rows that these partners have now, by what they have at the paths that are asked about."""

    def __init__(
        self, relation: Relation, paths: set[str], partners: Mapping[int, int] | None = None
    ) -> None:
        """`partners`: the number of each, by primary key; None where the rows are the partners themselves."""
        self._relation = relation
        self._number_of_partners = len(partners or ())
        rows, owner = self._queryset().order_by("pk"), relation.partner or "pk"
        if partners is not None:
            rows = rows.filter(**{f"{owner}__in": Partner.objects.all()})
        # Partners who came meanwhile have no number.
        read = [
            row for row in rows.values_list("pk", owner, *paths) if partners is None or row[1] in partners
        ]
        self.keys = [row[0] for row in read]
        self.all: Bits = (1 << len(read)) - 1
        self._partners = None if partners is None else array("L", (partners[row[1]] for row in read))
        self._by_value = {path: _places(row[at] for row in read) for at, path in enumerate(paths, 2)}
        self._meeting: dict[tuple[str, Q], Bits] = {}

    def partners(self, rows: Bits) -> Bits:
        """The partners of these rows."""
        if self._partners is None:
            return rows
        digits = f"{rows:0{len(self.keys)}b}".encode()
        return _bits(compress(self._partners, digits.translate(SELECTORS)), self._number_of_partners)

    def meeting(self, condition: Condition) -> Bits:
        """The rows that are as the positive form of the condition asks."""
        rows = row_condition([condition])
        if rows is None:
            return 0
        asked = CATALOG[condition.field].path, rows
        if asked not in self._meeting:
            self._meeting[asked] = self._ask(*asked)
        return self._meeting[asked]

    def _ask(self, path: str, rows: Q) -> Bits:
        """Whether a row meets it depends on what the row has at the path: one row a value is enough."""
        by_value = self._by_value[path]
        asked = self._queryset().filter(rows)
        if len(by_value) * ROWS_PER_VALUE <= len(self.keys):
            asked = asked.filter(pk__any_of=[self.keys[places[0]] for places in by_value.values()])
        values = set(asked.order_by().values_list(path, flat=True))
        places = chain.from_iterable(by_value.get(value, ()) for value in values)
        return _bits(places, len(self.keys))

    def _queryset(self) -> QuerySet[Any, Any]:
        found: QuerySet[Any, Any] = cast("Any", self._relation.model)._default_manager.all()
        return found


def _places(values: Iterable[Any]) -> dict[Any, "array[int]"]:
    """Where in the list each value is."""
    found: dict[Any, array[int]] = defaultdict(partial(array, "L"))
    for place, value in enumerate(values):
        found[value].append(place)
    return dict(found)


def _bits(numbers: Iterator[int], size: int) -> Bits:
    """The set of these among so many. Digits that are read at once: a shift for each takes longer."""
    digits = bytearray(bytes([NO]) * size)
    for number in numbers:
        digits[number] = YES
    return int(digits or b"0", 2)
