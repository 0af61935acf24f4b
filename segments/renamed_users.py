"""A user who gets another name: definitions have user names, so those that name the user follow."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from segments.attributes.users import UserAttribute
from segments.conditions import CATALOG
from segments.models import Segment
from segments.picks import conditions_in


def follow_rename(*, old: str, new: str, user: User) -> list[Segment]:
    """Have segments that name a user by the old name use the new one, each as a version; those that changed.

    Their partners stay the same, and so does their number: nothing is counted. One transaction.
    """
    changed = []
    with transaction.atomic():
        for segment in Segment.objects.select_for_update().order_by("pk"):
            if _rename(segment.definition, old, new):
                segment.changed_by, segment.changed_at = user, timezone.now()
                segment.save()
                changed.append(segment)
        if changed:
            what = _("%(old)s is called %(new)s now.") % {"old": old, "new": new}
            LogEntry.objects.log_actions(user.pk, changed, CHANGE, what)
    return changed


def _rename(definition: Any, old: str, new: str) -> bool:
    """Put the new name in the place of the old one; whether that was there."""
    found = list(_naming(definition, old))
    for condition in found:
        names = (new if name == old else name for name in condition["value"])
        condition["value"] = list(dict.fromkeys(names))
    return bool(found)


def _naming(definition: Any, name: str) -> Iterator[dict[str, Any]]:
    for condition in conditions_in(definition):
        attribute, value = CATALOG.get(condition["field"]), condition.get("value")
        if isinstance(attribute, UserAttribute) and isinstance(value, list) and name in value:
            yield condition
