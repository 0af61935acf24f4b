"""What the builder answers: the page, or the part of it that htmx asked for."""

from dataclasses import replace
from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _

from partners.core.moment import Moment, moment_of
from partners.core.replica import write_by_the_way
from partners.core.requests import StaffRequest
from partners.core.time_limit import SupersededError
from segments import permissions
from segments.builder.evaluation import AFTER_A_PREVIEW, Ask, Asker, Evaluation, asked_by_page
from segments.builder.page import BuilderPage
from segments.builder.presenters import draw
from segments.builder.starters import STARTERS
from segments.builder.state import number_in
from segments.extensions import where_used_if_at_all
from segments.insight.health import Health, health_of
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.models import Segment
from segments.nesting import trouble
from segments.query.members import columns_are_on, evaluator
from segments.services import store_count

ROWS_PART = "builder-rows"
PREVIEW_PART = "builder-preview"
SENSE_PART = "builder-sense"
FUNNEL_PART = "builder-funnel"
AFTERWARDS_PART = "builder-afterwards"
WHY_PART = "builder-why"
NEAR_PART = "builder-near"
CHOICES_PART = "builder-choices"
STARTERS_PART = "builder-starters"
PARTS = {
    ROWS_PART: ("rows_and_preview", {Ask.PREVIEW}),
    PREVIEW_PART: ("preview", {Ask.PREVIEW}),
    # Asked for once the preview has been drawn, so that they never hold the number up: both at once where
    # columns answer in milliseconds, and each by itself where the second may take SQL seconds.
    AFTERWARDS_PART: ("afterwards", {*AFTER_A_PREVIEW}),
    SENSE_PART: ("sense", {Ask.FINDINGS, Ask.CHANGE}),
    FUNNEL_PART: ("funnel", {Ask.FUNNEL}),
    # What a person asks for.
    WHY_PART: ("why", {Ask.WHY}),
    NEAR_PART: ("near_misses", {Ask.NEAR_MISSES}),
    STARTERS_PART: ("starters", {Ask.STARTERS}),
    # JSON for the list that is open; nothing is drawn of it.
    CHOICES_PART: ("", {Ask.CHOICES}),
}
"""By the id of the element that htmx fills: its template, and what is asked for it."""


def respond(request: StaffRequest, page: BuilderPage) -> HttpResponse:
    """The page, or the part that htmx asked for; nothing (204) where the page has asked anew meanwhile."""
    page = with_named_segments_checked(page, asked_at(request))
    part = request.htmx.target or ""
    template, asked = PARTS.get(part, ("page", asked_by_page(request.POST)))
    with_rows = Ask.PREVIEW in asked
    if with_rows and part != PREVIEW_PART:
        page = _with_what_stands(page, asked_at(request))
    kept = part in (ROWS_PART, PREVIEW_PART) and _keeps_what_is_shown(request, page)
    try:
        found = asker(request, page).evaluate(frozenset() if kept else frozenset(asked))
    except SupersededError:
        return HttpResponse(status=204)
    if found.superseded and part == PREVIEW_PART:
        return HttpResponse(status=204)
    if part == CHOICES_PART:
        return _numbers_as_json(found)
    if page.segment and page.means_the_same and found.preview and found.preview.count is not None:
        write_by_the_way(partial(store_count, page.segment, found.preview.count))
    context = _context(page, found, asked_at(request), of_all=_of_all(request, found)) | {"kept": kept}
    if template == "page":
        context |= _context_of_page(request, page)
    response = render(request, f"segments/builder/{template}.html", context)
    if kept and part == PREVIEW_PART:
        response["HX-Reswap"] = "none"
    return response


def _keeps_what_is_shown(request: StaffRequest, page: BuilderPage) -> bool:
    """Whether the page goes on showing the number of the last complete rows.

    A new row in which nothing is chosen is left out of the count. A row that is half changed is not: without
    it, the number would jump.
    """
    return "as_of" in request.POST and any(row.is_chosen for row in page.builder.open_rows)


def with_named_segments_checked(page: BuilderPage, moment: Moment) -> BuilderPage:
    """The page, on which nothing is counted where the segments that it names can't be put in their places."""
    definition, segment = page.builder.so_far, page.segment
    if definition is None:
        return page
    own, name = (segment.pk, segment.name) if segment else (None, "")
    problem = trouble(definition, moment, own=own, name=name)
    return replace(page, builder=replace(page.builder, refusal=problem)) if problem else page


