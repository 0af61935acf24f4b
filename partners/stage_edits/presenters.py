"""What the pages of a bulk edit of stages show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, zip_longest
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise

from partners.core.badges import Stage
from partners.core.limits import limits
from partners.core.requests import Person
from partners.models import Partner, ProspectingStage
from partners.models.stage_edits import StageEdit
from partners.permissions import can_edit_stages
from partners.stages.history import HasStage, StageChange

SAMPLE_ROWS = 10
UNUSUAL_SAMPLE_ROWS = 5
MAX_LISTED = 20


@dataclass(frozen=True)
class Shift:
    """So many rows went from one stage to another; None where a row was new."""

    came_from: Stage
    to: Stage
    number: int


@dataclass(frozen=True)
class StageEvent:
    """A row came into a stage: at a time, from where (None: it was new), by whom, why, by which bulk edit."""

    at: datetime
    stage: Stage
    came_from: Stage | None
    by: str
    why: str
    edit: int | None
    """The bulk edit's number, for those who may open it."""
    in_bulk: bool


@dataclass(frozen=True)
class BulkMove:
    """What a bulk edit moved into the stage of `event`; of several rows the first, with their addresses."""

    event: StageEvent
    moved: StrOrPromise
    rows: Sequence[tuple[str, str]] = ()
    more: int = 0
    """Rows besides those that are named."""


@dataclass(frozen=True)
class Stayed:
    """A row that was left alone, in the stage it is in now."""

    row: HasStage
    stage: Stage


def rows_of(model: type[HasStage], ids: Iterable[int]) -> list[HasStage]:
    """These rows, in this order, with what is shown of them; those that are gone are left out."""
    keys = list(ids)
    there = model._default_manager.select_related(*model.shown_with).in_bulk(keys)
    return [there[pk] for pk in keys if pk in there]


def stage_of(row: HasStage) -> Stage:
    """The row's stage with its label, meaning and tone."""
    return row.stages(getattr(row, row.stage_field))


def event_of(change: StageChange, model: type[HasStage], user: Person) -> StageEvent:
    """A history row as this user may see it."""
    return StageEvent(
        change.at,
        model.stages(change.to_stage),
        model.stages(change.from_stage) if change.from_stage else None,
        change.user_name,
        change.why,
        change.edit_id if can_edit_stages(user) else None,
        in_bulk=change.edit_id is not None,
    )


def stage_events(row: Any, user: Person) -> list[StageEvent]:
    """The stages that the row came into, the last ones if there are very many, oldest first."""
    last = row.stage_changes.order_by("-pk")[: limits().history_max_changes]
    return [event_of(change, type(row), user) for change in reversed(last)]


def sample(edit: StageEdit, *, usual: bool | None = None, number: int = SAMPLE_ROWS) -> list[Stayed]:
    """A few of the rows that would be moved, from every stage in turn; with `usual` of one sort of moves."""
    parts = [part for part in edit.parts() if usual in (None, part.usual)]
    in_turn = zip_longest(*(islice(edit.chosen[part.stage], number) for part in parts))
    ids = (pk for turn in in_turn for pk in turn if pk is not None)
    return [Stayed(row, stage_of(row)) for row in rows_of(edit.model, islice(ids, number))]


def shifts(edit: StageEdit, model: type[HasStage]) -> list[Shift]:
    """What the edit did, counted by stage before and stage after."""
    pairs = edit.changes(model).order_by().values_list("from_stage", "to_stage").annotate(Count("pk"))
    order = {stage.value: at for at, stage in enumerate(model.stages)}
    ordered = sorted(pairs, key=lambda pair: (order[pair[0]], order[pair[1]]))
    return [Shift(model.stages(came), model.stages(to), number) for came, to, number in ordered]


def back_shifts(edit: StageEdit, model: type[HasStage]) -> list[Shift]:
    """What an undo would do, counted in the same way."""
    pairs = edit.last_changes(model).order_by().values_list("to_stage", "from_stage").annotate(Count("pk"))
    return [Shift(model.stages(came), model.stages(to), number) for came, to, number in sorted(pairs)]


def describe_ticks(form: forms.Form, edit: StageEdit) -> None:
    """Say at the ticks of a plan what they would do."""
    if edit.usual:
        text = _("Without the tick they stay where they are, and only the usual moves are made: %s.")
        form["allows_unusual"].help_text = text % f"{edit.usual:,}"
    along, partners = form["moves_along"], counted(Partner, edit.number_along)
    words = {"partners": partners, "stage": edit.model.stages(edit.to_stage).label}
    along.label = _("Move %(partners)s to the prospecting stage %(stage)s too") % words
    along.help_text = (
        _("The partners of contracts that become Joined and who are not Joined yet.")
        if edit.to_stage == ProspectingStage.JOINED
        else _("Only partners with no other joined contract.")
    )
    if only_with_unusual := edit.number_along - edit.number_along_usual if edit.unusual else 0:
        text = _("%s of them only if the unusual moves are made.")
        along.help_text += f" {text % f'{only_with_unusual:,}'}"


def stayed(rows: QuerySet[HasStage]) -> list[Stayed]:
    """The first of the rows that were left alone, as they are now."""
    first = rows.select_related(*rows.model.shown_with).order_by("pk")[:MAX_LISTED]
    return [Stayed(row, stage_of(row)) for row in first]


def summary(edit: StageEdit) -> str:
    """What was done, in a sentence."""
    sentences = [_back(edit) if edit.undoes_id else _moved(edit)]
    if edit.left_alone:
        sentences.append(
            ngettext(
                "%(number)s was changed meanwhile and left alone.",
                "%(number)s were changed meanwhile and left alone.",
                edit.left_alone,
            )
            % {"number": f"{edit.left_alone:,}"}
        )
    return " ".join(sentences)


def _moved(edit: StageEdit) -> str:
    numbers = {"rows": counted(edit.model, edit.changed), "stage": edit.model.stages(edit.to_stage).label}
    if not edit.changed_along:
        return _("%(rows)s moved to %(stage)s.") % numbers
    numbers["partners"] = counted(Partner, edit.changed_along)
    return _("%(rows)s moved to %(stage)s, and %(partners)s along.") % numbers


def _back(edit: StageEdit) -> str:
    numbers = {"rows": counted(edit.model, edit.changed)}
    if not edit.changed_along:
        return _("%(rows)s put back.") % numbers
    numbers["partners"] = counted(Partner, edit.changed_along)
    return _("%(rows)s and %(partners)s put back.") % numbers


def counted(model: type[HasStage], number: int) -> str:
    """1 contract, 1,652 partners."""
    name = model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural
    return f"{number:,} {name}"


def with_links(text: str, links: Iterable[tuple[str, StrOrPromise]]) -> SafeString:
    """The text with links (address, words) after it."""
    anchors = format_html_join(" · ", '<a href="{}">{}</a>', links)
    return format_html("{} {}", text, anchors) if anchors else format_html("{}", text)
