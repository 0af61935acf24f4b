"""What the filters of a list ask, said as conditions: so that a segment can ask the same.

The lists of partners and contracts know nothing of segments. What filters of theirs ask is declared with
`say_as_conditions`. What is made of conditions (`PresetsFilter`, `OptionsFilter`) needs no declaration.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import chain, product
from typing import Any, Self

from django.db.models import Model, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from partners.core.filtersets import AskedFilter, ChoicesFilter, ListFilterSet, MenuFilter
from partners.core.moment import Moment
from partners.core.names import MAX_NAME_LENGTH
from partners.models import Partner
from segments.attributes import storable
from segments.compiler import compile_definition
from segments.conditions import ATTRIBUTES, CATALOG
from segments.definition import Condition, Definition, Group
from segments.errors import DefinitionError

Alternatives = Sequence[tuple[Condition, ...]]
"""One of these holds: each is conditions that all hold."""
Saying = Callable[..., Alternatives]
"""What filters ask that have these values, None of one that is off; DefinitionError: why a segment can't."""
Search = Callable[[str, Moment], Alternatives]
"""What the search of a list for a text asks at a moment; DefinitionError as well."""
SAYINGS: defaultdict[type[Model], dict[tuple[str, ...], Saying]] = defaultdict(dict)
"""By the model of the list, then by the names of the filters that are said together."""
SEARCHES: dict[type[Model], Search] = {}
"""What the search of a list asks, by its model."""


def say_as_conditions(
    model: type[Model],
    sayings: Mapping[str | tuple[str, ...], Saying],
    *,
    search: Search | None = None,
) -> None:
    """Declare what filters of the list of a model ask, by their names, and what its search does.

    Where a list is not of partners, conditions on its rows are met by one and the same row.
    """
    for names, saying in sayings.items():
        SAYINGS[model][(names,) if isinstance(names, str) else names] = saying
    if search:
        SEARCHES[model] = search


