"""What segments add to other screens: filters, the segments of a partner, where a row is named, sizes."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from contracts.models import Contract, TemplateTerm
from partners.core.bulk_changes import after_bulk_changes
from partners.core.deletion import list_holders
from partners.core.extensions import extend
from partners.core.filtersets import KeyFilter
from partners.core.limits import limits
from partners.core.moment import Moment, moment_of
from partners.core.requests import Person
from partners.core.rows import number_of
from partners.core.snapshot import snapshot
from partners.core.time_limit import TooSlowError, time_limit
from partners.core.widgets import is_key
from partners.models import Partner, PartnerGroup, StageEdit
from partners.profile.timeline import TimelineEvent, TimelineSource, event_at
from segments.compiler import compile_definition
from segments.conditions import ATTRIBUTES
from segments.insight.explanation import groups_met
from segments.insight.stage_effects import sizes_after
from segments.models import REFERENCED, Segment, SegmentReference
from segments.operators import ValueType
from segments.permissions import can_create, can_view
from segments.query.members import evaluator
from segments.query.sql import SqlQuery
from segments.references import list_of_segments_naming, number_of_segments, segments_naming
from segments.screens.list_filters import OF_CONTRACTS, OF_PARTNERS
from segments.screens.list_filters import declare as say_filters
from segments.screens.saved_filters import save_button
from segments.tracking.feed import moves_of_partner
from segments.tracking.queue import ask_for_all_runs

CORRELATED_FROM = 100_000
"""A segment that had so many partners is asked partner by partner: lists stop counting soon, and show few."""
MAX_SHOWN = 20
"""Of the segments that name a row."""


def segment_with(key: str) -> Segment | None:
    """The segment of this primary key, if there is one."""
    return Segment.objects.filter(pk=int(key)).first() if is_key(key) else None


def partners_in(partners: QuerySet[Partner], key: str, moment: Moment) -> QuerySet[Partner]:
    """Those of a segment at a moment; nobody if it is broken or gone."""
    segment = segment_with(key)
    if segment is None:
        return partners.none()
    ids = _ids_by_columns(segment, moment)
    broad = (segment.partner_count or 0 if ids is None else len(ids)) >= CORRELATED_FROM
    if ids is not None and not broad:
        return partners.filter(pk__any_of=ids)
    return partners.filter(compile_definition(segment.read_or_nobody(), moment, correlated=broad))


def contracts_of_partners_in(contracts: QuerySet[Contract], key: str, moment: Moment) -> QuerySet[Contract]:
    """The contracts of a segment's partners at a moment; none if it is broken or gone."""
    segment = segment_with(key)
    if segment is None:
        return contracts.none()
    if (ids := _ids_by_columns(segment, moment)) is not None:
        return contracts.filter(partner__any_of=ids)
    return contracts.filter(partner__in=SqlQuery(segment.read_or_nobody(), moment).ids())


def _ids_by_columns(segment: Segment, moment: Moment) -> list[int] | None:
    """The ids of the segment's partners; None where columns in memory don't know them."""
    with snapshot():
        masks = evaluator(moment)
        if masks is None:
            return None
        found: list[int] = masks.state.ids(masks.of_definition(segment.read_or_nobody())).tolist()
        return found


class SegmentFilter(KeyFilter):
    """The rows that a function finds for a segment, at the moment of the request."""

    def __init__(self, find: Callable[[Any, str, Moment], QuerySet[Any]], label: StrOrPromise) -> None:
        super().__init__(label=label)
        self.find = find

    @property
    def field(self) -> Any:
        """With the segments in use, and the one that is asked for."""
        asked = [key for name, key in self.parent.data.items() if self.parent.filters.get(name) is self]
        chosen = [int(key) for key in asked if is_key(key)]
        offered = Segment.objects.filter(Q(archived_at=None) | Q(pk__in=chosen))
        self.extra["choices"] = list(offered.values_list("pk", "name"))
        return super().field

    def filter(self, rows: QuerySet[Any], key: str) -> QuerySet[Any]:
        """All rows where no segment is chosen."""
        return self.find(rows, key, self.parent.moment) if key else rows


IN_SEGMENT = SegmentFilter(partners_in, label=_("Segment"))
PARTNER_IN_SEGMENT = SegmentFilter(contracts_of_partners_in, label=_("Segment of the partner"))


