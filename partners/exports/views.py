"""The page on which columns and file are chosen, and the file that is its answer."""

import re
import secrets
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.core.limits import limits
from partners.core.replica import written_by
from partners.core.requests import Person, StaffRequest
from partners.exports.columns import chosen, columns_for
from partners.exports.services import ExportSource, download
from partners.exports.table import ExportTable
from partners.exports.writers.excel import MAX_ROWS_PER_SHEET
from partners.models.exports import Format

EMAILS = "emails"
BUTTONS = ("download", EMAILS)


class ExportForm(forms.Form):
    """Columns, and which kind of file. The button for the e-mail list asks for no columns."""

    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"), widget=forms.CheckboxSelectMultiple, required=False
    )
    format = forms.ChoiceField(
        label=gettext_lazy("File"),
        choices=Format.choices,
        widget=forms.RadioSelect,
        initial=Format.CSV,
        help_text=gettext_lazy("An Excel file takes longer: it is made before the download starts."),
    )
    ticket = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None, *, user: Person) -> None:
        self.known = columns_for(user)
        ticked = [column.key for column in self.known if column.default]
        super().__init__(data, initial={"columns": ticked, "ticket": secrets.token_urlsafe(8)})
        columns = cast("forms.MultipleChoiceField", self.fields["columns"])
        columns.choices = [(column.key, column.label) for column in self.known]

    def clean_columns(self) -> list[str]:
        """At least one, unless the e-mail list is asked for."""
        columns: list[str] = self.cleaned_data["columns"]
        if not columns and EMAILS not in self.data:
            raise forms.ValidationError(_("Tick at least one column."), code="required")
        return columns

    def table(self, source: ExportSource) -> ExportTable:
        """What the file is to hold."""
        if EMAILS in self.data:
            return source.email_list()
        return source.table(chosen(self.cleaned_data["columns"], self.known))


def export_page(request: StaffRequest, source: ExportSource, **context: Any) -> HttpResponseBase:
    """The page; or, once a button of it was pressed, the file.

    `context` is for the template: `back` is where Cancel leads, `hidden` the fields that the page has to
    send along as (name, value).
    """
    pressed = any(button in request.POST for button in BUTTONS)
    form = ExportForm(request.POST if "format" in request.POST else None, user=request.user)
    if pressed and form.is_valid():
        kind = Format(form.cleaned_data["format"])
        response = download(source, form.table(source), kind, written_by(request))
        if re.fullmatch(r"[\w-]{8,32}", form.cleaned_data["ticket"], re.ASCII):
            # Tells the page, which stays where it is, that the file is there.
            response.set_cookie(f"export-{form.cleaned_data['ticket']}", max_age=600, samesite="Lax")
        return response
    number = source.number()
    request.current_app = admin.site.name
    return TemplateResponse(
        request,
        "partners/export.html",
        {
            **admin.site.each_context(request),
            "title": _("Export %s") % source.name,
            "asked": source.asked or source.what,
            "form": form,
            "number": number,
            "is_large": (number or 0) > limits().export_sorted_max_rows,
            "fills_sheets": (number or 0) >= MAX_ROWS_PER_SHEET,
            "sheet_rows": MAX_ROWS_PER_SHEET - 1,
            **context,
        },
    )