class AsksConditions:
    """A filter that asks conditions, of partners or of the list's own rows, and so can be said by itself."""

    parent: ListFilterSet

    def condition(self, value: Any) -> Condition:
        """What is asked where this was chosen."""
        raise NotImplementedError

    def say(self, value: Any) -> Alternatives:
        """The same, as segments take it."""
        return [(self.condition(value),)]

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The rows that meet it; all where nothing is chosen."""
        if not value:
            return rows
        condition, moment = self.condition(value), self.parent.moment
        if rows.model is Partner:
            return rows.filter(compile_definition(Definition((Group((condition,)),)), moment))
        attribute = CATALOG[condition.field]
        met = attribute.rows(attribute.operator(condition.operator), condition.value, moment)
        return rows.none() if met is None else rows.filter(met)

    def __deepcopy__(self, _memo: Any) -> Self:
        """Each FilterSet takes a copy to be its own; what it asks never changes."""
        return copy(self)


class PresetsFilter(AsksConditions, MenuFilter):
    """One of some conditions on a field, out of a menu: operators with their values.

    In a list of other rows than partners the field is one of these rows, and no operator is negative: a
    segment asks by those for partners without such a row, the list would ask for other rows.
    """

    def __init__(self, field: str, asked: Iterable[tuple[str, Any]]) -> None:
        self.conditions = {_key(one): one for one in (Condition(field, *each) for each in asked)}
        super().__init__(label=_label(field), choices=self._choices)

    def _choices(self) -> list[tuple[str, str]]:
        return [(key, _menu_words(condition)) for key, condition in self.conditions.items()]

    def condition(self, value: str) -> Condition:
        return self.conditions[value]


class OptionsFilter(AsksConditions, ChoicesFilter):
    """Any of the choices that a field has."""

    def __init__(self, field: str) -> None:
        self.asked = field
        super().__init__(label=_label(field), choices=self._choices)

    def _choices(self) -> list[tuple[str, StrOrPromise]]:
        return [(option.key, option.label) for option in CATALOG[self.asked].options()]

    def condition(self, value: Sequence[str]) -> Condition:
        return Condition(self.asked, "any_of", tuple(value))


def _label(field: str) -> str:
    """As the screens of its model call it."""
    return str(capfirst(CATALOG[field].column.verbose_name))


def _key(condition: Condition) -> str:
    """How the address calls it: “within-last-30”, “is_empty”."""
    value = CATALOG[condition.field].to_post(condition.operator, condition.to_json().get("value"))
    return "-".join([condition.operator, *value]).replace(":", "-")


def _menu_words(condition: Condition) -> str:
    """“In the last 30 days”, “Is empty”."""
    operator = CATALOG[condition.field].operator(condition.operator)
    return str(capfirst(str(operator.label if condition.value is None else condition.value)))


@dataclass(frozen=True)
class Filtered:
    """What a list is filtered by, as a definition with a name for it; None where nothing of it can be said.

    `left_out` says which filters it doesn't ask about, and why.
    """

    definition: Definition | None
    name: str
    left_out: tuple[str, ...]


def filtered(filterset: ListFilterSet, term: str) -> Filtered:
    """What a list is filtered by that is searched for a term, too; the filters have to be valid."""
    model, values = filterset.queryset.model, filterset.form.cleaned_data
    asked = {one.name: one for one in filterset.asked()}
    parts: list[Alternatives] = []
    words: list[str] = []
    left_out = [_left_out(one, _("segments can't ask about it")) for one in _never_said(filterset, asked)]
    for names, saying in _sayings(filterset):
        on = [asked[name] for name in names if name in asked]
        if not on:
            continue
        try:
            parts.append(saying(*(values.get(name) for name in names)))
            words += [f"{one.label}: {one.chosen}" for one in on]
        except DefinitionError as error:
            left_out += [_left_out(one, error) for one in on]
    if term:
        try:
            parts.append(_searched(filterset, term))
            words.append(f"“{term}”")
        except DefinitionError as error:
            left_out.append(f"{_('Search')} ({error})")
    try:
        definition = _definition(model, parts)
    except DefinitionError as error:
        return Filtered(None, "", (*left_out, str(error)))
    return Filtered(definition, "; ".join(words)[:MAX_NAME_LENGTH], tuple(left_out))


def _sayings(filterset: ListFilterSet) -> Iterator[tuple[tuple[str, ...], Saying]]:
    yield from SAYINGS[filterset.queryset.model].items()
    for name, filter_ in filterset.filters.items():
        if isinstance(filter_, AsksConditions):
            yield (name,), filter_.say


def _never_said(filterset: ListFilterSet, asked: Mapping[str, AskedFilter]) -> list[AskedFilter]:
    said = set(chain.from_iterable(names for names, _saying in _sayings(filterset)))
    return [one for name, one in asked.items() if name not in said]


def _left_out(one: AskedFilter, why: object) -> str:
    return f"{one.label} ({why})"


def _searched(filterset: ListFilterSet, term: str) -> Alternatives:
    search = SEARCHES.get(filterset.queryset.model)
    if search is None or not storable(term):
        raise DefinitionError(_("segments can't ask about it"))
    return search(term, filterset.moment)


def _definition(model: type[Model], parts: Sequence[Alternatives]) -> Definition | None:
    """All of the parts; None where they ask nothing. Each choice among their alternatives is a group."""
    groups = [tuple(dict.fromkeys(chain.from_iterable(choice))) for choice in product(*parts)]
    if not all(groups):
        return None
    return Definition(tuple(Group(_with_a_row(model, conditions)) for conditions in groups))


def _with_a_row(model: type[Model], conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """A list of other rows than partners stands for partners who have one, even if nothing is asked of it."""
    if model is Partner or any(CATALOG[one.field].relation.model is model for one in conditions):
        return conditions
    counter = next(one for one in ATTRIBUTES if one.counts and one.counts.model is model)
    return (*conditions, Condition(counter.key, "at_least", "1"))
