"""Definitions as files in the admin: one is downloaded, another is read and looked over in the builder."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.core.limits import limits
from partners.core.moment import Moment, moment_of
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.exports.services import file_name
from segments import drafts
from segments import transfer as files
from segments.archives import is_archive, save_archive
from segments.errors import DefinitionError, DefinitionFileError
from segments.models import Segment
from segments.permissions import can_create, can_export, can_track


class UploadForm(forms.Form):
    """A file with a definition, or a ZIP file with several."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".json,.zip,application/json,application/zip"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty."),
        },
    )

    def __init__(self, *args: Any, moment: Moment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.moment = moment

    def clean_file(self) -> files.SegmentFile | UploadedFile[Any]:
        """What the file says; all that is wrong with it, if it can't be read. A ZIP file as it is."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if is_archive(file):
            return file
        try:
            return files.read(file.read(limits().segment_file_max_bytes + 1), self.moment)
        except DefinitionFileError as error:
            raise ValidationError(list(error.reasons)) from None


@staff_page("<int:pk>/definition/", name="segments_segment_definition", permission=can_export)
def download_definition(request: StaffRequest, pk: int) -> HttpResponse:
    """The definition of a saved segment as a file."""
    segment = get_object_or_404(Segment, pk=pk)
    try:
        text = files.written(segment, moment_of(request))
    except DefinitionError as error:
        messages.error(request, _("There is no definition to download: %s") % error)
        return HttpResponseRedirect(reverse("admin:segments_segment_partners", args=[pk]))
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, file_name(segment.name, "json"))  # noqa: FBT003 - Django's argument
    return response


@staff_page("import/", name="segments_segment_import", permission=can_create)
def import_definition(request: StaffRequest) -> HttpResponse:
    """Read a file, and lead to the builder: it shows what the file means, and saves it if told to.

    What is in a ZIP file is saved at once.
    """
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*posted, moment=moment_of(request))
    if form.is_valid():
        read = form.cleaned_data["file"]
        try:
            return (_look_over if isinstance(read, files.SegmentFile) else _save_all)(request, read)
        except (ValidationError, DefinitionFileError) as error:
            reasons = error.reasons if isinstance(error, DefinitionFileError) else error.messages
            form.add_error("file", list(reasons))
    context = {
        **admin.site.each_context(request),
        "opts": Segment._meta,
        "title": _("Import definition"),
        "form": form,
    }
    return render(request, "segments/import_definition.html", context)


def _save_all(request: StaffRequest, file: UploadedFile[Any]) -> HttpResponse:
    done = save_archive(file, user=request.user, moment=moment_of(request))
    if done.saved:
        number, names = len(done.saved), _quoted(one.name for one in done.saved)
        text = ngettext("%s segment saved:", "%s segments saved:", number) % f"{number:,}"
        messages.success(request, f"{text} {names}.")
    if done.here:
        messages.info(request, _("Here already, and the same: %s.") % _quoted(done.here))
    for note in done.notes:
        messages.warning(request, note)
    return HttpResponseRedirect(reverse("admin:segments_segment_changelist"))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _look_over(request: StaffRequest, read: files.SegmentFile) -> HttpResponse:
    if not can_track(request.user):
        read = files.without_tracking(read)
    definition, along = files.save_along(read, user=request.user, moment=moment_of(request))
    draft = drafts.Draft(
        read.name,
        definition.to_json(),
        segment=None,
        revision=None,
        tags=read.tags,
        tracked=read.tracked or "",
    )
    key = drafts.keep(request.session, drafts.new_key(), draft)
    messages.info(request, _("Read from the file; it is not saved yet. Look it over, then press Save."))
    if read.tags:
        messages.info(request, _("Saving tags it too: %s.") % ", ".join(read.tags))
    if read.tracked:
        messages.info(request, _("Saving switches tracking on: %s.") % read.tracked.label.lower())
    if along:
        names = _quoted(segment.name for segment in along)
        messages.success(
            request,
            _("Saved already, since it names them: %s. They stay, even if you don't save this one.") % names,
        )
    for note in read.notes:
        messages.warning(request, note)
    return HttpResponseRedirect(f"{reverse('admin:segments_segment_add')}?draft={key}")
