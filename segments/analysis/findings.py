"""What looks wrong with a definition, in its maker's words, with its fix: from the definition alone."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

from django.utils.translation import gettext as _

from contracts.models import ContractStage
from partners.models import ProspectingStage
from segments.analysis.implication import (
    Constraint,
    constraints,
    implied_by,
    is_satisfiable,
    says_the_same,
)
from segments.attributes import Attribute
from segments.conditions import CATALOG
from segments.definition import Condition, Definition, Group
from segments.operators import ANY_OF, NONE_OF, Operator

ConditionPath = tuple[int, int]
"""A condition: the index of its group, and its own in there."""
MAX_VALUES_COMPARED = 20_000
"""A definition of more values altogether is not compared with itself: that would take seconds."""


@dataclass(frozen=True)
class Fix:
    """One change of a definition: what it removes, what it puts elsewhere, where any contract may do."""

    label: str
    removes: tuple[ConditionPath, ...] = ()
    instead: tuple[tuple[ConditionPath, Condition], ...] = ()
    any_contract: int | None = None

    def applied(self, definition: Definition) -> Definition:
        """The definition after the fix. A group without conditions is dropped."""
        instead = dict(self.instead)
        groups = []
        for number, group in enumerate(definition.any):
            kept = tuple(
                instead.get((number, index), condition)
                for index, condition in enumerate(group.all)
                if (number, index) not in self.removes
            )
            contracts = "any" if number == self.any_contract else group.contracts
            groups.append(Group(kept, contracts))
        return Definition(tuple(group for group in groups if group.all))


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that looks wrong. An error keeps the builder from saving a definition, a hint does not."""

    kind: str
    text: str
    places: tuple[ConditionPath, ...] = ()
    error: bool = False
    fix: Fix | None = None
    segments: tuple[tuple[int, str], ...] = ()
    """The other segments that it names: primary key and name."""
    key: str = ""
    """Names it among all findings of all definitions, so that nothing else is mended by mistake."""


def keyed(definition: Definition, found: Iterable[Finding]) -> list[Finding]:
    """The findings of this definition, each with its key."""
    whole = json.dumps(definition.to_json())
    return [
        replace(one, key=sha256(f"{whole}{one.kind}{one.places}".encode()).hexdigest()[:16]) for one in found
    ]


def findings(definition: Definition) -> list[Finding]:
    """What can be seen without looking at data, errors first; of a very long definition, only the errors."""
    if is_long(definition):
        return errors(definition)
    found = sorted(_Finder(definition).found(), key=lambda finding: not finding.error)
    return keyed(definition, found)


def errors(definition: Definition) -> list[Finding]:
    """Only what keeps it from being saved."""
    return keyed(definition, _Finder(definition).errors())


def is_long(definition: Definition) -> bool:
    """Whether it has so many values that its conditions are not compared with each other."""
    return sum(len(condition.items) for condition in definition.conditions()) > MAX_VALUES_COMPARED


def row_names(definition: Definition) -> dict[ConditionPath, str]:
    """What the builder calls the conditions: by number in the order in which it draws them, and by field."""
    names: dict[ConditionPath, str] = {}
    for number, group in enumerate(definition.any):
        for index in as_drawn(group):
            words = {"number": len(names) + 1, "field": CATALOG[group.all[index].field].label}
            names[number, index] = _("row %(number)s (%(field)s)") % words
    return names


def as_drawn(group: Group) -> list[int]:
    """The indexes of the group's conditions in the order in which the builder draws them."""
    together = [index for index, one in enumerate(group.all) if _is_together(one)]
    first = together if len(together) > 1 else []
    return [*first, *(index for index in range(len(group.all)) if index not in first)]


def in_words(names: Sequence[str], *, start: bool = False) -> str:
    """“row 1, row 2 and row 3”; at the start of a sentence with a capital."""
    text = _(" and ").join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return text[:1].upper() + text[1:] if start else text


def _is_together(condition: Condition) -> bool:
    attribute, operator = _asked(condition)
    return attribute.relation.one_row and not operator.negative


def _asked(condition: Condition) -> tuple[Attribute, Operator]:
    attribute = CATALOG[condition.field]
    return attribute, attribute.operator(condition.operator)


