"""Changes to many partners at once. Each is one transaction and leaves a record of who did what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from partners.core.actor import acting_as
from partners.core.bulk_changes import tell_bulk_change
from partners.models import Membership, Partner, PartnerGroup

PartnerIds = QuerySet[Partner, Any]


@dataclass(frozen=True)
class GroupChangeResult:
    """How many of the chosen partners were changed, and how many were as they should be already."""

    group: PartnerGroup
    changed: int
    unchanged: int


def add_to_group(*, partners: QuerySet[Partner], group: PartnerGroup, user: User) -> GroupChangeResult:
    """Put these partners into the group; PartnerGroup.DoesNotExist if it is gone."""
    return _change(partners, group, user, _insert, _("Partners added: %s."))


def remove_from_group(*, partners: QuerySet[Partner], group: PartnerGroup, user: User) -> GroupChangeResult:
    """Take these partners out of the group; PartnerGroup.DoesNotExist if it is gone."""
    return _change(partners, group, user, _delete, _("Partners taken out: %s."))


def add_to_new_group(*, partners: QuerySet[Partner], name: str, user: User) -> GroupChangeResult:
    """Make a group of these partners; ValidationError says what is wrong with its name."""
    with transaction.atomic():
        group = PartnerGroup(name=name)
        group.full_clean()
        group.save()
        LogEntry.objects.log_actions(user.pk, [group], ADDITION, [{"added": {}}], single_object=True)
        return add_to_group(partners=partners, group=group, user=user)


def _change(
    partners: QuerySet[Partner],
    group: PartnerGroup,
    user: User,
    change: Callable[[PartnerIds, PartnerGroup], int],
    record: str,
) -> GroupChangeResult:
    chosen = partners.count()
    with transaction.atomic():
        # Two people who change the same group do so one after the other, not in each other's way.
        held = PartnerGroup.objects.select_for_update(no_key=True).get(pk=group.pk)
        changed = change(partners.order_by().values("pk"), held)
        if changed:
            LogEntry.objects.log_actions(user.pk, [held], CHANGE, record % f"{changed:,}", single_object=True)
            with acting_as(user):
                tell_bulk_change(_("Partner group “%s” changed") % held)
    return GroupChangeResult(held, changed, max(chosen - changed, 0))


def _insert(ids: PartnerIds, group: PartnerGroup) -> int:
    """One statement: no row of a million travels to Python and back."""
    try:
        chosen, params = ids.query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Membership._meta.db_table} (partner_id, group_id)"  # noqa: S608 - no values in it
            f" WITH chosen (id) AS ({chosen})"
            " SELECT id, %s FROM chosen WHERE true ON CONFLICT DO NOTHING",
            (*params, group.pk),
        )
        added: int = cursor.rowcount
        return added


def _delete(ids: PartnerIds, group: PartnerGroup) -> int:
    return Membership.objects.filter(group=group, partner__in=ids).delete()[0]
