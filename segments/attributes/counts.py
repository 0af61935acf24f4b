"""How many rows a partner has that meet some conditions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Count, F, OuterRef, Q

from partners.core.moment import Moment
from segments.arrays import Mask, Values
from segments.attributes.base import Attribute, Menu
from segments.constraints import ANY_ROW, RowConstraint
from segments.operators import NUMBERS, NumberOperator, Operator
from segments.predicates import Ids, SetPredicate, members
from segments.relations import CorrelatedExists, Relation


@dataclass(frozen=True, kw_only=True)
class CountAttribute(Attribute):
    """The number of rows of another relation. A partner without any has 0 of them."""

    of: Relation
    path: str = "pk"
    menu: Menu = Menu.COUNTS

    @property
    def counts(self) -> Relation:
        return self.of

    @property
    def operators(self) -> tuple[Operator, ...]:
        return NUMBERS

    def partners(self, operator: Operator, value: Any, where: Q, _moment: Moment) -> SetPredicate:
        """Those with a row, grouped: who has none is in no group, so what 0 meets is asked by its opposite.

        Nothing is ever filled up with zeros, and `HAVING` is asked of partners with rows alone.
        """
        asked = cast("NumberOperator", operator)
        if negative := asked.is_met_by(0, value):
            asked = next(one for one in NUMBERS if one.key == operator.complement)
        if asked.is_met_by_all_from_1(value):
            rows = self.of.model._default_manager.filter(where)
            some = Q(self.of.exists(where, correlated=True))
            return SetPredicate(
                members(rows, f"{self.of.partner}_id"), some, unique_per_partner=False, negative=negative
            )
        by_partner = self._by_partner(asked, value, where)
        return SetPredicate(
            self._ids(asked, value, where), by_partner, unique_per_partner=True, negative=negative
        )

    def mask_of_counts(self, operator: Operator, counts: Values, value: Any) -> Mask | None:
        """The partners that meet it, by how many rows each has; the same as by `partners`."""
        return operator.mask(counts, value)

    def _ids(self, operator: NumberOperator, value: Any, where: Q) -> Ids:
        rows = self.of.model._default_manager.filter(where).order_by()
        grouped = rows.annotate(member=F(f"{self.of.partner}_id")).values("member")
        found = grouped.annotate(number=Count("*")).filter(operator.having(value))
        ids: Ids = found.values_list("member", flat=True)
        return ids

    def _by_partner(self, operator: NumberOperator, value: Any, where: Q) -> Q:
        owner = str(self.of.partner)
        rows = self.of.model._default_manager.filter(where, **{owner: OuterRef("pk")})
        grouped = rows.order_by().values(owner).annotate(number=Count("*"))
        return Q(CorrelatedExists(grouped.filter(operator.having(value))))

    def constraint(self, operator: Operator, value: Any) -> RowConstraint:
        """Every partner has any number of rows."""
        asked = cast("NumberOperator", operator)
        return ANY_ROW if asked.is_met_by_all(value) else asked.constraint(self.key, value)

    def misfits(self) -> Iterator[str]:
        if self.relation.partner is not None or self.of.partner is None:
            yield "It counts rows that a partner has, and is asked of the partner."