def segments_of(request: HttpRequest, partner: Partner) -> str:
    """The segments that the partner is in, and through which groups."""
    most = limits().partner_page_max_segments
    segments = list(Segment.objects.in_use()[: most + 1])
    asked = segments[:most]
    try:
        with time_limit(seconds=limits().partner_segments_timeout_s):
            met, too_slow = (
                groups_met(
                    partner, [segment.understood_or_nobody() for segment in asked], moment_of(request)
                ),
                False,
            )
    except TooSlowError:
        met, too_slow = [[] for _segment in asked], True
    pairs = list(zip(asked, met, strict=True))
    return render_to_string(
        "segments/of_partner.html",
        {
            "partner": partner,
            "segments": [(segment, groups) for segment, groups in pairs if groups],
            "others": [] if too_slow else [segment for segment, groups in pairs if not groups],
            "number": len(asked),
            "too_slow": too_slow,
            "shortened": most if len(segments) > most else 0,
        },
    )


def sizes_of_segments(request: HttpRequest, edit: StageEdit) -> str:
    """The segments that would have another size after the edit, and those that were not counted in time."""
    seconds = limits().stage_effects_timeout_s
    sizes = sizes_after(edit, Segment.objects.in_use(), moment_of(request), seconds=seconds)
    return render_to_string("segments/sizes_after.html", {"sizes": sizes, "seconds": round(seconds)})


def where_used(_request: HttpRequest, row: Model) -> str:
    """The segments that name the row."""
    naming = segments_naming(row)
    first = list(naming[: MAX_SHOWN + 1])
    context = {
        "row": row,
        "segments": first[:MAX_SHOWN],
        "number": naming.count() if len(first) > MAX_SHOWN else len(first),
        "all": list_of_segments_naming(row),
        "by_text": any(
            attribute.picks_from is type(row)
            and any(one.value_type is ValueType.TEXT for one in attribute.operators)
            for attribute in ATTRIBUTES
        ),
    }
    return render_to_string("segments/where_used.html", context)


def where_used_if_at_all(request: HttpRequest, row: Model) -> str:
    """The same of a partner or a segment; few are named, so nothing where none is."""
    return where_used(request, row) if segments_naming(row).exists() else ""


@admin.display(description=_("Segments"), ordering="segments_naming")
def naming_segments(row: Any) -> str:
    """How many segments name the row, as a link to them."""
    return number_of(row.segments_naming, list_of_segments_naming(row))


def run_tracked_segments(what: str) -> None:
    """Have tracked segments run soon: what was changed is their reason."""
    ask_for_all_runs(reason=what, now=timezone.now())


def moves_between_segments(partner: Partner, _user: Person, number: int) -> Iterator[TimelineEvent]:
    """Tracked segments that the partner entered and left."""
    for move, segment in moves_of_partner(partner.pk, number):
        what = {"move": move, "segment": segment}
        yield event_at(move.at, "segments/tracking/event.html", what)


def declare() -> None:
    """Declare all of it; called by `SegmentsConfig.ready()`."""
    after_bulk_changes(run_tracked_segments)
    say_filters()
    extend(Partner, filters=OF_PARTNERS)
    extend(Contract, filters=OF_CONTRACTS)
    extend(Partner, list_tools=[save_button], allowed=can_create)
    extend(Contract, list_tools=[save_button], allowed=can_create)
    extend(
        Partner, filters={"segment": IN_SEGMENT}, asides=[segments_of, where_used_if_at_all], allowed=can_view
    )
    extend(
        Partner,
        timeline=[TimelineSource("segments", _("Segments"), moves_between_segments)],
        allowed=can_view,
    )
    extend(Contract, filters={"segment": PARTNER_IN_SEGMENT}, allowed=can_view)
    for field in REFERENCED.values():
        list_holders(SegmentReference, field, list_of_segments_naming, screen=Segment)
    extend(StageEdit, panels=[sizes_of_segments], allowed=can_view)
    for model in (PartnerGroup, TemplateTerm):
        extend(
            model,
            columns=[naming_segments],
            panels=[where_used],
            annotations={"segments_naming": number_of_segments(REFERENCED[model])},
            allowed=can_view,
        )
