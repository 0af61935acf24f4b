"""IDs that people type or paste."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from partners.core.moment import Moment
from partners.core.names import identifier
from segments.arrays import ArrayColumn, Digests, Keys, Mask, Rows
from segments.attributes.base import Attribute
from segments.attributes.texts import quote_for_message, storable
from segments.constraints import RowConstraint
from segments.errors import DefinitionError
from segments.operators import Operator, ValueType

MAX_ID_LENGTH = 50


@dataclass(frozen=True, kw_only=True)
class IdAttribute(Attribute):
    """IDs that people type or paste. They need not exist."""

    number: bool = False

    def missing_value(self) -> str:
        return _("Type or paste at least one ID.")

    def read_item(self, item: object) -> str | int:
        """An ID as contracts have it, however it was typed."""
        if self.number:
            return self.read_id(item)
        if isinstance(item, int) and not isinstance(item, bool):
            words = {"field": self.label, "item": quote_for_message(item)}
            raise DefinitionError(_('A %(field)s stands in quotes: "%(item)s", not %(item)s.') % words)
        text = identifier(item) if isinstance(item, str) else ""
        if storable(text) and re.fullmatch(rf"[^\s,]{{1,{MAX_ID_LENGTH}}}", text):
            return text
        raise self.not_one(item)

    @property
    def array(self) -> ArrayColumn | None:
        """Primary keys, and texts of contracts and the like; partners' own are left to the database."""
        if "__" in self.path:
            return None
        if self.number:
            return ArrayColumn(self.path, Keys())
        # Fields of other types, or with a collation, may hold texts for equal that are not; and an empty text
        # is as missing as none.
        is_plain = type(self.column) in (models.CharField, models.TextField)
        is_special = self.may_be_empty or getattr(self.column, "db_collation", None)
        is_kept = self.relation.partner and is_plain and not is_special
        return ArrayColumn(self.path, Digests()) if is_kept else None

    @property
    def keys_of(self) -> type[models.Model] | None:
        """Typed primary keys name rows as well as picked ones do."""
        return self.relation.model if self.number else None

    def named(self, value: Any) -> tuple[type[models.Model], str, tuple[Any, ...]] | None:
        """Typed texts name rows too."""
        return (self.relation.model, "pk" if self.number else self.path, value)

    def constraint(self, operator: Operator, value: Any) -> RowConstraint:
        return operator.constraint(self.path, value)

    def misfits(self) -> Iterator[str]:
        yield from super().misfits()
        if self.number and not isinstance(self.column, models.IntegerField):
            yield f"“{self.path}” is no number."
        if not self.number:
            yield from _misfits_of_text(self)


@dataclass(frozen=True, kw_only=True)
class CodeAttribute(Attribute):
    """Codes in capital letters that people type, such as currencies; no row need have them."""

    pattern: str

    def missing_value(self) -> str:
        return _("Type at least one.")

    def read_item(self, item: Any) -> str:
        text = identifier(item).upper() if isinstance(item, str) else ""
        if re.fullmatch(self.pattern, text):
            return text
        raise self.not_one(item)

    @property
    def array(self) -> ArrayColumn | None:
        """The foreign key to the row that has the code; a code of the row's own is not kept."""
        name, _separator, rest = self.path.partition("__")
        return ArrayColumn(name, Keys()) if rest else None

    def mask(self, operator: Operator, value: Any, rows: Rows, moment: Moment) -> Mask | None:
        """The rows that have it are looked up first: theirs is a small table."""
        if operator.value_type is not ValueType.LIST:
            return None
        values = rows.values(self.array) if self.array else None
        keys = self.referred(operator, value, moment).values_list("pk", flat=True)
        return values.isin(list(keys)) if values else None

    def constraint(self, operator: Operator, value: Any) -> RowConstraint:
        return operator.constraint(self.path, value)

    def misfits(self) -> Iterator[str]:
        yield from super().misfits()
        yield from _misfits_of_text(self)


def _misfits_of_text(attribute: Attribute) -> Iterator[str]:
    if not isinstance(attribute.column, models.CharField | models.TextField):
        yield f"“{attribute.path}” is no text."
