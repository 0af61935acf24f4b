"""How many partners many definitions have: what they share is asked once, the rest is algebra of sets.

The partners are numbered, and so are the rows of each relation. A set of them is an int with a bit for each:
and, or and not of a hundred thousand partners take microseconds.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial, reduce
from itertools import chain, compress
from operator import and_, or_
from typing import Any, cast

from django.db.models import Model, Q, QuerySet

from partners.core.moment import Moment
from partners.models import Partner
from segments.attributes import Relation
from segments.compiler import row_condition
from segments.conditions import CATALOG, PARTNER
from segments.definition import Condition, Definition, Group
from segments.nesting import definitions_at, segments_named, trouble, with_all_named
from segments.operators import NumberOperator
from segments.query.row_clauses import RowClause, row_clauses

Bits = int
"""A set of numbered things. As a binary number it has a digit for each, that of the first one first."""
ROWS_PER_VALUE = 10
"""With fewer rows a value than this, all rows are asked instead of one for each value."""
COMMON = 100
"""The set of so many rows with one value is kept, to be put together with those of other values."""
YES, NO = b"10"
SELECTORS = bytes.maketrans(b"01", b"\x00\x01")
"""Digits as `compress` takes them."""


class PartnerSets:
    """The partners that there are now, and which of them meet the groups of some definitions."""

    def __init__(self, definitions: Iterable[Definition], moment: Moment) -> None:
        """Reads what the conditions are about, some 10 µs a partner; `size` can be asked for these alone."""
        self._moment = moment
        paths: dict[Relation, set[str]] = defaultdict(set)
        asked = with_all_named(definitions, moment)
        for condition in chain.from_iterable(definition.conditions() for definition in asked):
            attribute = CATALOG[condition.field]
            if not attribute.names_segments:
                paths[attribute.counts or attribute.relation].add(attribute.path)
        own = _RelationRows(PARTNER, paths.pop(PARTNER, set()), moment)
        numbers = {pk: number for number, pk in enumerate(own.keys)}
        self._everybody = own.all
        others = {relation: _RelationRows(relation, of, moment, numbers) for relation, of in paths.items()}
        self._rows = {PARTNER: own, **others}
        self._meeting: dict[RowClause, Bits] = {}

    def read_again(self, models: Collection[type[Model]]) -> None:
        """Go on with the values that rows of these models have now; which rows there are is as before."""
        for relation, rows in self._rows.items():
            if relation.model in models:
                rows.read_again()
        self._meeting = {
            clause: met for clause, met in self._meeting.items() if not _may_be_about(clause, models)
        }

    def size(self, definition: Definition) -> int:
        """How many partners it has."""
        return self._of(definition).bit_count()

    def _of(self, definition: Definition) -> Bits:
        """Its partners; nobody if a segment that it names is in trouble."""
        if segments_named(definition.conditions()) and trouble(definition, self._moment):
            return 0
        inside, left_out = (
            reduce(or_, map(self._of_group, groups), 0) for groups in (definition.any, definition.excepted)
        )
        return inside & ~left_out

    def _of_group(self, group: Group) -> Bits:
        """Those who meet all of it. No definition has a group without conditions."""
        return reduce(and_, map(self._of_clause, row_clauses(group)))

    def _of_clause(self, clause: RowClause) -> Bits:
        if clause not in self._meeting:
            met = self._of_positive(clause)
            # ~ sets all bits to the left too, without end: only within everybody is it the complement.
            self._meeting[clause] = self._everybody & ~met if clause.negative else met
        return self._meeting[clause]

    def _of_positive(self, clause: RowClause) -> Bits:
        condition, attribute = clause.conditions[0], CATALOG[clause.conditions[0].field]
        if attribute.counts:
            return self._having(condition, attribute.counts)
        if attribute.names_segments:
            named = definitions_at([int(key) for key in condition.items], self._moment).values()
            return reduce(or_, (self._of(inner) for _name, inner in named if inner), 0)
        rows = self._rows[clause.relation]
        met = rows.partners_meeting(clause.conditions)
        return met | self._everybody & ~rows.partners_of(rows.all) if clause.absent else met

    def _having(self, condition: Condition, counted: Relation) -> Bits:
        """Those with so many rows that are within the condition's limits; who has none of them has 0."""
        operator = cast("NumberOperator", CATALOG[condition.field].operator(condition.operator))
        rows = self._rows[counted]
        some = rows.within(condition.where)
        met = rows.partners_having(some, lambda number: operator.is_met_by(number, condition.value))
        if operator.is_met_by(0, condition.value):
            met |= self._everybody & ~rows.partners_of(some)
        return met


