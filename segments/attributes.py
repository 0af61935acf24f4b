"""The types of attribute that a field can be declared as: what they accept and what they ask of a row."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from partners.core.names import NAME_LENGTH, is_blank, without_invisible
from segments.errors import DefinitionError, IncompleteError
from segments.operators import LISTS, TEXTS, Operator

MAX_VALUES = 10_000
LARGEST_ID = 2**63 - 1
ID_LENGTH = 50


class CorrelatedExists(Exists):
    """An EXISTS that no planner turns into a set of all partners: it is asked for one row at a time."""

    template = "EXISTS(%(subquery)s OFFSET 0)"


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows that a partner has one or many of.

    `partner` is the path from such a row to its partner, None where the row is the partner itself. Positive
    conditions of one group on a `one_row` relation speak of one and the same row. `noun` is what a sentence
    calls a row that its conditions describe; without one they describe the partner.
    """

    model: type[models.Model]
    partner: str | None = None
    one_row: bool = False
    noun: Any = ""

    def partners(self, rows: Q) -> QuerySet[Any, Any]:
        """The ids of the partners of these rows; some more than once."""
        found: QuerySet[Any, Any] = cast("Any", self.model)._default_manager.filter(rows)
        return found.order_by().values(f"{self.partner}_id")

    def exists(self, rows: Q | None = None, *, key: str = "pk", correlated: bool = False) -> Exists:
        """Whether the partner whose id is at `key` has such a row; `correlated`: each looked up alone."""
        own = cast("Any", self.model)._default_manager.filter(**{self.partner or "pk": OuterRef(key)})
        return (CorrelatedExists if correlated else Exists)(own.filter(rows) if rows else own)


