"""What segments add to the page of a bulk edit of stages: how large they would be afterwards."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from partners.core.limits import limits
from partners.models.stage_edits import StageEdit
from partners.stage_edits.admin import StageEditAdmin
from segments import permissions
from segments.insight.stage_effects import sizes_after
from segments.models import Segment


def sizes(request: HttpRequest, edit: StageEdit) -> str:
    """The segments that would have another size, and those that were not counted in time."""
    if not permissions.can_look(request.user):
        return ""
    seconds = limits().stage_effects_timeout_s
    return render_to_string(
        "segments/sizes_after.html",
        {"sizes": sizes_after(edit, Segment.objects.all(), seconds=seconds), "seconds": round(seconds)},
    )


StageEditAdmin.effects.append(sizes)
