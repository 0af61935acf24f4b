"""Rows that are picked by search."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from partners.core.lookups import AnyOf
from partners.core.moment import Moment
from partners.core.names import fold, without_invisible
from segments.arrays import ArrayColumn, Keys, Mask, Rows
from segments.attributes.base import MAX_VALUES, Attribute
from segments.attributes.texts import quote_for_message, split_list, storable
from segments.constraints import RowConstraint
from segments.errors import DefinitionError
from segments.operators import TEXTS, Operator, TextOperator, ValueType, overridden_together


@dataclass(frozen=True, kw_only=True)
class ReferenceAttribute(Attribute):
    """Rows of another model, or partners themselves: picked by search; `by_text`, found by their name."""

    to: type[models.Model]
    by_text: bool = False

    @property
    def text_path(self) -> str:
        """The name of the row that it refers to."""
        return "name" if self.to is self.relation.model else f"{self.path}__name"

    def text_of(self, value: object) -> str:
        """The name of the row, quoted: it may hold commas."""
        return super().text_of(value) if value in (None, "") else f"“{value}”"

    @property
    def operators(self) -> tuple[Operator, ...]:
        """Lists, and texts where names can be searched."""
        return (*super().operators, *TEXTS) if self.by_text else super().operators

    def read_item(self, item: object) -> int:
        return self.read_id(item)

    @property
    def picks_from(self) -> type[models.Model]:
        return self.to

    def value_kind(self, operator: Operator | None) -> object:
        """Partners are the same partners, whichever field asks for them."""
        kind = super().value_kind(operator)
        return self.picks_from if kind == self.key else kind

    def list_from_post(self, posted: Sequence[str]) -> list[int]:
        """Primary keys, from lines of IDs or exact names; DefinitionError names a line that is neither."""
        text = "\n".join(posted)
        lines = list(dict.fromkeys(filter(None, map(without_invisible, text.splitlines()))))
        if len(lines) > MAX_VALUES:
            raise self.too_many(len(lines))
        by_id = {line: self._ids(line) for line in lines}
        by_name = self._keys_by_name([line for line in lines if by_id[line] is None])
        found: list[int] = []
        for line in lines:
            ids = by_id[line] or by_name.get(fold(line), [])
            if not ids:
                words = {"field": self.label, "name": quote_for_message(line)}
                raise DefinitionError(_("There is no %(field)s “%(name)s”.") % words)
            if by_id[line] is None and len(ids) > 1:
                raise DefinitionError(_("Several are called “%s”: give the ID.") % quote_for_message(line))
            found += ids
        return list(dict.fromkeys(found))

    def _ids(self, line: str) -> list[int] | None:
        """The IDs in a line; None if it is a name."""
        words = [line] if _is_digits(line) else split_list(line)
        return [self.read_id(word) for word in words] if all(map(_is_digits, words)) else None

    def _keys_by_name(self, names: list[str]) -> dict[str, list[int]]:
        """The primary keys of the rows with these names, by folded name: one query."""
        folded = [fold(name) for name in names if storable(name)]
        if not folded:
            return {}
        rows = self.picks_from._default_manager.filter(**{f"name_folded__{AnyOf.lookup_name}": folded})
        found: dict[str, list[int]] = {}
        for name, pk in rows.order_by().values_list("name_folded", "pk"):
            found.setdefault(name, []).append(pk)
        return found

    def rows(self, operator: Operator, value: Any, moment: Moment) -> Q | None:
        """A text looks among the names first, once: that table is small, or is the partners' own."""
        if operator.value_type is not ValueType.TEXT:
            return super().rows(operator, value, moment)
        by_name = operator.predicate("name_folded", value, moment)
        if self.to is self.relation.model:
            return by_name
        found = self.to._default_manager.filter(by_name).order_by().values("pk")
        return Q(**{f"{self.path}__pk__in_materialized": found})

    @property
    def array(self) -> ArrayColumn | None:
        has_key = "__" not in self.path and isinstance(self.to._meta.pk, models.IntegerField)
        return ArrayColumn(self.path, Keys()) if has_key else None

    def mask(self, operator: Operator, value: Any, rows: Rows, moment: Moment) -> Mask | None:
        if operator.value_type is not ValueType.TEXT:
            return super().mask(operator, value, rows, moment)
        if self.to is self.relation.model:
            return _mask_of_names(cast("TextOperator", operator), value, rows)
        values = rows.values(self.array) if self.array else None
        keys = self.keys_of_text(operator, value, moment)
        return values.isin(keys) if values and keys is not None else None

    def keys_of_text(self, operator: Operator, value: Any, moment: Moment) -> list[int] | None:
        """The rows of another table, a small one, in whose names a text is found."""
        if operator.value_type is not ValueType.TEXT or self.to is self.relation.model:
            return None
        found = self.to._default_manager.filter(operator.predicate("name_folded", value, moment))
        return list(found.order_by("pk").values_list("pk", flat=True))

    @property
    def listed(self) -> ArrayColumn | None:
        """Not the partners' own key, which each of them has another one of."""
        return None if self.to is self.relation.model else self.array

    def asks_logged_rows_alone(self, operator: Operator) -> bool:
        """Names of partners are their own; those of other rows are changed without a log."""
        is_text = operator.value_type is ValueType.TEXT
        return self.to is self.relation.model if is_text else super().asks_logged_rows_alone(operator)

    def constraint(self, operator: Operator, value: Any) -> RowConstraint | None:
        """A text is said of the row at the path: of its name."""
        return None if self.fits_no_row(value) else operator.constraint(self.path, value)

    def misfits(self) -> Iterator[str]:
        yield from super().misfits()
        column, target = self.column, self.to._meta
        if (column.model if column.primary_key else column.related_model) is not self.to:
            yield f"“{self.path}” does not refer to {target.label}."
        if self.by_text and "name_folded" not in {one.name for one in target.fields}:
            yield f"{target.label} has no folded name to look for a text in."


def _mask_of_names(operator: TextOperator, value: str, rows: Rows) -> Mask | None:
    names = rows.names()
    is_told = overridden_together(operator, "mask_of_names", "predicate")
    return operator.mask_of_names(names, value) if names and is_told else None


def _is_digits(word: str) -> bool:
    return word.isascii() and word.isdigit()