@dataclass(frozen=True, slots=True)
class Phrases:
    """How a condition reads in a sentence; `%s` stands for its values, in `text` for “contains “x””.

    `several` is how a partner with some values reads, `nothing` one without any.
    """

    some: Any
    none: Any
    text: Any = "%s"
    several: Any = ""
    nothing: Any = ""


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A field that can be asked about: its key in definitions, its name, and where its rows are."""

    key: str = field(kw_only=False)
    label: Any = field(kw_only=False)
    relation: Relation
    path: str
    words: Phrases | None = None
    since: str = ""
    """The path of the day or moment since when a row has its value, if that is kept."""

    @property
    def text_path(self) -> str:
        """The path of what a person reads of the row's value."""
        return self.path

    def text_of(self, value: Any) -> str:
        """The row's value, found there, as a person reads it."""
        return _("empty") if value in (None, "") else str(value)

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators it can be asked with."""
        return LISTS

    def operator(self, key: Any) -> Operator:
        """The operator with this key; DefinitionError where this field has none."""
        for operator in self.operators:
            if operator.key == key:
                return operator
        raise DefinitionError(
            _("%(field)s can't be asked with “%(operator)s”.")
            % {"field": self.label, "operator": quote_for_message(key)}
        )

    def read(self, operator: str, value: Any) -> Any:
        """The value as this operator takes it; DefinitionError says what is wrong with it."""
        if self.operator(operator).takes_text:
            return _read_text(value)
        if not isinstance(value, list | tuple):
            raise DefinitionError(_("The value of %s has to be a list.") % self.label)
        if not value:
            raise IncompleteError(self.missing_value())
        if len(value) > MAX_VALUES:
            raise self.too_many(len(value))
        return tuple(self.read_item(item) for item in value)

    def read_item(self, item: Any) -> str | int:
        """One value of the list; DefinitionError says why it can't be one."""
        raise NotImplementedError

    def missing_value(self) -> str:
        """What is said while no value is chosen."""
        return _("Choose at least one value.")

    def read_id(self, item: Any) -> int:
        """A positive number that a primary key can have, given as a number or as its digits."""
        if isinstance(item, str) and re.fullmatch("[0-9]{1,19}", digits := without_invisible(item)):
            item = int(digits)
        if isinstance(item, int) and not isinstance(item, bool) and 0 < item <= LARGEST_ID:
            return item
        raise self.not_one(item)

    def too_many(self, many: int) -> DefinitionError:
        """Says that these are more values than a condition can have."""
        words = {"most": f"{MAX_VALUES:,}", "many": f"{many:,}"}
        return DefinitionError(_("A condition can have at most %(most)s values; these are %(many)s.") % words)

    def not_one(self, item: Any) -> DefinitionError:
        """Says that this can't be a value of the field."""
        return DefinitionError(
            _("“%(item)s” is not a %(field)s.") % {"item": quote_for_message(item), "field": self.label}
        )

    def rows(self, operator: Operator, value: Any) -> Q | None:
        """What the positive form asks of one row; None where no row can do."""
        return operator.predicate(self.path, value)

    def references(self, value: Any) -> tuple[type[models.Model], tuple[int, ...]] | None:  # noqa: ARG002
        """The rows of which model, by primary key, that this value names; None if it names none."""
        return None

    def named(self, value: Any) -> tuple[type[models.Model], str, tuple[Any, ...]] | None:
        """The same rows, and others that the value names by another path than the primary key."""
        reference = self.references(value)
        return (reference[0], "pk", reference[1]) if reference else None

    def matches_missing(self, value: Any) -> bool:  # noqa: ARG002 - for kinds that can
        """Whether a partner without any row satisfies the positive form too."""
        return False

    def is_unique_per_partner(self, operator: Operator, value: Any) -> bool:
        """Whether no partner can have two rows that satisfy the positive form."""
        if operator.takes_text or len(set(value)) != 1:
            return False
        return any(
            isinstance(constraint, models.UniqueConstraint)
            and set(constraint.fields) == {self.relation.partner, self.path}
            for constraint in self.relation.model._meta.constraints
        )


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value that can be chosen: its key, its name, what it means, and the colour of its badge."""

    key: str
    label: Any
    meaning: Any = ""
    tone: str = "closed"


@dataclass(frozen=True, kw_only=True)
class ChoiceAttribute(Attribute):
    """A field with fixed choices. `missing_choice` stands for “has no such row”."""

    choices: type[models.TextChoices]
    missing_choice: Choice | None = None
    select_all: bool = False

    def options(self) -> list[Choice]:
        """All that can be chosen, in the order of the screens."""
        members = [
            Choice(
                key=member.value,
                label=member.label,
                meaning=getattr(member, "meaning", ""),
                tone=getattr(member, "tone", "closed"),
            )
            for member in self.choices
        ]
        return [self.missing_choice, *members] if self.missing_choice else members

    def text_of(self, value: Any) -> str:
        return str(dict(self.choices.choices).get(value) or super().text_of(value))

    def read_item(self, item: Any) -> str:
        if isinstance(item, str) and (item in self.choices.values or self.matches_missing((item,))):
            return item
        raise self.not_one(item)

    def rows(self, operator: Operator, value: Any) -> Q | None:
        """No row has the stage that stands for having none."""
        stages = [key for key in value if key in self.choices.values]
        return super().rows(operator, stages) if stages else None

    def matches_missing(self, value: Any) -> bool:
        """Whether the absent choice is among the values."""
        return self.missing_choice is not None and self.missing_choice.key in value


@dataclass(frozen=True, kw_only=True)
class IdAttribute(Attribute):
    """IDs that people type or paste. They need not exist."""

    number: bool = False

    def missing_value(self) -> str:
        return _("Type or paste at least one ID.")

    def read_item(self, item: Any) -> str | int:
        """An ID, trimmed, without what nobody sees."""
        if self.number:
            return self.read_id(item)
        text = without_invisible(item) if isinstance(item, str) else ""
        if storable(text) and re.fullmatch(rf"[^\s,]{{1,{ID_LENGTH}}}", text):
            return text
        raise self.not_one(item)

    def references(self, value: Any) -> tuple[type[models.Model], tuple[int, ...]] | None:
        """Typed primary keys name rows as well as picked ones do."""
        return (self.relation.model, value) if self.number else None

    def named(self, value: Any) -> tuple[type[models.Model], str, tuple[Any, ...]] | None:
        """Typed texts name rows too."""
        return (self.relation.model, "pk" if self.number else self.path, value)


@dataclass(frozen=True, kw_only=True)
class ReferenceAttribute(Attribute):
    """Rows of another model, or partners themselves: picked by search; `by_text`, found by their name."""

    to: type[models.Model]
    by_text: bool = False

    @property
    def text_path(self) -> str:
        """The name of the row that it refers to."""
        return "name" if self.to is self.relation.model else f"{self.path}__name"

    def text_of(self, value: Any) -> str:
        """The name of the row, quoted: it may hold commas."""
        return super().text_of(value) if value in (None, "") else f"“{value}”"

    @property
    def operators(self) -> tuple[Operator, ...]:
        """Lists, and texts where names can be searched."""
        return (*LISTS, *TEXTS) if self.by_text else LISTS

    def read_item(self, item: Any) -> int:
        return self.read_id(item)

    def references(self, value: Any) -> tuple[type[models.Model], tuple[int, ...]] | None:
        """The picked rows; a text names none."""
        return None if isinstance(value, str) else (self.to, value)

    def rows(self, operator: Operator, value: Any) -> Q | None:
        """A text looks among the names first: that table is small, or is the partners' own."""
        if not operator.takes_text:
            return super().rows(operator, value)
        by_name = operator.predicate("name_folded", value)
        if self.to is self.relation.model:
            return by_name
        return Q(**{f"{self.path}__in": cast("Any", self.to)._default_manager.filter(by_name).order_by()})


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise DefinitionError(_("The value has to be a text."))
    text = without_invisible(value)
    if is_blank(text):
        raise IncompleteError(_("Type the text to look for."))
    if not storable(text):
        raise DefinitionError(_("The text has a character that no name can have."))
    if len(text) > NAME_LENGTH:
        raise DefinitionError(_("The text can have at most %s characters.") % NAME_LENGTH)
    return text


def storable(text: str) -> bool:
    """Whether both databases can keep it as a name: no control character, no half of a surrogate pair."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text)


def quote_for_message(item: Any) -> str:
    """A wrong value as a message names it: printable and short."""
    try:
        written = str(item)
    except (ValueError, RecursionError):  # a number of thousands of digits, a list thousands deep
        return "…"
    text = "".join(letter if letter.isprintable() else "�" for letter in written)
    return text if len(text) <= ID_LENGTH else f"{text[:ID_LENGTH]}…"
