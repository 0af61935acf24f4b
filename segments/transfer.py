"""Definitions as files, to be moved between installations.

What a definition picks by primary key is named as well, and the name decides when the file is read: another
installation gives other keys. Partners are known by their Partner ID everywhere. The segments that it names
come along, with their own definitions.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.names import MAX_NAME_LENGTH, fold, without_invisible
from segments.attributes import quote_for_message, storable
from segments.definition import Definition, at, check_values
from segments.errors import DefinitionError, DefinitionFileError
from segments.models import Frequency, Segment, SegmentTag, Tracking
from segments.nesting import MAX_CONDITIONS, MAX_DEPTH, in_words, inner_first, read_afresh, trouble
from segments.organizing import read_tags
from segments.picks import Here, Pick, Picked, picked_in
from segments.services import save_segment


@dataclass(frozen=True)
class Along:
    """A segment of a file that is not here yet, under a free name; `key` stands for its primary key."""

    key: int
    name: str
    definition: Definition
    tags: tuple[str, ...] = ()
    tracked: Frequency | None = None


@dataclass(frozen=True)
class SegmentFile:
    """What a file says: a name, which may be empty, a definition, tags, tracking, and notes for the user.

    `along` are segments that are to be saved with it, each after those that it names itself.
    """

    name: str
    definition: Definition
    notes: tuple[str, ...]
    along: tuple[Along, ...] = ()
    tags: tuple[str, ...] = ()
    tracked: Frequency | None = None


@dataclass(frozen=True)
class SegmentPart:
    """One segment of a file: name, tags, how often it is run, the definition as JSON, the rows it picks."""

    name: str
    tags: tuple[str, ...]
    tracked: Frequency | None
    data: dict[str, Any]
    picked: list[tuple[Picked, list[Pick]]]

    @classmethod
    def read(cls, data: Any) -> "SegmentPart":
        """What can be read of it without a look at what is here; DefinitionError says what is wrong."""
        name, tags, tracked = _name(data), _tags(data), _tracked(data)
        conditions = list(picked_in(data))
        check_values(sum(len(one.items) for one in conditions))
        picked = [
            (one, [Pick.read(one.attribute, one.model, item) for item in one.items]) for one in conditions
        ]
        for one, picks in picked:
            one.put([1] * len(picks))
        # Checked once with keys that are made up: errors of shape come before those about missing rows.
        Definition.from_json(data)
        return cls(name, tags, tracked, data, picked)

    @property
    def picks(self) -> list[Pick]:
        """All rows that it picks."""
        return [pick for _condition, picks in self.picked for pick in picks]

    @property
    def named(self) -> list[str]:
        """The segments that it names, by folded name.

        Not those whose history it asks for: these have to be tracked here, since a file has no history.
        """
        asked = (
            pick
            for one, picks in self.picked
            if one.model is Segment and not one.attribute.asks_history
            for pick in picks
        )
        return [fold(pick.name) for pick in asked if pick.name]

    def definition(self, keys: Mapping[Pick, int]) -> Definition:
        """With the keys that its picks have here."""
        for one, picks in self.picked:
            one.put([keys[pick] for pick in picks])
        return Definition.from_json(self.data)


def written(segment: Segment, moment: Moment) -> str:
    """What `read` reads: the segment's name, tags, tracking and definition, and those of all it names.

    DefinitionError if the definition or one of these is broken, or the file would be too large.
    """
    definition = segment.read()
    if problem := trouble(definition, moment, own=segment.pk, name=segment.name):
        raise DefinitionError(problem)
    inner = inner_first(definition, moment)
    besides = _besides([segment.pk, *inner])
    data = {"name": segment.name, **besides[segment.pk], **definition.to_json()}
    if along := [{"name": name, **besides[key], **one.to_json()} for key, (name, one) in inner.items()]:
        data["segments"] = along
    picked = [pick for part in (data, *along) for pick in picked_in(part)]
    here = Here(Pick(one.model, key, None) for one in picked for key in one.items)
    for one in picked:
        names = here.names[one.model]
        one.put([{"id": key, "name": names[key]} if key in names else {"id": key} for key in one.items])
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    if len(text.encode()) > limits().segment_file_max_bytes:
        raise DefinitionFileError(
            _("As a file it would have more than the %s bytes that can be imported again.")
            % f"{limits().segment_file_max_bytes:,}"
        )
    return text


def _besides(keys: Collection[int]) -> dict[int, dict[str, Any]]:
    """Of each segment what a file says of its tags and tracking: nothing where there are none."""
    said: dict[int, dict[str, Any]] = {key: {} for key in keys}
    for key, name in SegmentTag.objects.filter(segment__any_of=list(keys)).values_list("segment", "name"):
        said[key].setdefault("tags", []).append(name)
    tracked = Tracking.objects.filter(segment__pk__any_of=list(keys))
    for key, frequency in tracked.values_list("segment", "frequency"):
        said[key]["tracked"] = frequency
    return said


def read(content: bytes, moment: Moment) -> SegmentFile:
    """What the file says, in this installation's keys; DefinitionFileError says all that is wrong with it."""
    try:
        data = _parsed(content)
        along = _parts(data)
        return _resolved(SegmentPart.read(data), along, moment)
    except DefinitionFileError:
        raise
    except DefinitionError as error:
        raise DefinitionFileError(str(error)) from None


