"""What is asked of the database about partners, as pieces of SQL that are put together.

Never a join across a to-many path, `distinct()` over partners, or `~Q(pk__in=subquery)`: the first two are
slow and, with a negative condition beside a positive one, wrong; the last falls off a cliff on PostgreSQL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Any, ClassVar

from django.db.models import F, Q, QuerySet

from partners.models import Partner
from segments.relations import Relation

NOBODY = Q(pk__in=[])
ANY_ROW = Q()
Ids = QuerySet[Any, Any]
"""The ids of partners, in a column called `member`."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate on one relation: EXISTS a row matching `rows`, or NOT EXISTS if `negative`.

    `unique_per_partner`: no partner has two such rows, so the ids read off them need no DISTINCT.
    """

    relation: Relation
    rows: Q
    negative: bool = False
    unique_per_partner: bool = False

    @property
    def can_anchor(self) -> bool:
        """Whether its partners can be read off its own rows, as ids without the table of partners."""
        return self.relation.partner is not None and not self.negative

    @property
    def asks_for_any_row(self) -> bool:
        """Whether every row will do."""
        return self.rows == ANY_ROW

    def to_q(self, key: str = "pk", *, correlated: bool = False) -> Q:
        """The condition on a row whose path to the partner's id is `key`.

        `correlated`: tested row by row, for a walk along an index that stops early; otherwise as a set.
        """
        if self.relation.partner is None:
            partners = Partner.objects.filter(self.rows).order_by().values("pk")
            return self.rows if key == "pk" else Q(**{f"{key}__in": partners})
        # NOT EXISTS, never NOT IN a subquery: PostgreSQL hashes NOT IN only while it fits into work_mem.
        if self.negative or correlated:
            found = Q(self.relation.exists(self.rows, key=key, correlated=correlated))
            return ~found if self.negative else found
        return Q(**{f"{key}__in": self.relation.partners(self.rows)})


@dataclass(frozen=True, slots=True)
class SetPredicate:
    """The partner is in a set of partners, or is not if `negative`.

    `ids` has them, each once if `unique_per_partner`; `by_partner` is the same condition as it is tested
    partner by partner.
    """

    ids: Ids
    by_partner: Q = field(compare=False)
    unique_per_partner: bool
    negative: bool = False

    can_anchor: ClassVar[bool] = False
    asks_for_any_row: ClassVar[bool] = False

    def to_q(self, key: str = "pk", *, correlated: bool = False) -> Q:
        """As of `Predicate`."""
        found = self.by_partner if correlated and key == "pk" else Q(**{f"{key}__member_of": self.ids})
        return ~found if self.negative else found


AnyPredicate = Predicate | SetPredicate
Conjunction = tuple[AnyPredicate, ...]
"""All of them hold."""
EVERYBODY: Conjunction = ()


def dnf_to_q(dnf: Sequence[Conjunction], *, correlated: bool = False) -> Q:
    """The condition that at least one of the conjunctions holds; `correlated` as of `Predicate.to_q`."""
    conditions = [conjunction_to_q(conjunction, correlated=correlated) for conjunction in dnf]
    if len(conditions) > 1 and not correlated:
        return Q(pk__in=_union(conditions))
    return reduce(or_, conditions) if conditions else NOBODY


def conjunction_to_q(predicates: Iterable[AnyPredicate], key: str = "pk", *, correlated: bool = False) -> Q:
    """The condition that all these predicates hold."""
    return reduce(and_, (predicate.to_q(key, correlated=correlated) for predicate in predicates))


def _union(conditions: list[Q]) -> QuerySet[Partner, Any]:
    """The ids that any meets. An OR of subqueries in one WHERE would probe each for every partner."""
    first, *others = (Partner.objects.filter(one).order_by().values("pk") for one in conditions)
    return first.union(*others)


def set_of(dnf: Sequence[Conjunction], *, negative: bool = False) -> SetPredicate:
    """The partners of any of the conjunctions, as one predicate."""
    once = len(dnf) != 1 or yields_each_once(dnf[0])
    return SetPredicate(dnf_ids(dnf), dnf_to_q(dnf, correlated=True), once, negative=negative)


def conjunction_ids(conjunction: Conjunction) -> Ids:
    """The ids of the partners for whom all predicates hold; some more than once.

    They are read off the rows of one predicate, the anchor, and the others are tested on its foreign key: the
    table of partners is read only where no predicate can be the anchor.
    """
    match conjunction:
        case (SetPredicate(negative=False, ids=ids),):
            return ids
    # One that gives each id once is best: then no DISTINCT is needed.
    anchors = sorted(
        (one for one in conjunction if isinstance(one, Predicate) and one.can_anchor),
        key=lambda one: not one.unique_per_partner,
    )
    if not anchors:
        partners = Partner.objects.all()
        return members(partners.filter(conjunction_to_q(conjunction)) if conjunction else partners, "pk")
    anchor, key = anchors[0], f"{anchors[0].relation.partner}_id"
    rest = [predicate for predicate in conjunction if predicate is not anchor]
    rows = anchor.relation.model._default_manager.filter(anchor.rows)
    return members(rows.filter(conjunction_to_q(rest, key)) if rest else rows, key)


def members(rows: QuerySet[Any], key: str) -> Ids:
    """The ids that these rows have at the path `key`."""
    ids: Ids = rows.order_by().annotate(member=F(key)).values_list("member", flat=True)
    return ids


def dnf_ids(dnf: Sequence[Conjunction], *, repeated: bool = False) -> Ids:
    """The ids of the partners of any of the conjunctions, each once unless they may be `repeated`."""
    if not dnf:
        return members(Partner.objects.none(), "pk")
    first, *others = map(conjunction_ids, dnf)
    return first.union(*others, all=repeated) if others else first


def yields_each_once(conjunction: Conjunction) -> bool:
    """Whether `conjunction_ids` gives each id once: read off partners, or off rows unique for a partner."""
    match conjunction:
        case (SetPredicate(negative=False, unique_per_partner=once),):
            return once
    anchors = [predicate for predicate in conjunction if predicate.can_anchor]
    return not anchors or any(predicate.unique_per_partner for predicate in anchors)