def _may_be_about(clause: RowClause, models: Collection[type[Model]]) -> bool:
    """Whether it may have other partners when rows of these models have other values."""
    attribute = CATALOG[clause.conditions[0].field]
    relation = attribute.counts or clause.relation
    return attribute.names_segments or relation.model in models


class _RelationRows:
    """The rows that these partners have now, by what they have at the paths that are asked about."""

    def __init__(
        self,
        relation: Relation,
        paths: Collection[str],
        moment: Moment,
        partners: Mapping[int, int] | None = None,
    ) -> None:
        """`partners`: the number of each, by primary key; None where the rows are the partners themselves."""
        self._relation, self._paths, self._moment = relation, tuple(paths), moment
        # By path, the places of the rows that have a value. Each row is in one of these lists.
        self._places: dict[str, dict[Any, array[int]]] = {}
        # By what is asked at a path, the values that meet it: as asked now, and as asked before the last
        # `read_again`, for which no more than the values that are new since then are asked.
        self._values: dict[tuple[str, Q], set[Any]] = {}
        self._known: dict[tuple[str, Q], set[Any]] = {}
        self._new: dict[str, set[Any]] = {}
        # Partners who came meanwhile have no number.
        read = [row for row in self._read() if partners is None or row[1] in partners]
        self.keys = [row[0] for row in read]
        self.all: Bits = (1 << len(read)) - 1
        self._columns = [tuple(row[at] for row in read) for at, _path in enumerate(self._paths, 2)]
        self._places = dict(zip(self._paths, map(_places, self._columns), strict=True))
        self._own = self._partners = _Sets(range(len(read)), len(read))
        if partners is not None:
            self._partners = _Sets(array("L", (partners[row[1]] for row in read)), len(partners))

    def _read(self) -> Iterable[tuple[Any, ...]]:
        rows, owner = self._queryset().order_by("pk"), self._relation.partner
        if owner:
            rows = rows.filter(**{f"{owner}__in": Partner.objects.all()})
        return rows.values_list("pk", owner or "pk", *self._paths)

    def read_again(self) -> None:
        """The same rows may have other values, some of which no row had before."""
        self._known, self._values = self._values, {}
        read = list(self._read())
        for at, path in enumerate(self._paths):
            column = tuple(row[at + 2] for row in read)
            if column != self._columns[at]:
                former, places = self._places[path], _places(column)
                self._columns[at], self._places[path] = column, places
                self._new[path] = places.keys() - former.keys()
                for sets in (self._own, self._partners):
                    sets.forget(path)

    def partners_of(self, rows: Bits) -> Bits:
        """The partners of these rows."""
        return rows if self._partners is self._own else self._partners.at(self._places_of(rows))

    def _places_of(self, rows: Bits) -> Iterable[int]:
        # Padded with zeros to a digit a row, the digits select the rows by their places.
        digits = f"{rows:0{len(self.keys)}b}".encode()
        return compress(range(len(self.keys)), digits.translate(SELECTORS))

    def within(self, limits: Iterable[Condition]) -> Bits:
        """The rows that meet all of these conditions, each of one row."""
        found = self.all
        for limit in limits:
            met = self._meeting(limit, self._own)
            found &= ~met if CATALOG[limit.field].operator(limit.operator).negative else met
        return found

    def partners_having(self, rows: Bits, is_met: Callable[[int], bool]) -> Bits:
        """The partners whose number of these rows meets this, of those who have any of them."""
        numbers = Counter(self._partners.numbers(self._places_of(rows)))
        return self._partners.marked(number for number, many in numbers.items() if is_met(many))

    def partners_meeting(self, conditions: Sequence[Condition]) -> Bits:
        """The partners with a row that is as the positive forms of all these conditions ask."""
        if len(conditions) == 1:
            return self._meeting(conditions[0], self._partners)
        # One row has to meet them all, so rows are intersected, and partners taken from what is left. Sets of
        # partners, intersected, would let each condition be met by another row.
        return self.partners_of(reduce(and_, (self._meeting(one, self._own) for one in conditions)))

    def _meeting(self, condition: Condition, sets: "_Sets") -> Bits:
        """The rows that are as the positive form asks, or their partners: those of each value together."""
        path, rows = CATALOG[condition.field].path, row_condition([condition], self._moment)
        if rows is None:
            return 0
        return sets.kept(path, rows, lambda: self._put_together(path, self._ask(path, rows), sets))

    def _put_together(self, path: str, values: set[Any], sets: "_Sets") -> Bits:
        # No row has two values, so the rows of all these are a disjoint union. The places of rare values are
        # marked in one go: a set for each would cost as much as one for all of them.
        places = self._places[path]
        rare = chain.from_iterable(places[value] for value in values if len(places[value]) < COMMON)
        found = sets.at(rare)
        for value in values:
            if len(places[value]) >= COMMON:
                found |= sets.kept(path, value, partial(sets.at, places[value]))
        return found

    def _ask(self, path: str, rows: Q) -> set[Any]:
        """The values that meet it. It depends on nothing but what a row has at the path: of few values, one
        row each is asked, and none of those for which the answer is known."""
        places = self._places[path]
        found = self._queryset().filter(rows).order_by()
        # Other rows, and these as they were before, may have values that have no places here: hence the &.
        if len(places) * ROWS_PER_VALUE > len(self.keys):
            return places.keys() & set(found.values_list(path, flat=True))
        if (path, rows) not in self._values:
            known = self._known.get((path, rows))
            asked = places.keys() if known is None else self._new.get(path, set())
            some = found.filter(pk__any_of=[self.keys[places[value][0]] for value in asked])
            self._values[path, rows] = set(some.values_list(path, flat=True)).union(known or ())
        return places.keys() & self._values[path, rows]

    def _queryset(self) -> QuerySet[Model]:
        return self._relation.model._default_manager.all()


