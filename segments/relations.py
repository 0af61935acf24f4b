"""Where the rows are that an attribute asks about, and how they lead to their partner."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django_stubs_ext import StrOrPromise


class CorrelatedExists(Exists):
    """An EXISTS that no planner turns into a set of all partners: it is asked for one row at a time."""

    template = "EXISTS(%(subquery)s OFFSET 0)"


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows that a partner has one or many of.

    `partner` is the path from such a row to its partner, None where the row is the partner itself. Positive
    conditions of one group on a `one_row` relation ask about one and the same row. `noun` is what a sentence
    calls a row that its conditions describe; without one they describe the partner.
    """

    model: type[models.Model]
    partner: str | None = None
    one_row: bool = False
    noun: StrOrPromise = field(default="", compare=False)
    nouns: StrOrPromise = field(default="", compare=False)
    logged: bool = False
    """Whether triggers log which partners change with such rows, so that columns can be kept in memory."""

    def partners(self, rows: Q) -> QuerySet[Any, Any]:
        """The ids of the partners of these rows; some more than once."""
        return self.model._default_manager.filter(rows).order_by().values(f"{self.partner}_id")

    def exists(self, rows: Q | None = None, *, key: str = "pk", correlated: bool = False) -> Exists:
        """Whether the partner whose id is at `key` has such a row; `correlated`: each looked up alone."""
        own = self.model._default_manager.filter(**{self.partner or "pk": OuterRef(key)})
        return (CorrelatedExists if correlated else Exists)(own.filter(rows) if rows else own)


def column_at(model: type[models.Model], path: str) -> models.Field[Any, Any]:
    """The one column at this path of the ORM; FieldDoesNotExist where there is none, or one a row of many."""
    name, _, rest = path.partition("__")
    column = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not isinstance(column, models.Field) or column.many_to_many:
        raise FieldDoesNotExist(f"{model._meta.label}.{name} is not one value.")
    if not rest:
        return column
    if not column.related_model:
        raise FieldDoesNotExist(f"{model._meta.label}.{name} leads nowhere.")
    return column_at(column.related_model, rest)