def _numbers_as_json(found: Evaluation) -> HttpResponse:
    """Sizes by choice, and the one of all other choices; nothing (204) where none can be told."""
    for numbers in found.choices.values():
        return JsonResponse({"sizes": numbers.sizes, "rest": numbers.rest})
    return HttpResponse(status=204)


def asker(request: StaffRequest, page: BuilderPage) -> Asker:
    """Puts the questions of this request."""
    session = str(request.session.session_key)
    picker = request.POST.get("picker", "")
    return Asker(page, asked_at(request), session=session, is_part=_goes_on(request), picker=picker)


def asked_at(request: StaffRequest) -> Moment:
    """Now; where a part goes on with the preview that the page shows, when that was asked."""
    return moment_of(request, request.POST if _goes_on(request) else {})


def _goes_on(request: StaffRequest) -> bool:
    part = request.htmx.target or ""
    return part in PARTS and Ask.PREVIEW not in PARTS[part][1]


def _with_what_stands(page: BuilderPage, moment: Moment) -> BuilderPage:
    """With notices of what is stored: that it needs attention, is archived, or was saved by somebody else."""
    if page.segment is None:
        return page
    health = health_of([page.segment], moment)[page.segment.pk]
    notices = [_("Needs attention: %s") % message for message in health.attention]
    if page.segment.archived_at:
        notices.append(_("This segment is archived: the list and choices leave it out until it is restored."))
    if page.refused or page.builder.state.revision not in (None, page.segment.revision):
        both = _both_versions(page, page.segment, health)
        state = replace(page.builder.state, seen=page.segment.revision)
        page = replace(page, builder=page.builder.with_state(state))
        if page.refused:
            page = page.refusing(format_html("{} {}", _("Not saved yet."), both))
        else:
            notices.insert(0, both)
    return replace(page, notices=(*page.notices, *notices))


def _both_versions(page: BuilderPage, current: Segment, health: Health) -> str:
    definition = page.builder.definition
    mine = sentence(definition, Labels.of(definition)) if definition else _("(not complete)")
    return format_html(
        _(
            "{} saved this segment while you were editing it. Theirs, “{}”: {} Yours, “{}”: {} "
            "Nothing of yours is lost; saving now replaces theirs."
        ),
        current.changed_by or _("Somebody"),
        current.name,
        health.sentence or _("(needs attention)"),
        page.builder.state.name.strip(),
        mine,
    )


def _of_all(request: StaffRequest, found: Evaluation) -> int | None:
    """How many partners there are, as the preview has it that the page shows."""
    return found.preview.total if found.preview else number_in(request.POST.get("of_all", ""), digits=9)


def _context(page: BuilderPage, found: Evaluation, moment: Moment, *, of_all: int | None) -> dict[str, Any]:
    groups = draw(page.builder, moment, found, of_all=of_all)
    doubts = [*page.builder.findings, *(found.of_today or [])]
    return {
        "builder": page.builder,
        "groups": groups,
        "included": [group for group in groups if not group.excepted],
        "excepted": [group for group in groups if group.excepted],
        "open_rows": [row for group in groups for row in group.rows if row.form.trouble],
        "refusal": page.refusal,
        "look_up": page.builder.state.look_up,
        "notices": page.notices,
        "segment": page.segment,
        "preview": found.preview,
        "as_of": moment.today.isoformat(),
        "overtaken": found.superseded,
        "answers_at_once": evaluator(moment) is not None,
        "looked": found.asked.issuperset(AFTER_A_PREVIEW[:2]),
        "of_the_whole": [finding for finding in doubts if finding.place is None],
        "change": found.change,
        "outer": found.outer,
        "funnel": found.funnel,
        "why": found.why,
        "starts_anew": page.segment is None and page.builder.is_blank,
        # Where there are no partners yet, each would say that it has none.
        "starters": [
            (starter, found.starters.get(starter.key) if any(found.starters.values()) else None)
            for starter in STARTERS
        ],
        "counted_starters": Ask.STARTERS in found.asked,
        "tab": page.builder.state.tab,
        "looked_near": Ask.NEAR_MISSES in found.asked,
        "near": found.near_misses,
    }


def _context_of_page(request: StaffRequest, page: BuilderPage) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "opts": Segment._meta,
        "title": page.segment.name if page.segment else _("Create Segment"),
        "counts_choices": columns_are_on(),
        "unsaved": request.method == "POST" or "draft" in request.GET,
        "may_save": page.may_save(request.user),
        "may_create": permissions.can_create(request.user),
        "where_used": where_used_if_at_all(request, page.segment) if page.segment else "",
        "may_delete": page.segment and permissions.can_delete(request.user),
    }
