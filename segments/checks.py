"""System checks of the catalog: a condition declared wrongly stops the start, not somebody's preview."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from typing import Any

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, Field, ForeignKey, IntegerField, Model, TextField, UniqueConstraint

from partners.models import Partner
from segments.attributes import ChoiceCondition, Kind, ReferenceCondition, Relation, TypedCondition
from segments.conditions import CONDITIONS


def check_catalog(**kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 - Django's signature
    """What is wrong with the catalog; segments.apps registers it."""
    return problems(CONDITIONS)


def problems(conditions: Sequence[Kind]) -> list[CheckMessage]:
    """What is wrong with these declarations."""
    relations = dict.fromkeys(kind.on for kind in conditions)
    return [
        *_doubled_keys(conditions),
        *(problem for relation in relations for problem in _relation_problems(relation)),
        *(problem for kind in conditions for problem in _kind_problems(kind)),
    ]


def column_at(model: type[Model], path: str) -> Field[Any, Any]:
    """The one column at this path of the ORM; FieldDoesNotExist where there is none, or one a row of many."""
    name, _, rest = path.partition("__")
    column = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not isinstance(column, Field) or column.many_to_many:
        raise FieldDoesNotExist(f"{model._meta.label}.{name} is not one value.")
    if not rest:
        return column
    if not column.related_model:
        raise FieldDoesNotExist(f"{model._meta.label}.{name} leads nowhere.")
    return column_at(column.related_model, rest)


def _doubled_keys(conditions: Iterable[Kind]) -> Iterator[CheckMessage]:
    for key, times in Counter(kind.key for kind in conditions).items():
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


def _kind_problems(kind: Kind) -> Iterator[CheckMessage]:
    try:
        column = column_at(kind.on.model, kind.path)
    except FieldDoesNotExist as error:
        yield Error(f"“{kind.path}” is no column: {error}", obj=kind.key, id="segments.E003")
        return
    for misfit in _misfits(kind, column):
        yield Error(misfit, obj=kind.key, id="segments.E004")


@singledispatch
def _misfits(kind: Kind, column: Field[Any, Any]) -> Iterator[str]:  # noqa: ARG001 - for kinds that can
    """How the operators of this kind don't fit the column."""
    yield from ()


@_misfits.register
def _of_choices(kind: ChoiceCondition, column: Field[Any, Any]) -> Iterator[str]:
    if {key for key, _label in column.flatchoices} != set(kind.choices.values):
        yield f"The choices of “{kind.path}” are not those of {kind.choices.__name__}."
    if kind.absent and kind.absent.key in kind.choices.values:
        yield f"“{kind.absent.key}” is a choice of its own already."
    if kind.absent and kind.on.partner is None:
        yield f"“{kind.absent.key}” stands for having no row, but a partner has one always."


@_misfits.register
def _of_typed(kind: TypedCondition, column: Field[Any, Any]) -> Iterator[str]:
    if kind.number and not isinstance(column, IntegerField):
        yield f"“{kind.path}” is no number."
    if not kind.number and not isinstance(column, CharField | TextField):
        yield f"“{kind.path}” is no text."


@_misfits.register
def _of_references(kind: ReferenceCondition, column: Field[Any, Any]) -> Iterator[str]:
    refers_to = column.model if column.primary_key else column.related_model
    if refers_to is not kind.to:
        yield f"“{kind.path}” does not refer to {kind.to._meta.label}."
    if kind.by_text and "name_folded" not in {one.name for one in kind.to._meta.fields}:
        yield f"{kind.to._meta.label} has no folded name to look for a text in."
