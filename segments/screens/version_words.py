"""What differs between two versions of a segment, in words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segments.analysis.diff import GroupChange, diff
from segments.conditions import CATALOG
from segments.definition import Condition, Contracts, Definition, Group
from segments.errors import DefinitionError
from segments.language.labels import Labels, bidi_isolate
from segments.language.sentences import (
    MAX_SHOWN_VALUES,
    asked_words,
    condition_words,
    first_of,
    group_phrases,
    value_words,
)
from segments.versions import SegmentVersion


@dataclass(frozen=True)
class Line:
    """One difference: what was done, to what, and in which group where there are several."""

    what: str
    text: str
    place: str = ""


def summary(old: SegmentVersion, new: SegmentVersion) -> list[Line]:
    """What made the old version the new one; nothing if they are the same. Either may be broken."""
    renamed = Line(_("renamed"), f"“{bidi_isolate(old.name)}” → “{bidi_isolate(new.name)}”")
    lines = [renamed] if old.name != new.name else []
    if old.definition == new.definition:
        return lines
    before, after = _read(old), _read(new)
    if isinstance(after, str):
        return [*lines, Line(_("broken"), after)]
    if isinstance(before, str):
        return [*lines, Line(_("mended"), new.sentence)]
    return [*lines, *_told(before, after, new.labels(old))]


def _read(version: SegmentVersion) -> Definition | str:
    """The definition, or what is wrong with it."""
    try:
        return version.read()
    except DefinitionError as error:
        return str(error)


def _told(old: Definition, new: Definition, labels: Labels) -> Iterator[Line]:
    found = diff(old, new)
    if found.rewritten:
        yield Line(_("reordered"), _("Only the order changed, or what has no effect."))
    for change in found.groups:
        if None in (change.before, change.after):
            yield _whole(change, labels)
        else:
            yield from _parts(change, _place(change, several=found.several), labels)


def _place(change: GroupChange, *, several: bool) -> str:
    if change.is_exception:
        return _("Exception %s") % change.after
    return _("Group %s") % change.after if several else ""


def _whole(change: GroupChange, labels: Labels) -> Line:
    conditions = change.added or change.removed
    group = Group(conditions, change.contracts or "same")
    [words] = group_phrases(Definition((group,)), labels)
    if change.is_exception:
        what = _("removed an exception") if change.after is None else _("added an exception")
    else:
        what = _("removed a group") if change.after is None else _("added a group")
    return Line(what, _("partners %s") % words)


def _parts(change: GroupChange, place: str, labels: Labels) -> Iterator[Line]:
    for old, new in change.changed:
        yield Line(_("changed"), _turned(old, new, labels), place)
    for condition in change.removed:
        yield Line(_("removed"), condition_words(condition, labels), place)
    for condition in change.added:
        yield Line(_("added"), condition_words(condition, labels), place)
    if change.contracts:
        yield Line(_("changed"), _other_contracts(change.contracts), place)


def _other_contracts(now: Contracts) -> str:
    same, each = _("on the same contract"), _("on any contract")
    return f"{same} → {each}" if now == "any" else f"{each} → {same}"


def _turned(old: Condition, new: Condition, labels: Labels) -> str:
    attribute = CATALOG[old.field]
    if old.operator != new.operator or old.where != new.where:
        return f"{attribute.label} {asked_words(old, labels)} → {asked_words(new, labels)}"
    asked = f"{attribute.label} {attribute.operator(old.operator).label}"
    if max(len(old.items), len(new.items)) <= MAX_SHOWN_VALUES:
        return f"{asked} {value_words(old, labels)} → {value_words(new, labels)}"
    return f"{asked} {_numbers(old, new)}: {'; '.join(_moved(old, new, labels))}"


def _numbers(old: Condition, new: Condition) -> str:
    many = len(new.items)
    text = ngettext("%(old)s → %(new)s value", "%(old)s → %(new)s values", many)
    return text % {"old": f"{len(old.items):,}", "new": f"{many:,}"}


def _moved(old: Condition, new: Condition, labels: Labels) -> Iterator[str]:
    for words, some, others in ((_("added %s"), new, old), (_("removed %s"), old, new)):
        known = set(others.items)
        value: Any = tuple(item for item in dict.fromkeys(some.items) if item not in known)
        if value:
            yield words % first_of(labels.values(replace(some, value=value)))
