"""What segments add to groups, template terms and partners: the segments that name each."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from contracts.models import TemplateTerm
from contracts.template_terms.admin import TemplateTermAdmin
from partners.admin import PartnerAdmin
from partners.groups.admin import PartnerGroupAdmin
from partners.models import Partner, PartnerGroup
from segments import permissions
from segments.conditions import ATTRIBUTES
from segments.models import REFERENCED
from segments.references import list_of_segments_naming, number_of_segments, segments_naming

MAX_SHOWN = 20


def where_used(request: HttpRequest, row: Model) -> str:
    """The segments that name the row, for those who may look at segments."""
    return _card(row) if permissions.can_look(request.user) else ""


def where_used_if_at_all(request: HttpRequest, partner: Partner) -> str:
    """The same of a partner; few are named, so nothing where none does."""
    named = permissions.can_look(request.user) and segments_naming(partner).exists()
    return _card(partner) if named else ""


def _card(row: Model) -> str:
    naming = segments_naming(row)
    first = list(naming[: MAX_SHOWN + 1])
    context = {
        "row": row,
        "segments": first[:MAX_SHOWN],
        "number": naming.count() if len(first) > MAX_SHOWN else len(first),
        "all": list_of_segments_naming(row),
        "by_text": any(
            attribute.picks_from is type(row) and any(one.takes_text for one in attribute.operators)
            for attribute in ATTRIBUTES
        ),
    }
    return render_to_string("segments/where_used.html", context)


@admin.display(description=_("Segments"), ordering="segments_naming")
def naming_segments(row: Any) -> str:
    """How many segments name the row, as a link to them."""
    if not row.segments_naming:
        return "0"
    address, number = list_of_segments_naming(row), f"{row.segments_naming:,}"
    return format_html('<a href="{}" class="number">{}</a>', address, number)


naming_segments.allowed = permissions.can_look  # type: ignore[attr-defined]


for screen, field in (
    (PartnerGroupAdmin, REFERENCED[PartnerGroup]),
    (TemplateTermAdmin, REFERENCED[TemplateTerm]),
):
    screen.parts.append(where_used)
    screen.list_display.append(naming_segments)
    screen.annotations["segments_naming"] = number_of_segments(field)
PartnerAdmin.parts.append(where_used_if_at_all)
