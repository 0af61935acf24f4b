"""The orders that a list of partners can have, and its pages.

Keyset pagination: a page begins beside a partner, not after a number of rows (OFFSET), so that the last page
takes no longer than the first.

A column that may be NULL splits the order into stretches: the partners that have a value, and those that
don't. Comparisons with NULL are neither true nor false, and databases sort NULLs differently; within a
stretch neither matters.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Case, F, OrderBy, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.models import Partner

EVERYBODY = Q()


@dataclass(frozen=True)
class Cursor:
    """The place of a page: after a partner, or before it."""

    partner: Partner
    before: bool = False


@dataclass(frozen=True)
class Stretch:
    """A part of an order without NULLs: the partners that it `holds`, by `column` and then by Partner ID."""

    column: str = ""
    descending: bool = False
    holds: Q = EVERYBODY

    def rows(
        self, partners: QuerySet[Partner], partner: Partner | None, *, backwards: bool
    ) -> QuerySet[Partner]:
        """Its partners beyond this one, all of them if None; `backwards`: those before it, nearest first."""
        down = self.descending != backwards
        found = partners.filter(self.holds)
        if partner:
            found = found.filter(self._beyond(partner, "lt" if down else "gt"))
        return found.order_by(*(f"-{column}" if down else column for column in self.columns))

    @property
    def columns(self) -> list[str]:
        return [self.column, "pk"] if self.column else ["pk"]

    def _beyond(self, partner: Partner, sign: str) -> Q:
        """(a, id) > (x, i), written `a >= x AND (a > x OR id > i)`: an index of (a, id) finds the place.

        The shorter `a > x OR (a = x AND id > i)` makes PostgreSQL read the index from its beginning.
        """
        further = Q(**{f"pk__{sign}": partner.pk})
        if not self.column:
            return further
        value = getattr(partner, self.column)
        return Q(**{f"{self.column}__{sign}e": value}) & (Q(**{f"{self.column}__{sign}": value}) | further)


@dataclass(frozen=True)
class Ordering:
    """One stretch after the other."""

    label: StrOrPromise
    stretches: tuple[Stretch, ...]

    def page(self, partners: QuerySet[Partner], length: int, at: Cursor | None) -> list[Partner]:
        """Up to `length` of the partners: the first, or those next to a cursor, across stretches."""
        page: list[Partner] = []
        for rows in self._rows(partners, at):
            page += rows[: length - len(page)]
            if len(page) == length:
                break
        return page[::-1] if at and at.before else page

    def columns(self) -> Iterator[OrderBy]:
        """The whole order as one ORDER BY, for reading all partners instead of pages."""
        for stretch in self.stretches:
            for column in stretch.columns:
                if stretch.holds:
                    # NULL outside of the stretch, and NULLs last: later ones are sorted by theirs.
                    held = Case(When(stretch.holds, then=F(column)))
                    yield OrderBy(held, descending=stretch.descending, nulls_last=True)
                else:
                    yield OrderBy(F(column), descending=stretch.descending)

    def _rows(self, partners: QuerySet[Partner], at: Cursor | None) -> Iterator[QuerySet[Partner]]:
        backwards = bool(at and at.before)
        beside = at.partner if at else None
        for stretch in self.stretches[:: -1 if backwards else 1]:
            # Runs before the cursor's are skipped. In its own the page begins beside it; later are whole.
            if beside and not is_in(beside, stretch):
                continue
            yield stretch.rows(partners, beside, backwards=backwards)
            beside = None


def is_in(partner: Partner, stretch: Stretch) -> bool:
    """Whether the stretch holds the partner: one that sorts by a date holds those that have one."""
    dated = partner.original_joined_date is not None
    return not stretch.holds or dated == (stretch.column == "original_joined_date")


UNDATED = Stretch(holds=Q(original_joined_date=None))


def _dated(*, descending: bool = False) -> Stretch:
    return Stretch("original_joined_date", descending, ~Q(original_joined_date=None))


BY_NAME = Ordering(_("Name, A to Z"), (Stretch("name_folded"),))
ORDERINGS: dict[str, Ordering] = {
    "name": BY_NAME,
    "-name": Ordering(_("Name, Z to A"), (Stretch("name_folded", descending=True),)),
    "id": Ordering(_("Partner ID, lowest first"), (Stretch(),)),
    "-id": Ordering(_("Partner ID, highest first"), (Stretch(descending=True),)),
    "-joined": Ordering(_("Joined latest first"), (_dated(descending=True), UNDATED)),
    "joined": Ordering(_("Joined earliest first"), (_dated(), UNDATED)),
}
"""By their keys."""
