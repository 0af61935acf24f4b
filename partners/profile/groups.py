"""Taking one partner out of groups and putting it into others, from its page."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.core.requests import StaffRequest
from partners.core.widgets import KeySelectMultiple, is_key
from partners.forms import RowsField
from partners.groups.services import GroupChangeResult, add_to_group, remove_from_group
from partners.groups.undo import BACK, OUT, next_address, with_undo
from partners.models import Partner, PartnerGroup

Change = Callable[..., GroupChangeResult]


class GroupsForm(forms.Form):
    """The groups that the partner is to be put into."""

    groups = RowsField(
        PartnerGroup.objects.all(),
        label=gettext_lazy("Add to groups"),
        widget=KeySelectMultiple(Partner._meta.get_field("groups"), admin.site),
        error_messages={
            "required": gettext_lazy("Choose a group."),
            "invalid_choice": gettext_lazy("There is no group with this ID or name: %(value)s."),
        },
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="into")


def change_groups(request: StaffRequest, partner: Partner) -> GroupsForm | None:
    """Do what was pressed, and say so; the form, where it could not be understood."""
    if key := request.POST.get(OUT):
        _change_one(request, partner, key, remove_from_group)
    elif key := request.POST.get(BACK):
        _change_one(request, partner, key, add_to_group)
    else:
        form = GroupsForm(request.POST)
        if not form.is_valid():
            return form
        _add(request, partner, list(form.cleaned_data["groups"]))
    return None


def _change_one(request: StaffRequest, partner: Partner, key: str, change: Change) -> None:
    group = PartnerGroup.objects.filter(pk=int(key)).first() if is_key(key) else None
    try:
        if group is None:
            raise PartnerGroup.DoesNotExist
        done = change(partners=Partner.objects.filter(pk=partner.pk), group=group, user=request.user)
    except PartnerGroup.DoesNotExist:
        messages.warning(request, _("This group does not exist any more."))
        return
    _say_of_one(request, partner, done, is_in=change is add_to_group)


def _add(request: StaffRequest, partner: Partner, groups: list[PartnerGroup]) -> None:
    try:
        with transaction.atomic():
            done = [
                add_to_group(partners=Partner.objects.filter(pk=partner.pk), group=group, user=request.user)
                for group in groups
            ]
    except PartnerGroup.DoesNotExist:
        messages.warning(request, _("One of these groups does not exist any more. Nothing was changed."))
        return
    if len(done) == 1:
        _say_of_one(request, partner, done[0], is_in=True)
    else:
        _say_of_several(request, done)


def _say_of_several(request: StaffRequest, done: Sequence[GroupChangeResult]) -> None:
    new = sum(result.changed for result in done)
    put = ngettext("Put into %s group.", "Put into %s groups.", new) % new
    old = len(done) - new
    already = _("Was in %s already.") % old
    if new:
        messages.success(request, f"{put} {already}" if old else put)
    else:
        messages.info(request, _("Was in all of them already."))


def _say_of_one(request: StaffRequest, partner: Partner, done: GroupChangeResult, *, is_in: bool) -> None:
    """With a button that takes it back, if anything was changed."""
    if not done.changed:
        nothing = _("Was in %s already.") if is_in else _("Was not in %s.")
        messages.info(request, nothing % done.group.name)
        return
    text, undo = (_("Put into %s."), OUT) if is_in else (_("Taken out of %s."), BACK)
    then = next_address(request, profile_address(partner.pk))
    said = with_undo(text % done.group.name, undo, partner=partner.pk, group=done.group, then=then)
    messages.success(request, said)


def profile_address(pk: int) -> str:
    """Where a partner's page is."""
    return reverse("admin:partners_partner_change", args=[pk])
