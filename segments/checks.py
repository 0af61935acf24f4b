"""System checks of the catalog: a condition declared wrongly stops the start, not somebody's preview."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from typing import Any

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, Field, ForeignKey, IntegerField, Model, TextField, UniqueConstraint

from partners.models import Partner
from segments.attributes import Attribute, ChoiceAttribute, IdAttribute, ReferenceAttribute, Relation
from segments.conditions import ATTRIBUTES


def check_catalog(**kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 - Django's signature
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
        column = column_at(attribute.relation.model, attribute.path)
    except FieldDoesNotExist as error:
        yield Error(f"“{attribute.path}” is no column: {error}", obj=attribute.key, id="segments.E003")
        return
    for misfit in _misfits(attribute, column):
        yield Error(misfit, obj=attribute.key, id="segments.E004")


@singledispatch
def _misfits(attribute: Attribute, column: Field[Any, Any]) -> Iterator[str]:  # noqa: ARG001 - for kinds that can
    """How the operators of this kind don't fit the column."""
    yield from ()


@_misfits.register
def _of_choices(attribute: ChoiceAttribute, column: Field[Any, Any]) -> Iterator[str]:
    if {key for key, _label in column.flatchoices} != set(attribute.choices.values):
        yield f"The choices of “{attribute.path}” are not those of {attribute.choices.__name__}."
    if attribute.missing_choice and attribute.missing_choice.key in attribute.choices.values:
        yield f"“{attribute.missing_choice.key}” is a choice of its own already."
    if attribute.missing_choice and attribute.relation.partner is None:
        yield f"“{attribute.missing_choice.key}” stands for having no row, but a partner has one always."


@_misfits.register
def _of_typed(attribute: IdAttribute, column: Field[Any, Any]) -> Iterator[str]:
    if attribute.number and not isinstance(column, IntegerField):
        yield f"“{attribute.path}” is no number."
    if not attribute.number and not isinstance(column, CharField | TextField):
        yield f"“{attribute.path}” is no text."


@_misfits.register
def _of_references(attribute: ReferenceAttribute, column: Field[Any, Any]) -> Iterator[str]:
    refers_to = column.model if column.primary_key else column.related_model
    if refers_to is not attribute.to:
        yield f"“{attribute.path}” does not refer to {attribute.to._meta.label}."
    if attribute.by_text and "name_folded" not in {one.name for one in attribute.to._meta.fields}:
        yield f"{attribute.to._meta.label} has no folded name to look for a text in."