class _Finder:
    """Finds what is wrong in one definition."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.names = row_names(definition)

    def found(self) -> Iterator[Finding]:
        yield from self.errors()
        for number in self.sound:
            yield from self._idle_choices(number)
            yield from self._superfluous(number)
            yield from self._choices_of_all(number)
            yield from self._stages_apart(number)
        yield from self._groups_in_groups()

    def errors(self) -> Iterator[Finding]:
        for number in range(len(self.definition.any)):
            if number not in self.sound:
                yield self._never(number)

    @cached_property
    def said(self) -> list[list[Constraint]]:
        """What each group says."""
        return [constraints(group) for group in self.definition.any]

    @cached_property
    def sound(self) -> list[int]:
        """The groups that somebody might be in."""
        return [number for number, said in enumerate(self.said) if is_satisfiable(said)]

    def _never(self, number: int) -> Finding:
        """The group can never hold: by which conditions, as few as possible."""
        group = self.definition.any[number]
        guilty = _fewest(len(group.all), lambda some: not is_satisfiable(constraints(_only(group, some))))
        places = tuple((number, index) for index in guilty)
        names = self._named(places, start=True)
        fix = self._removal(places[-1:])
        if len(guilty) == 1:
            text = _("%s leaves nobody over: nobody can ever meet it.") % names
            return Finding(kind="never", text=text, places=places, error=True, fix=fix)
        absent = [place for place in places if _asks_for_none(self._condition(place))]
        present = [place for place in places if place not in absent]
        if absent and present and all(_is_together(self._condition(place)) for place in places):
            words = {"none": self._named(absent, start=True), "others": self._named(present)}
            text = _("%(none)s asks for None, %(others)s for a contract: nobody can meet both.") % words
            return Finding(kind="never", text=text, places=places, error=True, fix=self._removal(absent))
        if is_satisfiable(constraints(replace(_only(group, guilty), contracts="any"))):
            text = _("No contract can ever meet %s at once.") % self._named(places)
            fix = Fix(_("Let each be met by any contract"), any_contract=number)
        else:
            text = _("%s contradict each other: nobody can ever meet them all.") % names
        return Finding(kind="contradiction", text=text, places=places, error=True, fix=fix)

    def _superfluous(self, number: int) -> Iterator[Finding]:
        """Conditions without which the group stays the same; all of them can go, one after the other."""
        group = self.definition.any[number]
        kept = list(range(len(group.all)))
        # Each is compared with those that are still kept: two that repeat each other must not both go.
        for index in kept[::-1]:
            others = [other for other in kept if other != index]
            if others and _adds_nothing(group, index, others):
                kept = others
                yield self._superfluous_one(number, index, others)

    def _superfluous_one(self, number: int, index: int, others: list[int]) -> Finding:
        group, place = self.definition.any[number], (number, index)
        chosen = _fewest(
            len(others), lambda some: _adds_nothing(group, index, [others[each] for each in some])
        )
        swallowing = tuple((number, others[each]) for each in chosen)
        words = {"row": self._named([place], start=True), "others": self._named(swallowing)}
        if not swallowing:
            kind, text = "all", _("%(row)s names everything there is: it filters nothing.")
        elif any(says_the_same(group.all[index], self._condition(other)) for other in swallowing):
            kind, text = "repeat", _("%(row)s repeats %(others)s.")
        elif _every_row(group.all[index]):
            kind, text = "all", _("%(row)s names every stage: beside %(others)s it filters nothing.")
        else:
            kind, text = "swallowed", _("%(row)s changes nothing: whoever meets %(others)s meets it too.")
        places = (place, *swallowing)
        return Finding(kind=kind, text=text % words, places=places, fix=self._removal([place]))

    def _idle_choices(self, number: int) -> Iterator[Finding]:
        """“None” beside stages, where other conditions of the bracket ask for a row."""
        group = self.definition.any[number]
        together = [index for index, one in enumerate(group.all) if _is_together(one)]
        strict = [index for index in together if not _accepts_none(group.all[index])]
        if group.contracts == "any" or not strict:
            return
        for index in together:
            condition = group.all[index]
            if _accepts_none(condition):
                place, attribute = (number, index), CATALOG[condition.field]
                others = [
                    (number, other)
                    for other in strict
                    if CATALOG[group.all[other].field].relation == attribute.relation
                ]
                if others:
                    yield self._idle_choice(place, others)

    def _idle_choice(self, place: ConditionPath, others: list[ConditionPath]) -> Finding:
        condition = self._condition(place)
        attribute = CATALOG[condition.field]
        value = tuple(str(key) for key in condition.items if not attribute.matches_missing((key,)))
        words = {"row": self._named([place]), "others": self._named(others)}
        return Finding(
            kind="idle",
            text=_("None in %(row)s never counts: %(others)s asks for a contract.") % words,
            places=(place, *others),
            fix=Fix(
                _("Take None out of %s") % self._named([place]),
                instead=((place, replace(condition, value=value)),),
            ),
        )

    def _choices_of_all(self, number: int) -> Iterator[Finding]:
        """A choice of all there is that stands alone, and a choice of all stages but None."""
        group = self.definition.any[number]
        for index, condition in enumerate(group.all):
            place = (number, index)
            if len(group.all) == 1 and implied_by(self.said[number], []):
                text = _(
                    "%s names everything there is: it filters nothing, and everybody is in this segment."
                )
                yield Finding(kind="all", text=text % self._named([place], start=True), places=(place,))
            elif _every_row(condition) and not _is_bracketed(group, index):
                yield self._any_row(place)

    def _any_row(self, place: ConditionPath) -> Finding:
        condition = self._condition(place)
        attribute, operator = _asked(condition)
        text = _("%s names every stage but None: it asks for partners with any contract at all.")
        if operator.negative:
            text = _("%s names every stage but None: it asks for partners without any contract.")
        shorter = replace(
            condition,
            operator=(ANY_OF if operator.negative else NONE_OF).key,
            value=(attribute.missing_choice.key,) if attribute.missing_choice else (),
        )
        label = _("Say is any of None") if operator.negative else _("Say is none of None")
        fix = Fix(label, instead=((place, shorter),))
        return Finding(kind="any row", text=text % self._named([place], start=True), places=(place,), fix=fix)

    def _stages_apart(self, number: int) -> Iterator[Finding]:
        """Expired or Suspended as a prospecting stage, while the contract is to be Joined."""
        group = self.definition.any[number]
        joined = [
            (number, index)
            for index, one in enumerate(group.all)
            if (one.field, one.operator) == ("contract_stage", ANY_OF.key) and set(one.items) == JOINED
        ]
        for index, one in enumerate(group.all):
            ended = one.field == "prospecting_stage" and one.operator == ANY_OF.key
            if joined and ended and set(one.items) <= ENDED:
                place = (number, index)
                words = {"row": self._named([place], start=True), "joined": self._named(joined)}
                text = _(
                    "%(row)s asks for partners whose contract ended or rests, %(joined)s for a joined one. "
                    "Who has a joined contract is usually in prospecting stage Joined."
                )
                yield Finding(
                    kind="stages apart",
                    text=text % words,
                    places=(place, *joined),
                    fix=self._removal([place]),
                )

    def _groups_in_groups(self) -> Iterator[Finding]:
        """Groups that bring nobody in; all of them can go, one after the other."""
        kept = list(self.sound)
        for number in self.sound[::-1]:
            for other in (other for other in kept if other != number):
                if implied_by(self.said[other], self.said[number]):
                    kept.remove(number)
                    yield self._group_in_group(number, other)
                    break

    def _group_in_group(self, number: int, other: int) -> Finding:
        inner, outer = self._all_of(number), self._all_of(other)
        words = {"inner": self._named(inner, start=True), "outer": self._named(outer)}
        if implied_by(self.said[number], self.said[other]):
            text = _("%(inner)s: this group brings nobody in, it says the same as the one of %(outer)s.")
        else:
            text = _("%(inner)s: this group brings nobody in, for whoever meets it meets %(outer)s too.")
        return Finding(kind="group", text=text % words, places=(*inner, *outer), fix=self._removal(inner))

    def _removal(self, places: Sequence[ConditionPath]) -> Fix | None:
        """Taking these conditions out; None if nothing would be left of the segment."""
        if len(places) == len(self.names):
            return None
        return Fix(_("Remove %s") % self._named(places), removes=tuple(places))

    def _all_of(self, number: int) -> list[ConditionPath]:
        return [place for place in self.names if place[0] == number]

    def _condition(self, place: ConditionPath) -> Condition:
        return self.definition.any[place[0]].all[place[1]]

    def _named(self, places: Sequence[ConditionPath], *, start: bool = False) -> str:
        return in_words([self.names[place] for place in places], start=start)


JOINED = {ContractStage.JOINED.value}
ENDED = {ProspectingStage.EXPIRED.value, ProspectingStage.SUSPENDED.value}


def _only(group: Group, indexes: Sequence[int]) -> Group:
    return Group(tuple(group.all[index] for index in indexes), group.contracts)


def _fewest(many: int, still: Callable[[list[int]], bool]) -> list[int]:
    """Indexes below `many`, without those that can go while `still` holds of the rest; the last go first."""
    # Greedy: there may be a smaller choice, but finding the smallest would try them all.
    kept = list(range(many))
    for index in kept[::-1]:
        others = [other for other in kept if other != index]
        if still(others):
            kept = others
    return kept


def _adds_nothing(group: Group, index: int, others: Sequence[int]) -> bool:
    """Whether the condition changes nothing beside these."""
    return implied_by(constraints(_only(group, [*others, index])), constraints(_only(group, others)))


def _is_bracketed(group: Group, index: int) -> bool:
    """Whether the condition and another one ask about one and the same row."""
    together = [one for one, condition in enumerate(group.all) if _is_together(condition)]
    return group.contracts == "same" and index in together and len(together) > 1


def _accepts_none(condition: Condition) -> bool:
    return CATALOG[condition.field].matches_missing(condition.value)


def _asks_for_none(condition: Condition) -> bool:
    """Whether no row at all is all that meets it."""
    return _accepts_none(condition) and CATALOG[condition.field].fits_no_row(condition.value)


def _every_row(condition: Condition) -> bool:
    """Whether it names all choices that a row can have, and not the one that stands for having none."""
    attribute = CATALOG[condition.field]
    every = attribute.all_values()
    return bool(every and attribute.missing_choice) and frozenset(condition.items) == every
