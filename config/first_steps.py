"""What comes first in a program that is still empty: partners, a look at them, a segment."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.imports.permissions import importable
from partners.models import Partner
from segments import permissions


@dataclass(frozen=True)
class Step:
    """One of the first steps; the address is empty until the step can be made."""

    title: str
    text: str
    verb: str
    url: str
    done: bool = False
    next: bool = False
    """Whether it is the one to make now."""


def first_steps(user: User, partners: int, segments: int) -> list[Step]:
    """The steps of those who may make the next one; none once there is a segment."""
    imports = any(importer.model is Partner for importer in importable(user))
    makes = permissions.can_create(user)
    if segments or not (makes if partners else imports):
        return []
    steps = [
        Step(
            _("Import partners"),
            _("A CSV or Excel file. You see what would happen before anything is changed."),
            _("Choose a file"),
            "" if partners else f"{reverse('admin:partners_import_add')}?kind=partners",
            done=bool(partners),
            next=not partners,
        ),
        Step(
            _("Look at them"),
            _("Search and filter them, and put them into groups."),
            _("See partners"),
            reverse("admin:partners_partner_changelist") if partners else "",
        ),
    ]
    if makes:
        steps.append(
            Step(
                _("Create the first segment"),
                _("A segment lists the partners who share some condition, as they are today."),
                _("Create Segment"),
                reverse("admin:segments_segment_add") if partners else "",
                next=bool(partners),
            )
        )
    return steps
