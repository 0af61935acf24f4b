"""What a cell of an exported file holds: text that no spreadsheet runs, labels, several texts in one cell."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from string import digits
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    Case,
    CharField,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Concat, Replace
from django.db.models.sql.compiler import SQLCompiler
from django_stubs_ext import StrOrPromise

from partners.core.placeholders import MADE, NARROW, TEXT_TRICK, WORDS, word

SIGNS = "\t\n\r+-=@\u207a\u207c\u208a\u208c\u2a75\u2a76\ufb29\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
"""What makes a spreadsheet run a cell that begins with it: = + - @, their variants, and white space."""
SPACES = (
    " \v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
)
"""What a spreadsheet may skip before them."""
QUOTE = "'"
BETWEEN = "; "
"""What stands between the texts in one cell."""
NEEDS_QUOTES = ';|,"'
"""What stands between names in files of others too, and quotes."""


def harmless(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would run it, or an import take it for no text.

    A text that looks as if it had been treated already gets another apostrophe: taking one away where this
    puts one gives back every text as it was.
    """
    runs = text.lstrip(QUOTE + SPACES)[:1] in tuple(SIGNS)
    return f"{QUOTE}{text}" if runs or word(text.lstrip(QUOTE)) else text


def unmistakable(text: str) -> str:
    """The text for a cell that no spreadsheet runs: behind an apostrophe only where an import needs it."""
    misread = text[:1] == QUOTE or word(text) or TEXT_TRICK.fullmatch(text)
    return harmless(text) if misread else text


PATTERNS = f"(?:{NARROW.pattern}|{MADE.pattern})"
"""The words that are too many to be listed, for both databases."""
HARMLESS_SQL = (
    "CASE WHEN ascii({cell}) = ANY(%s) AND ascii(ltrim({cell}, %s)) = ANY(%s)"
    ' OR lower(ltrim({cell}, %s) COLLATE "C") = ANY(%s)'
    " OR ascii({cell}) = ANY(%s) AND {cell} ~ %s"
    " THEN %s || {cell} ELSE {cell} END"
)
"""The same as `harmless` for PostgreSQL. The first letter decides for almost every text."""
HARMLESS_PARAMS = (
    [ord(sign) for sign in SIGNS + SPACES + QUOTE],
    QUOTE + SPACES,
    [ord(sign) for sign in SIGNS],
    QUOTE,
    sorted(WORDS),
    [ord(sign) for sign in f"{QUOTE}#[{{{digits}"],
    f"^{QUOTE}*{PATTERNS}$",
    QUOTE,
)


class Labelled(Case):
    """The label of a choice in the place of its key."""

    def __init__(self, path: str, choices: Sequence[tuple[str, StrOrPromise]]) -> None:
        labels = [When(Q(**{path: key}), then=Value(label, CharField())) for key, label in choices]
        super().__init__(*labels, default=Value("", CharField()), output_field=CharField())


class Placed(Case):
    """The place of a choice among all, to sort by."""

    def __init__(self, path: str, keys: list[str]) -> None:
        places = [When(Q(**{path: key}), then=Value(place)) for place, key in enumerate(keys)]
        super().__init__(*places, default=Value(len(keys)), output_field=IntegerField())


def quoted(path: str) -> Case:
    """The name, which has a folded form, as one of several in a cell.

    In quotes if it holds what might separate or quote them, or if an import would take it for no name.
    """
    doubled = Replace(F(path), Value('"'), Value('""'))
    special = reduce(or_, (Q(**{f"{path}__contains": sign}) for sign in NEEDS_QUOTES))
    special |= Q(**{f"{path}_folded__in": sorted(WORDS)}) | Q(**{f"{path}__regex": f"^{PATTERNS}$"})
    return Case(
        When(special, then=Concat(Value('"'), doubled, Value('"'), output_field=TextField())),
        default=F(path),
        output_field=TextField(),
    )


class OneCell(Subquery):
    """All `cell`s of the rows that belong to a partner, in this order, in one cell.

    The rows have a foreign key `partner`, and `cell` as an annotation.
    """

    template = "(SELECT %(function)s(cell, %(between)s) FROM (%(subquery)s) AS cells)"
    output_field = TextField()

    def __init__(self, rows: QuerySet[Any, Any], *order: str) -> None:
        self.rows, self.order = rows, order
        super().__init__(rows.filter(partner=OuterRef("pk")).order_by(*order).values("cell"))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **extra: Any
    ) -> tuple[str, Any]:
        """Both databases aggregate in the order of the rows, and name the same function differently."""
        function = "string_agg" if connection.vendor == "postgresql" else "group_concat"
        return super().as_sql(
            compiler, connection, *args, **{**extra, "function": function, "between": f"'{BETWEEN}'"}
        )

    def for_all(self) -> tuple[str, tuple[Any, ...]]:
        """For PostgreSQL: `partner_id` and `cell` of all partners who have any, with the parameters."""
        # One GROUP BY over all rows: for many partners faster than a subquery for each.
        rows = self.rows.order_by().values_list("partner_id", "cell", *self.order)
        sql, params = rows.query.sql_with_params()
        keys = ", ".join(f"order_{number}" for number in range(len(self.order)))
        cell = f"string_agg(cell, '{BETWEEN}' ORDER BY {keys}) AS cell"
        source = f"({sql}) AS cells (partner_id, cell, {keys})"
        return f"(SELECT partner_id, {cell} FROM {source} GROUP BY partner_id)", params  # noqa: S608 - names of our own


class AsciiLower(Func):
    """The text in small letters, as far as they are ASCII: the same on both databases."""

    function = "LOWER"
    output_field = CharField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """Other letters would follow the database's language."""
        return self.as_sql(compiler, connection, template='LOWER(%(expressions)s COLLATE "C")')