def _parts(data: Any) -> dict[str, SegmentPart]:
    """The segments that come along, by folded name."""
    found: dict[str, SegmentPart] = {}
    several = data.pop("segments", []) if isinstance(data, dict) else []
    if not isinstance(several, list) or len(several) > MAX_CONDITIONS:
        raise DefinitionFileError(_("A file's “segments” is a list of at most %s.") % MAX_CONDITIONS)
    for number, one in enumerate(several, start=1):
        part = at(_("Segment %s"), number, SegmentPart.read, one)
        if not part.name or fold(part.name) in found:
            raise DefinitionFileError(_("Each of a file's “segments” needs a name of its own."))
        found[fold(part.name)] = part
    return found


def _resolved(main: SegmentPart, along: dict[str, SegmentPart], moment: Moment) -> SegmentFile:
    """The file in the keys of this installation. Segments that are not here yet get keys that are made up."""
    order = _in_order(along, [main], {})
    for name in sorted(along.keys() - order.keys()):
        raise DefinitionFileError(
            _("Nothing in the file names its segment “%s”.") % quote_for_message(along[name].name)
        )
    parts = [*order.values(), main]
    picks = dict.fromkeys(pick for part in parts for pick in part.picks)
    outside = [pick for pick in picks if pick.model is not Segment or _key(pick) not in order]
    here = Here(outside)
    keys = {pick: key for pick in outside if (key := here.key(pick)) is not None}
    if missing := tuple(here.missing):
        raise DefinitionFileError(*missing)
    new: list[Along] = []
    renamed: list[str] = []
    places: dict[str, int] = {}

    def definition(part: SegmentPart) -> Definition:
        inner = {pick: places[_key(pick)] for pick in part.picks if pick not in keys}
        return part.definition(keys | inner)

    for name, part in order.items():
        places[name], unknown = _place(part, definition(part), new)
        if unknown:
            new.append(unknown)
            if unknown.name != part.name:
                words = {"name": part.name, "new": unknown.name}
                text = _("“%(name)s” means something else here: the file's is called “%(new)s”.")
                renamed.append(text % words)
    whole = definition(main)
    known = {one.key: (one.name, one.definition) for one in new}
    if problem := trouble(whole, read_afresh(moment, known=known), name=main.name):
        raise DefinitionFileError(problem)
    return SegmentFile(main.name, whole, (*renamed, *here.notes), tuple(new), main.tags, main.tracked)


def _key(pick: Pick) -> str:
    return fold(pick.name or "")


def _in_order(
    along: dict[str, SegmentPart], path: list[SegmentPart], found: dict[str, SegmentPart]
) -> dict[str, SegmentPart]:
    """Add the segments that the last part of the path names, at any depth, each after those that it names."""
    for name in path[-1].named:
        if any(fold(above.name) == name for above in path):
            names = in_words([*(above.name for above in path), along.get(name, path[0]).name])
            raise DefinitionFileError(_("The segments name each other in a circle: %s.") % names)
        if name in along and name not in found:
            if len(path) > MAX_DEPTH:
                words = {"path": in_words(above.name for above in path), "most": MAX_DEPTH}
                raise DefinitionFileError(
                    _("The segments name each other more than %(most)s deep: %(path)s.") % words
                )
            _in_order(along, [*path, along[name]], found)
            found[name] = along[name]
    return found


