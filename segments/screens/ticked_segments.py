"""Files of ticked segments: of the partners of any of them, and of their definitions."""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from tempfile import TemporaryFile
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.core.moment import Moment, moment_of
from partners.core.names import MAX_NAME_LENGTH
from partners.core.requests import StaffRequest
from partners.exports.services import file_name
from segments import drafts, permissions
from segments import transfer as files
from segments.definition import Condition, Definition, Group
from segments.errors import DefinitionError
from segments.models import Segment
from segments.nesting import trouble
from segments.operators import ANY_OF
from segments.organizing import note_use
from segments.screens.definition_files import download_definition

MAX_NAMES = 3
"""So many segments are named by what is made of them."""


class TickedFilesActions(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's takes none at run time
    """The two actions of the list."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Asked by Django before it offers these actions."""
        return permissions.can_export(request.user)

    @admin.action(description=gettext_lazy("Export…"), permissions=["export"])
    def export(self, request: StaffRequest, queryset: QuerySet[Segment]) -> HttpResponseBase | None:
        """To the page that exports: of one segment its own, of several that of a draft that asks for any."""
        segments = list(queryset)
        if len(segments) == 1:
            return HttpResponseRedirect(reverse("admin:segments_segment_export", args=[segments[0].pk]))
        try:
            definition = _any_of(segments, moment_of(request))
        except DefinitionError as error:
            self.message_user(request, _("These can't be exported together: %s") % error, messages.ERROR)
            return None
        for segment in segments:
            note_use(segment)
        draft = drafts.Draft(_named(segments), definition.to_json(), segment=None, revision=None)
        key = drafts.keep(request.session, drafts.new_key(), draft)
        return HttpResponseRedirect(reverse("admin:segments_draft_export", args=[key]))

    @admin.action(description=gettext_lazy("Download definitions"), permissions=["export"])
    def download_definitions(
        self, request: StaffRequest, queryset: QuerySet[Segment]
    ) -> HttpResponseBase | None:
        """A file for each segment, in a ZIP file; of one segment its file."""
        segments = list(queryset)
        if len(segments) == 1:
            return HttpResponseRedirect(reverse(f"admin:{download_definition.name}", args=[segments[0].pk]))
        try:
            return _zipped(segments, moment_of(request))
        except DefinitionError as error:
            text = _("There is no definition to download: %s") % error
            self.message_user(request, text, messages.ERROR)
            return None


def _any_of(segments: Sequence[Segment], moment: Moment) -> Definition:
    """What asks for the partners of any of them; DefinitionError if one of them can't be asked."""
    asked = Condition("segment", ANY_OF.key, tuple(segment.pk for segment in segments))
    definition = Definition((Group((asked,)),))
    if problem := trouble(definition, moment):
        raise DefinitionError(problem)
    return definition


def _named(segments: Sequence[Segment]) -> str:
    names = ", ".join(segment.name for segment in segments[:MAX_NAMES])
    more = len(segments) - MAX_NAMES
    rest = f" {ngettext('and %s more', 'and %s more', more) % more}" if more > 0 else ""
    return names[: MAX_NAME_LENGTH - len(rest)] + rest


def _zipped(segments: Sequence[Segment], moment: Moment) -> FileResponse:
    """DefinitionError, with the name, if one of the definitions is broken."""
    with ExitStack() as on_error:
        file = on_error.enter_context(TemporaryFile())
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for name, segment in zip(_file_names(segments), segments, strict=True):
                try:
                    archive.writestr(name, files.written(segment, moment))
                except DefinitionError as error:
                    raise DefinitionError(f"“{segment.name}”: {error}") from None
        file.seek(0)
        on_error.pop_all()
    return FileResponse(file, as_attachment=True, filename=file_name(_("Definitions"), "zip"))


def _file_names(segments: Sequence[Segment]) -> list[str]:
    """A name for each; with the primary key where several would be called the same."""
    names = [file_name(segment.name, "json") for segment in segments]
    times = Counter(name.casefold() for name in names)
    return [
        name if times[name.casefold()] == 1 else file_name(f"{segment.pk} {segment.name}", "json")
        for name, segment in zip(names, segments, strict=True)
    ]
