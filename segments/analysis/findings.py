"""What looks wrong with a definition, in its maker's words, with its fix: from the definition alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from django.utils.translation import gettext as _

from contracts.models import ContractStage
from partners.models import ProspectingStage
from segments.analysis.finding import (
    ConditionPath,
    Finding,
    Fix,
    in_words,
    is_together,
    keyed,
    row_names,
)
from segments.analysis.implication import (
    Constraint,
    constraints,
    have_nobody_in_common,
    implied_by,
    is_satisfiable,
    leaves_nobody,
    says_the_same,
)
from segments.attributes import Attribute
from segments.conditions import CATALOG
from segments.definition import Condition, Definition, Group
from segments.operators import ANY_OF, NONE_OF, Operator

MAX_VALUES_COMPARED = 20_000
"""A definition of more values altogether is not compared with itself: that would take seconds."""


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
        yield from self._groups_in_groups(self.inside)
        yield from self._groups_in_groups(self.exceptions)
        yield from self._groups_taken_out()
        yield from self._idle_exceptions()

    def errors(self) -> Iterator[Finding]:
        for number in range(len(self.definition.groups)):
            if number not in self.sound:
                yield self._never(number)

    @cached_property
    def said(self) -> list[list[Constraint]]:
        """What each group says."""
        return [constraints(group) for group in self.definition.groups]

    @cached_property
    def sound(self) -> list[int]:
        """The groups that somebody might be in."""
        return [number for number, said in enumerate(self.said) if is_satisfiable(said)]

    @cached_property
    def inside(self) -> list[int]:
        """Those of them that bring partners in."""
        return [number for number in self.sound if number < len(self.definition.any)]

    @cached_property
    def exceptions(self) -> list[int]:
        """Those of them that take partners out."""
        return [number for number in self.sound if number not in self.inside]

    def _never(self, number: int) -> Finding:
        """The group can never hold: by which conditions, as few as possible."""
        group = self.definition.groups[number]
        guilty = _fewest(len(group.all), lambda some: not is_satisfiable(constraints(_only(group, some))))
        places = tuple((number, index) for index in guilty)
        names = self._named(places, start=True)
        fix = self._removal(places[-1:])
        if len(guilty) == 1:
            text = _("%s leaves no partner over: no partner can ever meet it.") % names
            return Finding(kind="never", text=text, places=places, error=True, fix=fix)
        absent = [place for place in places if _asks_for_none(self._condition(place))]
        present = [place for place in places if place not in absent]
        if absent and present and all(is_together(self._condition(place)) for place in places):
            words = {"none": self._named(absent, start=True), "others": self._named(present)}
            text = _("%(none)s asks for None, %(others)s for a contract: no partner can meet both.") % words
            return Finding(kind="never", text=text, places=places, error=True, fix=self._removal(absent))
        if is_satisfiable(constraints(replace(_only(group, guilty), contracts="any"))):
            text = _("No contract can ever meet %s at once.") % self._named(places)
            fix = Fix(_("Let each be met by any contract"), any_contract=number)
        else:
            text = _("%s contradict each other: no partner can ever meet them all.") % names
        return Finding(kind="contradiction", text=text, places=places, error=True, fix=fix)

    def _superfluous(self, number: int) -> Iterator[Finding]:
        """Conditions without which the group stays the same; all of them can go, one after the other."""
        group = self.definition.groups[number]
        kept = list(range(len(group.all)))
        # Each is compared with those that are still kept: two that repeat each other must not both go.
        for index in kept[::-1]:
            others = [other for other in kept if other != index]
            if others and _adds_nothing(group, index, others):
                kept = others
                yield self._superfluous_one(number, index, others)

    def _superfluous_one(self, number: int, index: int, others: list[int]) -> Finding:
        group, place = self.definition.groups[number], (number, index)
        chosen = _fewest(
            len(others), lambda some: _adds_nothing(group, index, [others[each] for each in some])
        )
        swallowing = tuple((number, others[each]) for each in chosen)
        words = {"row": self._named([place], start=True), "others": self._named(swallowing)}
        if not swallowing:
            kind, text = "all", _("%(row)s lets everybody through: it filters nothing.")
        elif any(says_the_same(group.all[index], self._condition(other)) for other in swallowing):
            kind, text = "repeat", _("%(row)s repeats %(others)s.")
        elif _every_row(group.all[index]):
            kind, text = "all", _("%(row)s names every stage: beside %(others)s it filters nothing.")
        else:
            kind, text = (
                "swallowed",
                _("%(row)s changes nothing: every partner that meets %(others)s meets it too."),
            )
        places = (place, *swallowing)
        return Finding(kind=kind, text=text % words, places=places, fix=self._removal([place]))

    def _idle_choices(self, number: int) -> Iterator[Finding]:
        """“None” beside stages, where other conditions of the bracket ask for a row."""
        group = self.definition.groups[number]
        together = [index for index, one in enumerate(group.all) if is_together(one)]
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
        group = self.definition.groups[number]
        for index, condition in enumerate(group.all):
            place = (number, index)
            if len(group.all) == 1 and not self.exceptions and implied_by(self.said[number], []):
                text = _("%s lets everybody through: it filters nothing, and everybody is in this segment.")
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
        group = self.definition.groups[number]
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

    def _groups_in_groups(self, some: list[int]) -> Iterator[Finding]:
        """Groups that bring nobody in beside others, or take nobody out; all can go, one after the other."""
        kept = list(some)
        for number in some[::-1]:
            for other in (other for other in kept if other != number):
                if implied_by(self.said[other], self.said[number]):
                    kept.remove(number)
                    yield self._group_in_group(number, other)
                    break

    def _group_in_group(self, number: int, other: int) -> Finding:
        inner, outer = self._all_of(number), self._all_of(other)
        words = {"inner": self._named(inner, start=True), "outer": self._named(outer)}
        if number in self.exceptions:
            text = _(
                "%(inner)s: this exception takes out only partners that the one of %(outer)s takes out too."
            )
        elif implied_by(self.said[number], self.said[other]):
            text = _("%(inner)s: this group brings no partner in, it says the same as the one of %(outer)s.")
        else:
            text = _("%(inner)s: this group brings no partner in: all that meet it meet %(outer)s too.")
        return Finding(kind="group", text=text % words, places=(*inner, *outer), fix=self._removal(inner))

    def _groups_taken_out(self) -> Iterator[Finding]:
        """Groups that bring nobody in, since exceptions take out all who meet them."""
        for number in self.inside:
            if outer := [place for each in self._takers(number) for place in self._all_of(each)]:
                inner = self._all_of(number)
                words = {"inner": self._named(inner, start=True), "outer": self._named(outer)}
                text = _("%(inner)s: this group brings no partner in: all of it is taken out by %(outer)s.")
                places, fix = (*inner, *outer), self._removal(inner)
                yield Finding(kind="taken out", text=text % words, places=places, fix=fix)

    def _takers(self, number: int) -> list[int]:
        """The exceptions, as few as possible, that take everybody of a group out; none if they don't."""
        said, exceptions = self.said[number], [self.said[one] for one in self.exceptions]

        def takes_all(some: list[int]) -> bool:
            return leaves_nobody(said, [exceptions[each] for each in some])

        everyone = list(range(len(exceptions)))
        return (
            [self.exceptions[each] for each in _fewest(len(exceptions), takes_all)]
            if takes_all(everyone)
            else []
        )

    def _idle_exceptions(self) -> Iterator[Finding]:
        """Exceptions that take nobody out, whatever the data."""
        for number in self.exceptions:
            if all(have_nobody_in_common(self.said[number], self.said[one]) for one in self.inside):
                places = self._all_of(number)
                text = _(
                    "%s: this exception takes out no partner, for no partner that meets it meets a group."
                )
                words = self._named(places, start=True)
                fix = self._removal(places)
                yield Finding(kind="idle exception", text=text % words, places=tuple(places), fix=fix)

    def _removal(self, places: Sequence[ConditionPath]) -> Fix | None:
        """Taking these conditions out; None if no group would be left of the segment."""
        if all(place in places for place in self.names if place[0] < len(self.definition.any)):
            return None
        return Fix(_("Remove %s") % self._named(places), removes=tuple(places))

    def _all_of(self, number: int) -> list[ConditionPath]:
        return [place for place in self.names if place[0] == number]

    def _condition(self, place: ConditionPath) -> Condition:
        return self.definition.groups[place[0]].all[place[1]]

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
    together = [one for one, condition in enumerate(group.all) if is_together(condition)]
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
