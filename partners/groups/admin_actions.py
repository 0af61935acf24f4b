"""Adding partners to a group, and taking them out of it: a page that says what would happen, then the deed.

Ticked partners are exactly those rows, whatever has become of them since. "All that match" are the partners
that match the list's search and filters at the moment of confirming.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise

from partners.core.narrowing import narrowing_of
from partners.core.requests import StaffRequest
from partners.forms import AddToGroupForm, PartnerGroupForm
from partners.groups.services import GroupChangeResult, add_to_group, add_to_new_group, remove_from_group
from partners.groups.undo import BACK, with_undo
from partners.models import Membership, Partner, PartnerGroup
from partners.permissions import can_regroup_partners

MAX_NAMES_SHOWN = 5


@dataclass(frozen=True)
class GroupAction:
    """One of the two actions: its key, its form, what it does, and its words."""

    key: str
    form: type[PartnerGroupForm]
    do: Callable[..., GroupChangeResult]
    title: Callable[[int], str]
    said: Callable[[GroupChangeResult], str]
    button: StrOrPromise
    label: StrOrPromise
    """What it would do to a group: `changed` and `unchanged` partners."""


def _numbers(outcome: GroupChangeResult) -> dict[str, Any]:
    return {"changed": f"{outcome.changed:,}", "unchanged": f"{outcome.unchanged:,}", "group": outcome.group}


def _added(outcome: GroupChangeResult) -> str:
    changed = ngettext(
        "%(changed)s partner added to %(group)s", "%(changed)s partners added to %(group)s", outcome.changed
    )
    unchanged = ngettext(
        "%(unchanged)s was in it already.", "%(unchanged)s were in it already.", outcome.unchanged
    )
    return _sentence(changed, unchanged, outcome)


def _removed(outcome: GroupChangeResult) -> str:
    changed = ngettext(
        "%(changed)s partner taken out of %(group)s",
        "%(changed)s partners taken out of %(group)s",
        outcome.changed,
    )
    unchanged = ngettext("%(unchanged)s was not in it.", "%(unchanged)s were not in it.", outcome.unchanged)
    return _sentence(changed, unchanged, outcome)


def _sentence(changed: str, unchanged: str, outcome: GroupChangeResult) -> str:
    text = f"{changed}; {unchanged}" if outcome.unchanged else f"{changed}."
    return text % _numbers(outcome)


ADDING = GroupAction(
    key="add_to_group",
    form=AddToGroupForm,
    do=add_to_group,
    title=lambda many: ngettext("Add %s partner to a group", "Add %s partners to a group", many),
    said=_added,
    button=_("Add to group"),
    label=_("%(group)s: %(changed)s to add, %(unchanged)s in it already"),
)
REMOVING = GroupAction(
    key="remove_from_group",
    form=PartnerGroupForm,
    do=remove_from_group,
    title=lambda many: ngettext("Take %s partner out of a group", "Take %s partners out of a group", many),
    said=_removed,
    button=_("Take out of group"),
    label=_("%(group)s: %(changed)s to take out, %(unchanged)s not in it"),
)


class GroupActions(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's takes none at run time
    """The two actions of the list of partners."""

    def has_regroup_permission(self, request: HttpRequest) -> bool:
        """Asked by Django before it offers these actions."""
        return can_regroup_partners(request.user)

    @admin.action(description=_("Add to group…"), permissions=["regroup"])
    def add_to_group(self, request: StaffRequest, queryset: QuerySet[Partner]) -> HttpResponse | None:
        """Asks for the group, an existing or a new one; then adds."""
        return self._run(request, queryset, ADDING)

    @admin.action(description=_("Take out of group…"), permissions=["regroup"])
    def remove_from_group(self, request: StaffRequest, queryset: QuerySet[Partner]) -> HttpResponse | None:
        """Asks for the group; then takes them out of it."""
        return self._run(request, queryset, REMOVING)

    def _run(
        self, request: StaffRequest, matching: QuerySet[Partner], deed: GroupAction
    ) -> HttpResponse | None:
        across = request.POST.get("select_across") == "1"
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        partners = matching if across else self.get_queryset(request).filter(pk__in=ticked)
        narrowing = narrowing_of(request)
        form = deed.form(
            request.POST if "confirm" in request.POST else None,
            user=request.user,
            # On the page of a group, that group.
            initial={"group": narrowing.row.pk} if narrowing and deed is REMOVING else {},
        )
        if form.is_bound and form.is_valid():
            only = _the_only(partners) if deed is REMOVING else None
            try:
                outcome = _do(deed, form, partners, request)
            except ValidationError as error:
                form.add_error("new_group", ValidationError(error.messages))
            except PartnerGroup.DoesNotExist:
                form.add_error("group", _("This group has been deleted meanwhile. Choose another."))
            except IntegrityError:
                form.add_error(
                    None, _("Somebody changed the same at the same moment. Nothing was done: try again.")
                )
            else:
                said = deed.said(outcome)
                if only and outcome.changed:
                    then = request.get_full_path()
                    said = with_undo(said, BACK, partner=only, group=outcome.group, then=then)
                self.message_user(request, said, messages.SUCCESS)
                return None
        many = partners.count()
        if not many:
            self.message_user(request, _("None of these partners exists any more."), messages.WARNING)
            return None
        return self._page(request, deed, form, partners, many, across=across, ticked=ticked)

    def _page(
        self,
        request: StaffRequest,
        deed: GroupAction,
        form: PartnerGroupForm,
        partners: QuerySet[Partner],
        many: int,
        *,
        across: bool,
        ticked: list[str],
    ) -> HttpResponse:
        form.say_what_would_happen(_effects(deed, partners, many))
        first = list(partners.prefetch_related(None)[:MAX_NAMES_SHOWN])
        context = {
            **self.admin_site.each_context(request),
            "title": deed.title(many) % f"{many:,}",
            "deed": deed,
            "form": form,
            "first": first,
            "more": many - len(first),
            "across": across,
            "ticked": ticked,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "partners/group_action.html", context)


def _the_only(partners: QuerySet[Partner]) -> int | None:
    """The Partner ID of the one partner among them; None if there are more."""
    keys = list(partners.order_by().values_list("pk", flat=True)[:2])
    return keys[0] if len(keys) == 1 else None


def _do(
    deed: GroupAction, form: PartnerGroupForm, partners: QuerySet[Partner], request: StaffRequest
) -> GroupChangeResult:
    if name := form.cleaned_data.get("new_group"):
        return add_to_new_group(partners=partners, name=name, user=request.user)
    return deed.do(partners=partners, group=form.cleaned_data["group"], user=request.user)


def _effects(deed: GroupAction, partners: QuerySet[Partner], many: int) -> list[tuple[int, str]]:
    """Each group with what would happen to it; for removing only those that any of the partners is in."""
    ids = partners.order_by().prefetch_related(None).values("pk")
    members = Membership.objects.filter(partner__in=ids).order_by().values_list("group")
    inside = dict(members.annotate(Count("pk")))
    effects = []
    for group in PartnerGroup.objects.all():
        within = inside.get(group.pk, 0)
        if deed is REMOVING and not within:
            continue
        changed, unchanged = (within, many - within) if deed is REMOVING else (many - within, within)
        effects.append((group.pk, str(deed.label) % _numbers(GroupChangeResult(group, changed, unchanged))))
    return effects
