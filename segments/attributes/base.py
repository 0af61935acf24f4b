"""What every attribute has: its declaration, and all that depends on its type with the usual answer."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from partners.core.moment import Moment
from partners.core.names import identifier
from segments.arrays import ArrayColumn, Mask, Rows
from segments.attributes.texts import quote_for_message, split_list
from segments.attributes.values import FORMATS, ValueFormat
from segments.constraints import RowConstraint, ValueSet, not_understood
from segments.errors import DefinitionError, IncompleteError
from segments.operators import EMPTINESS, LISTS, Operator, ValueType, overridden_together
from segments.predicates import SetPredicate
from segments.relations import Relation, column_at

MAX_VALUES = 10_000
MAX_ID = 2**63 - 1


class Menu(models.TextChoices):
    """The headings of the builder's list of fields, in its order."""

    PARTNER = "partner", gettext_lazy("Partner")
    CONTRACT = "contract", gettext_lazy("Contract")
    DATES = "dates", gettext_lazy("Dates")
    COUNTS = "counts", gettext_lazy("Counts")
    SEGMENTS = "segments", gettext_lazy("Segments")


@dataclass(frozen=True, slots=True)
class Phrases:
    """How a condition reads in a sentence; `%s` stands for its values, in `text` for “contains “x””.

    `several` is how a partner with some values reads, `nothing` one without any, `something` one with any.
    `many` and `not_many` are `some` and `none` of several rows, where these read otherwise; `past` and
    `not_past` are those of days that lie in the past, of one row and of several.
    """

    some: StrOrPromise
    none: StrOrPromise
    text: StrOrPromise = "%s"
    several: StrOrPromise = ""
    nothing: StrOrPromise = ""
    something: StrOrPromise = ""
    many: StrOrPromise = ""
    not_many: StrOrPromise = ""
    past: StrOrPromise = ""
    not_past: StrOrPromise = ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value that can be chosen: its key, its name, what it means, and the colour of its badge."""

    key: str
    label: StrOrPromise
    meaning: StrOrPromise = ""
    tone: str = "closed"


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A field that can be asked about: its key in definitions, its name, and where its rows are."""

    key: str = field(kw_only=False)
    label: StrOrPromise = field(kw_only=False)
    relation: Relation
    path: str
    words: Phrases | None = None
    may_be_empty: bool = False
    """Whether it can be asked with “is empty”."""
    menu: Menu = Menu.PARTNER
    """The heading under which it is listed."""
    version: int = 2
    """The version of the language that has it first."""
    since: str = ""
    """The path of the day or moment since when a row has its value, if that is kept."""

    @property
    def text_path(self) -> str:
        """The path of what a person reads of the row's value."""
        return self.path

    def text_of(self, value: object) -> str:
        """The row's value, found there, as a person reads it."""
        return _("empty") if value in (None, "") else str(value)

    def values_in_words(self, value: Any, name_of: Callable[[type[models.Model], int], str]) -> list[str]:
        """The values of a list as a person reads them; `name_of` quotes the name of a row of a model."""
        if self.picks_from:
            return [name_of(self.picks_from, key) for key in value]
        labels = {option.key: str(option.label) for option in self.options()}
        return [labels.get(item) or str(item) for item in value]

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators it can be asked with."""
        return (*LISTS, *EMPTINESS) if self.may_be_empty else LISTS

    def operator(self, key: object) -> Operator:
        """The operator with this key; DefinitionError where this field has none."""
        for operator in self.operators:
            if operator.key == key:
                return operator
        raise DefinitionError(
            _("%(field)s can't be asked with “%(operator)s”.")
            % {"field": self.label, "operator": quote_for_message(key)}
        )

    def value_format(self, operator: Operator | None) -> ValueFormat | None:
        """How a value of this operator is read and asked for; None for lists, and where none is chosen."""
        return FORMATS.get(operator.value_type) if operator else None

    def read(self, operator: str, value: Any) -> Any:
        """The value as this operator takes it, of what JSON has or of one that has been read.

        DefinitionError says what is wrong with it.
        """
        if value_format := self.value_format(self.operator(operator)):
            return value if isinstance(value, value_format.read_as) else value_format.read(value)
        if not isinstance(value, list | tuple):
            raise DefinitionError(_("The value of %s has to be a list.") % self.label)
        if not value:
            raise IncompleteError(self.missing_value())
        if len(value) > MAX_VALUES:
            raise self.too_many(len(value))
        return tuple(self.read_item(item) for item in value)

    def read_item(self, item: object) -> str | int:
        """One value of the list; DefinitionError says why it can't be one."""
        raise NotImplementedError

    def missing_value(self) -> str:
        """What is said while no value is chosen."""
        return _("Choose at least one value.")

    def options(self) -> list[Choice]:
        """All that can be chosen, in the order of the screens; empty where values are typed or picked."""
        return []

    @property
    def missing_choice(self) -> Choice | None:
        """The choice that stands for “has no such row”."""
        return None

    @property
    def names_segments(self) -> bool:
        """Whether its values are segments, which are asked as they are defined now."""
        return False

    @property
    def asks_history(self) -> bool:
        """Whether it asks who was in a tracked segment, not how things stand: its values are `StayDays`."""
        return False

    @property
    def counts(self) -> Relation | None:
        """The relation whose rows it counts; None where it counts nothing."""
        return None

    def of_one_row(self) -> "Attribute":
        """The field as it is asked of a row that is there."""
        return self

    @property
    def picks_from(self) -> type[models.Model] | None:
        """The model whose rows are picked by search for its lists; None where values are typed or chosen."""
        return None

    @property
    def needs_its_rows(self) -> bool:
        """Whether a definition has to be mended that names a row which isn't there, or not any more."""
        return self.picks_from is not None

    def value_kind(self, operator: Operator | None) -> object:
        """Equal for two attributes and operators exactly if a value of one makes sense in the other."""
        return self.key if operator is None or operator.value_type is ValueType.LIST else operator.value_type

    def widget(self, operator: Operator | None) -> forms.Widget:
        """The input for the value. It works as it is; a script makes picking comfortable."""
        value_format = self.value_format(operator)
        return value_format.widget() if value_format else self.list_widget()

    def list_widget(self) -> forms.Widget:
        """The input for a list of values."""
        return forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"})

    def from_post(self, operator: Operator, posted: Sequence[str]) -> Any:
        """What the widget posted, as `read` takes it; DefinitionError says what can't be understood."""
        value_format = self.value_format(operator)
        return value_format.from_post(posted) if value_format else self.list_from_post(posted)

    def to_json(self, operator: Operator, value: Any) -> Any:
        """The value as JSON has it; None where there is none."""
        value_format = self.value_format(operator)
        return value_format.to_json(value) if value_format else list(value)

    def list_from_post(self, posted: Sequence[str]) -> list[Any]:
        """The list of values that the widget posted, each once."""
        return list(dict.fromkeys(split_list("\n".join(posted))))

    def to_post(self, operator: str, value: Any) -> list[str]:
        """What the widget would post for this, given as JSON has it, or as somebody broke it."""
        asked = next((one for one in self.operators if one.key == operator), None)
        if value_format := self.value_format(asked):
            return value_format.to_post(value)
        return self.list_to_post(
            [str(item) for item in (value if isinstance(value, list | tuple) else [value])]
        )

    def list_to_post(self, items: Sequence[str]) -> list[str]:
        """What the widget would post for these items of a list."""
        return ["\n".join(items)]

    def initial_post(self, operator: Operator | None) -> list[str]:
        """What the widget of a new row posts."""
        value_format = self.value_format(operator)
        return value_format.initial() if value_format else []

    def variant(self, operator: Operator | None, posted: Sequence[str]) -> str:
        """Equal for posts that the same inputs can hold."""
        value_format = self.value_format(operator)
        return value_format.variant(posted) if value_format else ""

    def kept_post(self, operator: Operator | None, posted: Sequence[str]) -> list[str]:
        """What stays of a post after its `variant` has changed."""
        value_format = self.value_format(operator)
        return list(posted[: value_format.lasting if value_format else 1])

    def read_id(self, item: object) -> int:
        """A positive number that a primary key can have, given as a number or as its digits."""
        if isinstance(item, str) and re.fullmatch("[0-9]{1,19}", digits := identifier(item)):
            item = int(digits)
        if isinstance(item, int) and not isinstance(item, bool) and 0 < item <= MAX_ID:
            return item
        raise self.not_one(item)

    def too_many(self, many: int) -> DefinitionError:
        """Says that these are more values than a condition can have."""
        words = {"most": f"{MAX_VALUES:,}", "many": f"{many:,}"}
        return DefinitionError(_("A condition can have at most %(most)s values; these are %(many)s.") % words)

    def not_one(self, item: object) -> DefinitionError:
        """Says that this can't be a value of the field."""
        return DefinitionError(
            _("“%(item)s” is not a %(field)s.") % {"item": quote_for_message(item), "field": self.label}
        )

    def rows(self, operator: Operator, value: Any, moment: Moment) -> Q | None:
        """What the positive form asks of one row; None where no row can do."""
        if operator.value_type is ValueType.NOTHING:
            return None if self.fits_no_row(value) else self.is_empty()
        name, _separator, rest = self.path.partition("__")
        if not rest:
            return operator.predicate(name, value, moment)
        return Q(**{f"{name}__in": self.referred(operator, value, moment)})

    def referred(self, operator: Operator, value: Any, moment: Moment) -> models.QuerySet[Any]:
        """The rows with such a value that the relation's rows refer to.

        They are looked up first: theirs is a small table, and nothing is joined.
        """
        name, _separator, rest = self.path.partition("__")
        model = cast("type[models.Model]", column_at(self.relation.model, name).related_model)
        return model._default_manager.filter(operator.predicate(rest, value, moment)).order_by()

    @property
    def array(self) -> ArrayColumn | None:
        """The column that is kept in memory for it; None where none is."""
        return None

    def mask(self, operator: Operator, value: Any, rows: Rows, _moment: Moment) -> Mask | None:
        """The rows that meet the positive form, the same as by `rows`; None where only SQL can tell.

        Who overrides `rows` overrides this too, or SQL answers.
        """
        values = rows.values(self.array) if self.array else None
        if values is None:
            return None
        if operator.value_type is not ValueType.NOTHING:
            is_told = overridden_together(operator, "mask", "predicate")
            return operator.mask(values, value) if is_told else None
        return values.missing() if self.array and self.array.path == self.path else None

    def keys_of_text(self, _operator: Operator, _value: Any, _moment: Moment) -> list[int] | None:
        """The rows whose list asks the same as a text that is looked for in their names; None: no such text.

        Who overrides `rows` or `mask` overrides this too, or the text is asked itself.
        """
        return None

    @property
    def listed(self) -> ArrayColumn | None:
        """The column in which a row has one of the choices of its lists, and nothing else is asked of it.

        None where the choices are too many to be counted one by one, or where another column is asked. Who
        overrides `rows` or `mask` overrides this too, or it is not relied on.
        """
        return None

    def asks_logged_rows_alone(self, operator: Operator) -> bool:
        """Whether an answer about a partner stays right until the change log names the partner.

        So it is where nothing but the rows' own columns is asked: not what they refer to, and not the day.
        Who overrides `rows` or `mask` to ask for more overrides this too, or no answer is kept.
        """
        return "__" not in self.path and operator.value_type in (ValueType.LIST, ValueType.NOTHING)

    @property
    def keys_of(self) -> type[models.Model] | None:
        """The model whose primary keys its lists hold, picked or typed; None if they hold something else."""
        return self.picks_from

    def references(self, value: Any) -> tuple[type[models.Model], tuple[int, ...]] | None:
        """The rows of which model, by primary key, that this value names; None if it names none."""
        return (self.keys_of, value) if self.keys_of and isinstance(value, tuple) else None

    def named(self, value: Any) -> tuple[type[models.Model], str, tuple[Any, ...]] | None:
        """The same rows, and others that the value names by another path than the primary key."""
        reference = self.references(value)
        return (reference[0], "pk", reference[1]) if reference else None

    def partners(self, _operator: Operator, _value: Any, _where: Q, _moment: Moment) -> SetPredicate | None:
        """The partners who meet it, where it asks for a set of partners and not for one row.

        `where` is what each row has to meet that is counted.
        """
        return None

    def is_empty(self) -> Q:
        """What a row meets that has nothing there."""
        blank = Q(**{self.path: ""}) if self.column.empty_strings_allowed else Q()
        return blank | Q(**{f"{self.path}__isnull": True}) if self.column.null else blank

    def fits_no_row(self, value: Any) -> bool:
        """Whether no row can satisfy the positive form: at most the absence of rows does.

        Of rows that come and go, such as memberships, “is empty” means that there is none.
        """
        return value is None and self.comes_and_goes

    @property
    def comes_and_goes(self) -> bool:
        """Whether a row is there only where it has a value."""
        return self.relation.partner is not None and not self.relation.one_row

    def matches_missing(self, value: Any) -> bool:
        """Whether a partner without any row satisfies the positive form too."""
        if value is None:
            return self.comes_and_goes
        return self.missing_choice is not None and self.missing_choice.key in value

    def accepts_no_row(self, value: Any) -> bool:
        """Whether the absence of rows counts: for one row that is there, such a value says nothing."""
        return self.matches_missing(value) or self.fits_no_row(value)

    def constraint(self, operator: Operator, value: Any) -> RowConstraint | None:
        """What the positive form says of one row, for proofs; None where no row can do.

        Unless a type says more, a condition follows only from the same condition. `operator.constraint` is
        right where `rows` asks what the operator asks of the column.
        """
        return None if self.fits_no_row(value) else not_understood(self.key, type(operator), value)

    def all_values(self) -> ValueSet | None:
        """All values that a row can have there, where the database itself refuses any other."""
        return None

    @property
    def column(self) -> models.Field[Any, Any]:
        """The column at its path; FieldDoesNotExist where there is none, or one of many rows."""
        return column_at(self.relation.model, self.path)

    def misfits(self) -> Iterator[str]:
        """How its column does not fit its type, for the system checks."""
        can_be_empty = self.comes_and_goes or self.column.null or self.column.empty_strings_allowed
        if self.may_be_empty and not can_be_empty:
            yield f"“{self.path}” is never empty."

    def is_unique_per_partner(self, operator: Operator, value: Any) -> bool:
        """Whether no partner can have two rows that satisfy the positive form."""
        if operator.value_type is not ValueType.LIST or len(set(value)) != 1:
            return False
        # One value, and the database keeps any two rows of a partner from having the same one.
        return any(
            isinstance(constraint, models.UniqueConstraint)
            and set(constraint.fields) == {self.relation.partner, self.path}
            for constraint in self.relation.model._meta.constraints
        )