class _Sets:
    """Makes sets of what stands at places of a list, numbers of rows or of their partners, and keeps them."""

    def __init__(self, numbers: Sequence[int], size: int) -> None:
        self._numbers, self._size = numbers, size
        self._kept: dict[str, dict[Any, Bits]] = defaultdict(dict)

    def at(self, places: Iterable[int]) -> Bits:
        """What stands at these places."""
        return self.marked(self.numbers(places))

    def numbers(self, places: Iterable[int]) -> Iterable[int]:
        """The same one by one, as often as it stands there."""
        return map(self._numbers.__getitem__, places)

    def marked(self, numbers: Iterable[int]) -> Bits:
        """The set of these. Digits that are read at once: a shift for each takes longer."""
        digits = bytearray(bytes([NO]) * self._size)
        for number in numbers:
            digits[number] = YES
        return int(digits or b"0", 2)

    def kept(self, path: str, key: Any, make: Callable[[], Bits]) -> Bits:
        """The set of the rows with a value at the path, or that meet what is asked of it; made once."""
        if key not in self._kept[path]:
            self._kept[path][key] = make()
        return self._kept[path][key]

    def forget(self, path: str) -> None:
        """What is kept of this path is not so any more."""
        self._kept.pop(path, None)


def _places(values: Iterable[Any]) -> dict[Any, "array[int]"]:
    """Where in the list each value is."""
    found: dict[Any, array[int]] = defaultdict(partial(array, "L"))
    for place, value in enumerate(values):
        found[value].append(place)
    return dict(found)
