"""What changes template terms from outside their form."""

from collections.abc import Iterable

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from contracts.models import TemplateTerm


@transaction.atomic
def set_archived(*, terms: Iterable[TemplateTerm], archived: bool, by: AbstractBaseUser) -> int:
    """Archive the terms or bring them back, and write down who did. Answers how many that changed."""
    keys = [term.pk for term in terms]
    changing = TemplateTerm.objects.filter(pk__in=keys).exclude(archived=archived)
    changed = list(changing.order_by("pk").select_for_update(no_key=True))
    TemplateTerm.objects.filter(pk__in=[term.pk for term in changed]).update(archived=archived)
    if changed:
        LogEntry.objects.log_actions(by.pk, changed, CHANGE, "Archived." if archived else "Restored.")
    return len(changed)
