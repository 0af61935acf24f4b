"""The Segments screen, and the builder behind the admin's own addresses."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import OrderBy, Q, QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from partners.core.base_admin import BaseAdmin, OfferedFiltersChangeList, name_has
from partners.core.deletion import what_holds
from partners.core.moment import Moment, moment_of
from partners.core.ordering import EmptyLast
from partners.core.requests import StaffRequest
from partners.core.row_menu import RowEntry, RowLink, row_link
from partners.core.rows import ago, initials
from partners.core.widgets import is_key
from segments import permissions
from segments.builder import views
from segments.insight.data_findings import equivalents_among
from segments.insight.health import health_of
from segments.insight.overlap import MAX_SEGMENTS, MIN_SEGMENTS
from segments.insight.sizes import by_size_now, show_sizes_now
from segments.models import Run, Segment, Tracking
from segments.references import (
    list_of_segments_naming,
    number_of_segments,
    segments_reaching,
)
from segments.screens import definition_files as file_pages
from segments.screens import exports, segment_page
from segments.screens import overlap as compare_pages
from segments.screens import partner_lists as lists
from segments.screens import versions as version_pages
from segments.screens import why as why_pages
from segments.screens.organizing import OrganizingActions
from segments.screens.segment_filters import SegmentFilterSet, favourites_of
from segments.screens.ticked_segments import TickedFilesActions
from segments.screens.tracking import as_of, changes, changes_file, held, size, switching
from segments.screens.tracking.curves import sparkline
from segments.screens.tracking.work import RunAdmin
from segments.services import count, delete_segments, store_count
from segments.tracking.standing import lately_of

STORED_COUNT = EmptyLast("partner_count")


class SegmentChangeList(OfferedFiltersChangeList):
    """Looks up how the segments of a page stand, all at once."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Segment]) -> list[Any]:
        """As Django's; by the number of partners as it is shown."""
        ordering = super().get_ordering(request, queryset)
        for one in ordering:
            if isinstance(one, OrderBy) and one.expression == STORED_COUNT:
                one.expression = by_size_now(queryset, moment_of(request))
        return ordering

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        prefetch_related_objects(self.result_list, "tags")
        show_sizes_now(self.result_list, moment_of(request))
        standing, twins = health_of(self.result_list, moment_of(request)), equivalents_among(self.result_list)
        lately = lately_of([segment.pk for segment in self.result_list], moment_of(request))
        for segment in self.result_list:
            segment.lately = lately.get(segment.pk)
            segment.standing = standing[segment.pk]
            segment.twins = twins[segment.pk]