def _place(part: SegmentPart, definition: Definition, new: Collection[Along]) -> tuple[int, Along | None]:
    """The key of the segment here that has the name and means this; if there is none, what is to be saved.

    That takes the first name that is free: “Ours”, “Ours (2)”, …
    """
    number, free = 1, part.name
    while True:
        found = Segment.objects.named(free).first()
        if found and found.means(definition):
            return found.pk, None
        if not found and all(fold(one.name) != fold(free) for one in new):
            highest = Segment.objects.aggregate(highest=models.Max("pk", default=0))["highest"]
            along = Along(highest + len(new) + 1, free, definition, part.tags, part.tracked)
            return along.key, along
        number += 1
        suffix = f" ({number})"
        free = part.name[: MAX_NAME_LENGTH - len(suffix)] + suffix


def without_tracking(file: SegmentFile) -> SegmentFile:
    """The same for somebody who may track no segments; a note says so where the file tracks any."""
    if not (file.tracked or any(one.tracked for one in file.along)):
        return file
    note = _("Not tracked: to track segments takes the permission to change them.")
    along = tuple(replace(one, tracked=None) for one in file.along)
    return replace(file, notes=(*file.notes, note), along=along, tracked=None)


def save_along(file: SegmentFile, *, user: User | None, moment: Moment) -> tuple[Definition, list[Segment]]:
    """Save the segments that come along and are not here, all or none; the definition that names them now.

    ValidationError as of `save_segment`.
    """
    saved: dict[int, Segment] = {}
    with transaction.atomic():
        for one in file.along:
            definition = _renamed(one.definition, saved)
            saved[one.key] = save_segment(
                name=one.name,
                definition=definition,
                user=user,
                moment=moment,
                tags=one.tags,
                tracked=one.tracked,
            )
    return _renamed(file.definition, saved) if saved else file.definition, list(saved.values())


def _renamed(definition: Definition, saved: Mapping[int, Segment]) -> Definition:
    data = definition.to_json()
    for one in picked_in(data):
        if one.model is Segment:
            one.put([saved[key].pk if key in saved else key for key in one.items])
    return Definition.from_json(data)


def _parsed(content: bytes) -> Any:
    if len(content) > limits().segment_file_max_bytes:
        raise DefinitionFileError(
            _("The file is too large to be a definition: at most %s bytes.")
            % f"{limits().segment_file_max_bytes:,}"
        )
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except DefinitionFileError:
        raise
    except UnicodeDecodeError:
        raise DefinitionFileError(_("The file is no text in UTF-8.")) from None
    except RecursionError:
        raise DefinitionFileError(_("The file is nested too deeply to be a definition.")) from None
    except json.JSONDecodeError as error:
        words = {"line": error.lineno, "column": error.colno}
        raise DefinitionFileError(
            _("The file is no JSON: line %(line)s, column %(column)s.") % words
        ) from None
    except ValueError:
        raise DefinitionFileError(_("The file has a number that is too long.")) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, times in Counter(key for key, _value in pairs).items() if times > 1)
        raise DefinitionFileError(_("“%s” stands twice in one object.") % quote_for_message(twice))
    return found


def _no_number(constant: str) -> None:
    raise DefinitionFileError(_("“%s” is no number.") % constant)


def _name(data: Any) -> str:
    name = data.pop("name", "") if isinstance(data, dict) else ""
    if not isinstance(name, str) or len(name) > MAX_NAME_LENGTH:
        raise DefinitionFileError(
            _("The segment's “name” has to be a text of at most %s characters.") % MAX_NAME_LENGTH
        )
    if not storable(name):
        raise DefinitionFileError(_("The segment's “name” has a character that no name can have."))
    return without_invisible(name)


def _tracked(data: Any) -> Frequency | None:
    key = data.pop("tracked", None) if isinstance(data, dict) else None
    if key is not None and key not in Frequency.values:
        words = _("A segment's “tracked” is one of these: %s.")
        raise DefinitionFileError(words % ", ".join(Frequency.values))
    return None if key is None else Frequency(key)


def _tags(data: Any) -> tuple[str, ...]:
    words = data.pop("tags", []) if isinstance(data, dict) else []
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise DefinitionFileError(_("A segment's “tags” have to be a list of texts."))
    if not all(map(storable, words)):
        raise DefinitionFileError(_("A tag has a character that no tag can have."))
    try:
        return tuple(read_tags(words))
    except ValidationError as error:
        raise DefinitionFileError(*error.messages) from None
