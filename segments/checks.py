"""System checks of the catalog: a condition declared wrongly stops the start, not somebody's preview."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model, UniqueConstraint

from partners.models import Partner
from segments.attributes import Attribute, Relation
from segments.conditions import ATTRIBUTES


def check_catalog(**kwargs: Any) -> list[CheckMessage]:
    """What is wrong with the catalog; segments.apps registers it."""
    return problems(ATTRIBUTES)


def problems(conditions: Sequence[Attribute]) -> list[CheckMessage]:
    """What is wrong with these declarations."""
    relations = dict.fromkeys(attribute.relation for attribute in conditions)
    return [
        *_doubled_keys(conditions),
        *(problem for relation in relations for problem in _relation_problems(relation)),
        *(problem for attribute in conditions for problem in _kind_problems(attribute)),
    ]


def _doubled_keys(conditions: Iterable[Attribute]) -> Iterator[CheckMessage]:
    for key, times in Counter(attribute.key for attribute in conditions).items():
        if times > 1:
            yield Error(f"{times} conditions have the key “{key}”.", id="segments.E001")


def _relation_problems(relation: Relation) -> Iterator[CheckMessage]:
    model = relation.model
    if relation.partner is None:
        if model is not Partner:
            yield Error(
                "A relation without a path to the partner is the partner.", obj=model, id="segments.E002"
            )
        return
    column = next((one for one in model._meta.concrete_fields if one.name == relation.partner), None)
    if not isinstance(column, ForeignKey) or column.related_model is not Partner:
        yield Error(f"“{relation.partner}” is no foreign key to a partner.", obj=model, id="segments.E002")
    elif not _is_led_by(model, column):
        yield Warning(
            f"No index or unique constraint starts with “{relation.partner}”.",
            hint="Conditions look for the rows of one partner. Without one, each reads the whole table.",
            obj=model,
            id="segments.W001",
        )


def _is_led_by(model: type[Model], column: ForeignKey[Any, Any]) -> bool:
    """Whether some whole index of the model starts with this column."""
    meta = model._meta
    leading = [index.fields_orders[0][0] for index in meta.indexes if index.fields and not index.condition]
    leading += [
        constraint.fields[0]
        for constraint in meta.constraints
        if isinstance(constraint, UniqueConstraint) and constraint.fields and not constraint.condition
    ]
    leading += [names[0] for names in meta.unique_together]
    own: bool = column.unique or column.db_index  # type: ignore[attr-defined]  # the stubs forgot it
    return own or column.name in leading or column.attname in leading


def _kind_problems(attribute: Attribute) -> Iterator[CheckMessage]:
    try:
        _column = attribute.column
    except FieldDoesNotExist as error:
        yield Error(f"“{attribute.path}” is no column: {error}", obj=attribute.key, id="segments.E003")
        return
    for misfit in attribute.misfits():
        yield Error(misfit, obj=attribute.key, id="segments.E004")
