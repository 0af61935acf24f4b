"""What changed today, as the start page says it: numbers, each with a link to its rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import F
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.counts import Counts
from config.recent_work import may_see
from contracts.models import Contract, ContractStage
from partners.core.moment import Moment
from partners.core.requests import StaffRequest
from partners.imports.permissions import importable
from partners.models import Import, Partner, ProspectingStage, StageEdit
from partners.stage_edits.presenters import summary
from segments.models import Segment, SegmentDay

MAX_NAMED = 3
MAX_SEGMENTS = 5
MAX_COUNTED = 100
"""Imports and bulk edits of one day; more are a plus behind the number."""
CAME_TODAY = "within-last-1"
"""How the lists of partners and contracts call it in their filters by the last change of stage."""


@dataclass(frozen=True)
class NewsPart:
    """One of the things that a number is about, with its address, if it has one."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class News:
    """So many of something are new, and where they are."""

    number: str
    what: str
    url: str
    parts: list[NewsPart] = field(default_factory=list)


def news_of(
    site: AdminSite,
    request: StaffRequest,
    numbers: Counts | None,
    segments: Sequence[Segment],
    moment: Moment,
) -> list[News]:
    """What changed today, as far as the user may see it; four queries beside what is known already."""
    found: list[News] = []
    if numbers and may_see(site, Partner, request):
        found += _moved_partners(numbers.partners_moved)
    if numbers and may_see(site, Contract, request):
        found += _moved_contracts(numbers.contracts_moved)
    found += _imports(request, moment)
    if may_see(site, StageEdit, request):
        found += _stage_edits(moment)
    if segments:
        found += _moves(segments, moment)
    found += _segments([one for one in segments if one.changed_at >= moment.start_of(moment.today)])
    return found


def _moved_partners(moved: Mapping[str, int]) -> Iterator[News]:
    if number := sum(moved.values()):
        what = ngettext("partner changed stage", "partners changed stage", number)
        url = f"{reverse('admin:partners_partner_changelist')}?last_transition_date={CAME_TODAY}"
        address = f"{url}&prospecting_stage__exact="
        yield News(f"{number:,}", what, url, _by_stage(ProspectingStage, moved, address))


def _moved_contracts(moved: Mapping[str, int]) -> Iterator[News]:
    if number := sum(moved.values()):
        what = ngettext("contract came into its stage", "contracts came into their stage", number)
        url = f"{reverse('admin:contracts_contract_changelist')}?stage_since={CAME_TODAY}"
        yield News(f"{number:,}", what, url, _by_stage(ContractStage, moved, f"{url}&stage__exact="))


def _by_stage(stages: Any, moved: Mapping[str, int], address: str) -> list[NewsPart]:
    """How many came into which stage, the most first."""
    most = sorted((stage for stage in stages if stage in moved), key=lambda stage: -moved[stage])
    return [NewsPart(f"{moved[stage]:,} {stage.label}", f"{address}{stage}") for stage in most]


def _imports(request: StaffRequest, moment: Moment) -> Iterator[News]:
    kinds = [importer.key for importer in importable(request.user)]
    if not kinds:
        return
    today = Import.objects.applied().filter(kind__in=kinds, applied_at__gte=moment.start_of(moment.today))
    fields = ("file_name", "new", "changed", "overtaken", "applied_at")
    records = list(today.only(*fields).order_by("-applied_at", "-pk")[: MAX_COUNTED + 1])
    if records:
        what = ngettext("file was imported", "files were imported", len(records))
        parts = [NewsPart(_import_in_words(one), _page_of(one)) for one in records[:MAX_NAMED]]
        yield News(_counted(records), what, reverse("admin:partners_import_changelist"), parts)


def _import_in_words(record: Import) -> str:
    words = ngettext("%(rows)s row, %(time)s", "%(rows)s rows, %(time)s", record.done)
    time = localtime(record.applied_at).strftime("%H:%M")
    return f"{record.file_name} ({words % {'rows': f'{record.done:,}', 'time': time}})"


def _stage_edits(moment: Moment) -> Iterator[News]:
    today = StageEdit.objects.applied().filter(applied_at__gte=moment.start_of(moment.today))
    latest = today.select_related("undone_by").order_by("-applied_at", "-pk")
    edits = list(latest[: MAX_COUNTED + 1])
    if edits:
        what = ngettext("bulk edit of stages", "bulk edits of stages", len(edits))
        parts = [part for edit in edits[:MAX_NAMED] for part in _parts_of(edit)]
        yield News(_counted(edits), what, reverse("admin:partners_stageedit_changelist"), parts)


def _parts_of(edit: StageEdit) -> Iterator[NewsPart]:
    """What it did; and the way back, unless that was gone already."""
    yield NewsPart(summary(edit).removesuffix("."), _page_of(edit))
    if edit.changed and not hasattr(edit, "undone_by"):
        yield NewsPart(_("Undo"), reverse("admin:partners_stageedit_undo", args=[edit.pk]))


def _segments(saved: Sequence[Segment]) -> Iterator[News]:
    if saved:
        what = ngettext("segment was saved", "segments were saved", len(saved))
        parts = [
            NewsPart(one.name, reverse("admin:segments_segment_versions", args=[one.pk]))
            for one in saved[:MAX_NAMED]
        ]
        yield News(f"{len(saved):,}", what, reverse("admin:segments_segment_changelist"), parts)


def _moves(segments: Sequence[Segment], moment: Moment) -> Iterator[News]:
    """Those of the segments that moved most today, as far as they are tracked."""
    keys = sorted(segment.pk for segment in segments)
    days = SegmentDay.objects.filter(segment__pk__any_of=keys, day=moment.today)
    moved = days.annotate(moved=F("entered") + F("left")).filter(moved__gt=0)
    most = list(moved.select_related("segment").order_by("-moved", "segment__name_folded")[:MAX_SEGMENTS])
    if most:
        parts = [
            NewsPart(
                f"{day.segment.name} {_in_and_out(day)}",
                reverse("admin:segments_segment_changes", args=[day.segment_id]),
            )
            for day in most
        ]
        number = moved.count()
        what = ngettext("tracked segment changed", "tracked segments changed", number)
        yield News(f"{number:,}", what, reverse("admin:segments_segment_changelist"), parts)


def _in_and_out(day: SegmentDay) -> str:
    """How many entered and left, without a half that is zero."""
    halves = (("+", day.entered), ("\N{MINUS SIGN}", day.left))
    return " ".join(f"{sign}{number:,}" for sign, number in halves if number)


def _counted(rows: Sequence[Any]) -> str:
    return f"{MAX_COUNTED}+" if len(rows) > MAX_COUNTED else f"{len(rows)}"


def _page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
