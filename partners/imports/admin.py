"""The Imports screen, and the pages on which a file is sent, matched, checked and confirmed."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.core.base_admin import RecordAdmin
from partners.core.filtersets import ListFilterSet, MenuFilter
from partners.core.limits import limits
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.rows import below
from partners.core.widgets import is_key
from partners.imports.errors import Conflict, ImportFileError
from partners.imports.forms import FileForm, MatchForm, ReadingForm
from partners.imports.importers.base import Importer
from partners.imports.importers.registry import importer_of, importers, looks_like_another
from partners.imports.importers.stage_words import remember
from partners.imports.originals import can_be_read_again, keep_original, read_again
from partners.imports.permissions import can_import, can_import_kind, can_make, importable
from partners.imports.presenters import (
    LEFT_OUT,
    RowsOfOutcome,
    left_out_by_column,
    notes_of,
    number_of,
    reasons_by_column,
    rows_file,
    samples,
    shown_rows,
    spoilt_texts,
)
from partners.imports.reading.table import browser_limits, too_large
from partners.imports.services import check_some, confirm, receive, start_check, write
from partners.imports.upload_handler import is_too_large
from partners.models.imports import Import, ImportQuerySet, ImportStatus, RowOutcome

STEPS: dict[str, Any] = {
    ImportStatus.CHECKING: gettext_lazy("Nothing is changed yet."),
    ImportStatus.WRITING: gettext_lazy("All rows are written at once, or none."),
}
"""What goes on while its page is open."""
NUMBERS = ("rows_new", "rows_changed", "rows_refused")
SHOWN_OUTCOMES = (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.REFUSED, RowOutcome.OVERTAKEN)


class ImportFilterSet(ListFilterSet):
    """Imports of one kind of file."""

    kind__exact = MenuFilter(
        "kind",
        label=gettext_lazy("What"),
        choices=lambda: [(importer.key, importer.label) for importer in importers()],
    )

    class Meta:
        model = Import
        fields: list[str] = []


class ImportAdmin(RecordAdmin[Import]):
    """The record of imports, and the way to the next one."""

    list_display = [
        "what",
        "kind_of_file",
        "rows_new",
        "rows_changed",
        "rows_refused",
        "user_name",
        "received",
        "state",
    ]
    filterset = ImportFilterSet
    search_fields = ["file_name", "user_name"]
    search_help_text = gettext_lazy("Search file or user")
    pages = ["upload_view", "record_view", "step_view", "refused_view", "left_out_view"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        """Those of the kinds that this person may import."""
        imports = cast("ImportQuerySet", super().get_queryset(request))
        return imports.whole().filter(kind__in=[importer.key for importer in importable(request.user)])

    def matching(self, term: str, request: HttpRequest) -> Q:
        return Q(file_name__icontains=term) | Q(user_name__icontains=term)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_import(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Import | None = None) -> bool:
        """For those who may import such a file, or anything."""
        if obj is not None:
            return can_import_kind(request.user, importer_of(obj.kind))
        return can_import(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can_import(request.user)

    @staff_page("add/", name="partners_import_add", permission=can_import)
    def upload_view(self, request: StaffRequest) -> HttpResponse:
        """Send a file."""
        kinds_of_files = importable(request.user)
        refused = request.method == "POST" and is_too_large(int(request.headers.get("content-length") or 0))
        form = FileForm(
            request.POST if request.method == "POST" else None,
            request.FILES if request.method == "POST" else None,
            importers=kinds_of_files,
            initial={"kind": request.GET.get("kind", "")},
        )
        if refused:
            form.errors["file"] = form.error_class([too_large(browser_limits())])
        elif form.is_valid():
            file = form.cleaned_data["file"]
            try:
                record = receive(
                    file=file.file,
                    name=file.name,
                    importer=form.cleaned_data["kind"],
                    user=request.user,
                    file_limits=browser_limits(),
                )
                keep_original(record, file.file)
            except ImportFileError as error:
                form.add_error("file", str(error))
            else:
                return HttpResponseRedirect(self._address(record))
        context = {
            "form": form,
            "kinds": kinds_of_files,
            "lead": _("Nothing is changed before you have seen what would happen."),
        }
        return self._page(request, "upload", None, context)

    @staff_page("<path:object_id>/change/", name="partners_import_change", permission=can_import)
    def record_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """See how far an import has come, and go on."""
        record = self._record(request, int(object_id) if is_key(object_id) else 0)
        if record.status in STEPS:
            return self._page(request, "step", record, {"lead": STEPS[record.status]})
        if record.status == ImportStatus.APPLIED:
            return self._result(request, record)
        if record.status == ImportStatus.RECEIVED or "match" in request.GET:
            return self._match(request, record)
        if "confirm" in request.POST:
            return self._confirm(request, record)
        return self._result(request, record)

    def _match(self, request: StaffRequest, record: Import) -> HttpResponse:
        reading = self._reading(request, record)
        if isinstance(reading, HttpResponse):
            return reading
        importer = importer_of(record.kind)
        making = can_make(request.user, importer)
        data = request.POST if "read" not in request.POST and not record.asks_for_encoding else None
        form = MatchForm(data or None, record=record, importer=importer, may_make=making)
        if form.is_valid():
            start_check(
                record=record,
                columns=form.columns,
                creates=form.cleaned_data.get("creates", False),
                overwrites=form.cleaned_data.get("overwrites", False),
                order=form.cleaned_data["order"],
                words=form.said,
            )
            remember(importer, form.said, form.words, request.user)
            check_some(record=record, seconds=limits().import_step_s)
            return HttpResponseRedirect(self._address(record))
        context = {
            "form": form,
            "reading": reading,
            "matches": [(form[f"column-{place}"], values) for place, values in enumerate(samples(record))],
            "words": [form[f"word-{word}"] for word in form.words],
            "sent_before": self._sent_before(record),
            "looks_like": looks_like_another(record.headings, importer),
            "lead": _how_it_was_read(record),
            "notes": notes_of(record, importer),
        }
        return self._page(request, "match", record, context)

    def _reading(self, request: StaffRequest, record: Import) -> ReadingForm | HttpResponse | None:
        """Read the file as was chosen; else the form to choose by, if there is anything to choose."""
        if not can_be_read_again(record):
            return None
        data = request.POST if "read" in request.POST else None
        form = ReadingForm(data, record=record)
        if form.is_valid():
            try:
                read_again(record=record, wanted=form.wanted)
            except ImportFileError as error:
                form.add_error(None, str(error))
            else:
                return HttpResponseRedirect(f"{self._address(record)}?match=1")
        return form

    def _sent_before(self, record: Import) -> Import | None:
        same = Import.objects.applied().filter(digest=record.digest, kind=record.kind)
        return same.exclude(pk=record.pk).first()

    def _confirm(self, request: StaffRequest, record: Import) -> HttpResponse:
        if record.created_names and not can_make(request.user, importer_of(record.kind)):
            text = _("You may not make what this file would make: %s.") % ", ".join(record.created_names[:10])
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(self._address(record))
        confirm(record=record, user=request.user)
        if record.to_do <= limits().import_inline_max_rows:
            self._write(request, record)
        return HttpResponseRedirect(self._address(record))

    def _write(self, request: StaffRequest, record: Import) -> None:
        """Write what was confirmed, with a message. A second request waits, and shows the same."""
        try:
            done = write(record=record)
        except Conflict as conflict:
            text = _("%s Nothing was imported. Check the file again, and confirm then.") % conflict
            self.message_user(request, text, messages.ERROR)
        else:
            text = ngettext(
                "Imported %(file)s: %(rows)s row written.",
                "Imported %(file)s: %(rows)s rows written.",
                done.done,
            )
            level = messages.WARNING if done.overtaken else messages.SUCCESS
            self.message_user(request, text % {"file": done.file_name, "rows": f"{done.done:,}"}, level)

    def _result(self, request: StaffRequest, record: Import) -> HttpResponse:
        """What would happen, or has; a page of the rows with one outcome."""
        importer = importer_of(record.kind)
        outcomes = [(outcome, number_of(record, outcome)) for outcome in SHOWN_OUTCOMES]
        there: list[str] = [outcome for outcome, number in outcomes if number]
        if record.left_out:
            there.append(LEFT_OUT)
        outcome = request.GET.get("show") if request.GET.get("show") in there else next(iter(there), "")
        context: dict[str, Any] = {
            "outcomes": [(one, number) for one, number in outcomes if number or one != RowOutcome.OVERTAKEN],
            "outcome": outcome,
            "importer": importer,
            "not_used": [
                heading
                for heading, key in zip(record.headings, record.columns, strict=True)
                if heading and not key
            ],
            "list_address": _list_of(importer),
            "spoilt": spoilt_texts(record),
            "notes": notes_of(record, importer),
            "sent_before": self._sent_before(record) if record.status == ImportStatus.CHECKED else None,
        }
        if outcome:
            rows = RowsOfOutcome(record, outcome)
            page = rows.page(rows.validate_number(request.GET.get("page", 1)))
            context |= {"page": page, "rows": shown_rows(list(page.object_list), importer)}
            context |= {
                step: f"?{urlencode({'show': outcome, 'page': number})}"
                for step, number, possible in (
                    ("previous", page.number - 1, page.has_previous()),
                    ("next", page.number + 1, page.has_next()),
                )
                if possible
            }
        if outcome == RowOutcome.REFUSED:
            context["reasons"] = reasons_by_column(record, importer)
        if outcome == LEFT_OUT:
            context["reasons"] = left_out_by_column(record, importer)
        return self._page(request, "result", record, context)

    @staff_page("<int:pk>/step/", name="partners_import_step", permission=can_import)
    def step_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Check the next rows, or write what was confirmed."""
        record = self._record(request, pk)
        if request.method != "POST":
            return HttpResponseRedirect(self._address(record))
        by_script = request.headers.get("HX-Request") == "true"
        if record.status == ImportStatus.WRITING:
            self._write(request, record)
        else:
            step_s = limits().import_step_s if by_script else limits().import_step_without_script_s
            record = check_some(record=record, seconds=step_s)
        if not by_script:
            return HttpResponseRedirect(self._address(record))
        if record.status == ImportStatus.CHECKING:
            return TemplateResponse(request, "partners/imports/progress.html", {"record": record})
        return HttpResponse(headers={"HX-Redirect": self._address(record)})

    @staff_page("<int:pk>/refused/", name="partners_import_refused", permission=can_import)
    def refused_view(self, request: StaffRequest, pk: int) -> HttpResponseBase:
        """The refused rows as a file to mend and send again."""
        return self._download(request, pk, RowOutcome.REFUSED)

    @staff_page("<int:pk>/left-out/", name="partners_import_left_out", permission=can_import)
    def left_out_view(self, request: StaffRequest, pk: int) -> HttpResponseBase:
        """The rows with cells left out, as a file to mend and send again."""
        return self._download(request, pk, LEFT_OUT)

    def _download(self, request: StaffRequest, pk: int, outcome: str) -> HttpResponseBase:
        record = self._record(request, pk)
        if not number_of(record, outcome) or not record.parts.exists():
            raise Http404(_("There are no such rows, or they have been deleted after a month."))
        lines = rows_file(record, outcome, importer_of(record.kind))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = slugify(record.file_name.rpartition(".")[0]) or str(record.pk)
        response["Content-Disposition"] = f'attachment; filename="{name}-{outcome.replace("_", "-")}.csv"'
        return response

    def _record(self, request: StaffRequest, pk: int) -> Import:
        record = Import.objects.whole().filter(pk=pk).first()
        if record is None:
            raise Http404(_("There is no such import: a file that was not imported is kept for a week."))
        if not can_import_kind(request.user, importer_of(record.kind)):
            raise PermissionDenied
        return record

    def _address(self, record: Import) -> str:
        return reverse("admin:partners_import_change", args=[record.pk])

    def _page(
        self, request: StaffRequest, name: str, record: Import | None, context: dict[str, Any]
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        title = record.file_name if record else _("Import a file")
        whole = {**self.admin_site.each_context(request), "title": title, "record": record}
        return TemplateResponse(request, f"partners/imports/{name}.html", whole | context)

    @admin.display(description=gettext_lazy("File"), ordering="file_name")
    def what(self, record: Import) -> SafeString:
        """The file; where the list is narrow, with what it holds and who sent it."""
        detail = f"{self.kind_of_file(record)} · {record.user_name}"
        return format_html(
            '<span class="row-name"><bdi>{}</bdi></span>{}', record.file_name, below(960, detail)
        )

    @admin.display(description=gettext_lazy("What"), ordering="kind")
    def kind_of_file(self, record: Import) -> str:
        return str(importer_of(record.kind).label)

    @admin.display(description=gettext_lazy("New"), ordering="new")
    def rows_new(self, record: Import) -> str:
        return f"{record.new:,}"

    @admin.display(description=gettext_lazy("Changed"), ordering="changed")
    def rows_changed(self, record: Import) -> str:
        return f"{record.changed:,}"

    @admin.display(description=gettext_lazy("Refused"), ordering="refused")
    def rows_refused(self, record: Import) -> str:
        return f"{record.refused:,}"

    @admin.display(description=gettext_lazy("When"), ordering="created_at")
    def received(self, record: Import) -> Any:
        """When it was imported; when it was sent, before."""
        return record.applied_at or record.created_at

    @admin.display(description=gettext_lazy("State"), ordering="status")
    def state(self, record: Import) -> SafeString:
        tone, text = "pending", str(ImportStatus(record.status).label)
        if record.status == ImportStatus.APPLIED:
            tone = "active"
        elif record.status == ImportStatus.CHECKED and not record.to_do:
            tone, text = "closed", _("Nothing to import")
        return format_html('<span class="badge badge-{}">{}</span>', tone, text)


def _how_it_was_read(record: Import) -> str:
    if record.asks_for_encoding:
        return _("Nothing is changed before you have seen what would happen.")
    said = ngettext("%(rows)s row. %(read_as)s.", "%(rows)s rows. %(read_as)s.", record.rows)
    return said % {"rows": f"{record.rows:,}", "read_as": record.read_as}


def _list_of(importer: Importer) -> str:
    meta = importer.model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