@admin.register(Segment)
class SegmentAdmin(TickedFilesActions, OrganizingActions, BaseAdmin[Segment]):
    """Name and sentence, stored counts, owner, last change; the builder for adding and changing."""

    list_display = ("favourite", "what", "partners", "seven_days", "counted", "owner_name", "changed")
    list_display_links = None
    filterset = SegmentFilterSet
    list_select_related = ("owner",)
    list_per_page = 50
    search_fields = ("name_folded",)
    search_help_text = _("Search by name")
    ordering = ("name_folded", "pk")
    actions = (
        "compare",
        "export",
        "change_owner",
        "archive",
        "restore",
        "change_tags",
        "count_again",
        "download_definitions",
        "turn_favourite",
    )
    acts_at_once = ("archive", "restore", "count_again", "turn_favourite")
    further_actions = ("change_tags", "count_again", "download_definitions", "delete_selected")
    row_actions = ("turn_favourite",)
    pages = (
        views.new_segment,
        views.stored_segment,
        segment_page.segment_partners,
        lists.draft_partners,
        lists.entering,
        lists.leaving,
        version_pages.versions,
        version_pages.comparison,
        version_pages.restoration,
        lists.entered,
        lists.left,
        compare_pages.comparison,
        compare_pages.partners,
        compare_pages.export_part,
        why_pages.why_in_segment,
        why_pages.why_in_draft,
        why_pages.why_not,
        why_pages.near_misses,
        exports.export_segment,
        exports.export_draft,
        switching.tracking_page,
        switching.stop_tracking,
        switching.run_now,
        changes.changes,
        changes_file.export_changes,
        changes.moves_of_day,
        held.held_run,
        held.settle,
        size.size,
        as_of.partners_as_of,
        as_of.export_as_of,
        file_pages.download_definition,
        file_pages.import_definition,
    )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Only addresses that are no segment's come here."""
        raise Http404(_("There is no such segment."))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        """With how many segments name each, and whether it is a favourite of the user."""
        segments: QuerySet[Segment] = super().get_queryset(request)
        return segments.annotate(
            segments_naming=number_of_segments("named"), is_favourite=favourites_of(request.user)
        )

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Favourites first."""
        return [favourites_of(request.user).desc(), *self.ordering]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[SegmentChangeList]:
        return SegmentChangeList

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The segments and their histories: users don't know of the references deleted with them."""
        if holders := what_holds(objs, request):
            return [], {}, set(), holders
        tracking = Tracking.objects.filter(segment__pk__any_of=[one.pk for one in objs])
        tracked = set(tracking.values_list("segment", flat=True))
        with_history = _("%s, with its history of who entered and left")
        told = [str(with_history % one if one.pk in tracked else one) for one in objs]
        return told, {str(self.opts.verbose_name_plural): len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Segment) -> None:
        self.delete_queryset(request, Segment.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        delete_segments(queryset)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Segment], search_term: str
    ) -> tuple[QuerySet[Segment], bool]:
        """To pick from: without the archive, the segment being edited, and those that lead back to it."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            found = found.filter(archived_at=None)
        editing = request.GET.get("editing", "")
        if is_key(editing):
            own = {int(editing)}
            found = found.exclude(pk__in=own | segments_reaching(own))
        return found, may_repeat

    def matching(self, term: str, request: HttpRequest) -> Q:
        return name_has(term)

    def has_view_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        """Decided in permissions.py, as are the others."""
        return permissions.can_view(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return permissions.can_create(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        return permissions.can_change(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        return permissions.can_delete(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return permissions.can_view(request.user)

    @admin.display(description=format_html('<span class="visually-hidden">{}</span>', _("Favourite")))
    def favourite(self, segment: Any) -> str:
        """A star, to be turned."""
        return render_to_string("segments/star.html", {"segment": segment})

    @admin.display(description=_("Segment"), ordering="name_folded")
    def what(self, segment: Segment) -> str:
        """The name, its sentence, what needs attention, and how many segments name it."""
        context = {"segment": segment, "naming": list_of_segments_naming(segment)}
        return render_to_string("segments/what.html", context)

    @admin.display(description=_("Partners"), ordering=STORED_COUNT)
    def partners(self, segment: Any) -> str:
        """The number of now or, without columns, of the last count, as a link to those of today."""
        address = reverse("admin:segments_segment_partners", args=[segment.pk])
        count = 0 if segment.standing.broken else segment.partner_count
        number = "—" if count is None else f"{count:,}"
        return format_html('<a href="{}" class="number">{}</a>', address, number)

    @admin.display(description=_("7 days"))
    def seven_days(self, segment: Any) -> str:
        """Of a tracked segment, how many entered and left, and the curve of ninety days."""
        lately = segment.lately
        curve = lately and sparkline(lately.days, Moment.now().today)
        context = {"segment": segment, "lately": lately, "sparkline": curve}
        return render_to_string("segments/tracking/seven_days.html", context)

    @admin.display(description=_("Counted"), ordering=EmptyLast("counted_at"))
    def counted(self, segment: Segment) -> str:
        """How long ago that was; when exactly, to those who point at it."""
        return ago(segment.counted_at, timezone.now()) if segment.counted_at else str(_("not yet"))

    @admin.display(description=_("owner"), ordering=EmptyLast("owner__username"))
    def owner_name(self, segment: Segment) -> Any:
        """Who keeps it, by initials."""
        return segment.owner and initials(segment.owner.get_full_name() or segment.owner.get_username())

    @admin.display(description=_("Last change"), ordering="changed_at")
    def changed(self, segment: Segment) -> Any:
        return format_html('<span class="muted">{}</span>', date_format(localtime(segment.changed_at)))

    def row_entries(self, request: HttpRequest, row: Segment) -> Iterable[RowEntry]:
        """With its versions, and export and clone for those who may."""
        own = list(super().row_entries(request, row))
        yield own[0]
        if permissions.can_export(request.user):
            yield row_link(_("Export…"), "export", row)
        if permissions.can_create(request.user):
            yield RowLink(_("Clone"), f"{reverse('admin:segments_segment_add')}?clone={row.pk}")
        yield row_link(_("Versions"), "versions", row)
        yield own[1]
        yield from self.organizing_entries(request, row)
        yield from own[2:]

    @admin.action(description=_("Compare"), permissions=["view"])
    def compare(self, request: StaffRequest, queryset: QuerySet[Segment]) -> HttpResponse | None:
        """Two or three ticked segments side by side, in the order of the list."""
        keys = list(queryset.values_list("pk", flat=True)[: MAX_SEGMENTS + 1])
        if MIN_SEGMENTS <= len(keys) <= MAX_SEGMENTS:
            return HttpResponseRedirect(compare_pages.address(keys))
        self.message_user(request, _("Tick two or three segments to compare them."), messages.WARNING)
        return None

    @admin.action(description=_("Count the partners again"), permissions=["view"])
    def count_again(self, request: StaffRequest, queryset: QuerySet[Segment]) -> None:
        """Refresh the stored numbers of the ticked segments."""
        moment = moment_of(request)
        counts = {segment: count(segment, moment) for segment in queryset}
        for segment, number in counts.items():
            store_count(segment, number)
        many = sum(number is not None for number in counts.values())
        text = ngettext("Counted the partners of %s segment.", "Counted the partners of %s segments.", many)
        self.message_user(request, text % many, messages.SUCCESS)
        if slow := [segment.name for segment, number in counts.items() if number is None]:
            message = _("Counting took too long: %s.") % ", ".join(slow)
            self.message_user(request, message, messages.WARNING)


admin.site.register(Run, RunAdmin)
