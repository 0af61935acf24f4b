"""What segments add to the page of a bulk edit of stages: how large they would be afterwards."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from partners.stage_edit_admin import StageEditAdmin
from partners.stage_edits import StageEdit
from segments import permissions
from segments.models import Segment
from segments.stage_effects import may_change, moves_of, size_changes

MOST_SEGMENTS = 200
ALL = "segments"
"""The parameter that asks for all segments, however many there are."""


def sizes_after(request: HttpRequest, edit: StageEdit) -> str:
    """The segments that would have another size; of very many, the first unless all are asked for."""
    if not permissions.can_look(request.user):
        return ""
    moves = moves_of(edit)
    segments = [segment for segment in Segment.objects.all() if may_change(segment, moves)]
    asked = segments if request.GET.get(ALL) == "all" else segments[:MOST_SEGMENTS]
    return render_to_string(
        "segments/sizes_after.html",
        {
            "changes": size_changes(edit, asked),
            "others": len(segments) - len(asked),
            "asked": len(asked),
            "everything": f"{request.get_full_path()}&{ALL}=all",
        },
    )


StageEditAdmin.effects.append(sizes_after)
