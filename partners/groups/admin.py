"""Groups: the list with the numbers of their partners, the page of each, its e-mail addresses as a file."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from partners.core.deletion import what_holds
from partners.core.narrowing import Narrowing
from partners.core.pages import staff_page
from partners.core.replica import written_by
from partners.core.requests import StaffRequest
from partners.core.row_menu import RowEntry, row_link
from partners.core.row_pages import RowPageAdmin
from partners.core.rows import number_of
from partners.exports.services import ExportSource, download
from partners.groups.adding import add_partners
from partners.models import Membership, Partner, PartnerGroup
from partners.models.exports import Format
from partners.permissions import can_change_groups, can_list_emails, can_regroup_partners


class PartnerGroupAdmin(RowPageAdmin[PartnerGroup]):
    """Groups, and the partners of each."""

    list_display = ["name", "number_of_partners"]
    fields = ["name"]
    pages = ["edit_view", "emails_view", add_partners]
    page_template = "partners/group_page.html"

    def narrowing(self, row: PartnerGroup) -> Narrowing:
        """Its partners."""
        return Narrowing(
            model=Partner,
            rows=Q(pk__in=Membership.objects.filter(group=row).values("partner")),
            row=row,
            words=_("Group “%s”") % row.name,
            address=_partners_of(row),
            first_actions=["remove_from_group"],
        )

    def page_context(self, request: HttpRequest, row: PartnerGroup) -> dict[str, Any]:
        """Who may put partners into it, and write to them."""
        return {
            "may_add": can_regroup_partners(request.user),
            "may_list_emails": can_list_emails(request.user),
        }

    @staff_page("<path:object_id>/edit/", name="partners_partnergroup_edit", permission=can_change_groups)
    def edit_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """The form."""
        return self.form_view(request, object_id)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PartnerGroup]:
        """With the number of partners, counted for the rows of the page only."""
        members = (
            Membership.objects.filter(group=OuterRef("pk"))
            .order_by()
            .values("group")
            .annotate(number=Count("*"))
        )
        groups: QuerySet[PartnerGroup] = super().get_queryset(request)
        return groups.annotate(members=Coalesce(Subquery(members.values("number")), 0))

    def row_entries(self, request: HttpRequest, row: PartnerGroup) -> Iterable[RowEntry]:
        """With the e-mail list for those who may see partners."""
        opening, *others = super().row_entries(request, row)
        mailing = [row_link(_("E-mail list"), "emails", row)] if can_list_emails(request.user) else []
        return [opening, *mailing, *others]

    @staff_page("<int:pk>/e-mails/", name="partners_partnergroup_emails", permission=can_list_emails)
    def emails_view(self, request: StaffRequest, pk: int) -> HttpResponseBase:
        """The e-mail list of the group as CSV; the next page says how many partners have no address."""
        group = PartnerGroup.objects.filter(pk=pk).first()
        if group is None:
            raise Http404(_("There is no such group."))
        partners = Partner.objects.filter(pk__in=Membership.objects.filter(group=group).values("partner"))
        self._say_who_is_left_out(request, group, partners.filter(email="").count())
        source = ExportSource(partners, name=group.name, what=_("Group “%s”") % group.name)
        return download(source, source.email_list(), Format.CSV, written_by(request))

    def _say_who_is_left_out(self, request: StaffRequest, group: PartnerGroup, many: int) -> None:
        if many:
            text = ngettext(
                "%(many)s partner of %(group)s has no e-mail address and was left out of the list.",
                "%(many)s partners of %(group)s have no e-mail address and were left out of the list.",
                many,
            )
            self.message_user(request, text % {"many": f"{many:,}", "group": group}, messages.INFO)

    def get_deleted_objects(
        self, objs: Iterable[PartnerGroup], request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[Any], list[Any]]:
        """The groups, how many partners leave them, and what holds them; members are counted, not listed."""
        groups = list(objs)
        members = Membership.objects.filter(group__in=groups).count()
        counts = {
            PartnerGroup._meta.verbose_name_plural: len(groups),
            Membership._meta.verbose_name_plural: members,
        }
        lacking = set() if self.has_delete_permission(request) else {PartnerGroup._meta.verbose_name}
        return [str(group) for group in groups], counts, lacking, what_holds(groups, request)

    @admin.display(description=_("Partners"), ordering="members")
    def number_of_partners(self, group: PartnerGroup) -> str:
        """How many partners are in the group, as a link to them."""
        members: int = group.members  # type: ignore[attr-defined]  # annotated above
        return number_of(members, _partners_of(group))


def _partners_of(group: PartnerGroup) -> str:
    """The address of the Partners screen with the group's partners."""
    return f"{reverse('admin:partners_partner_changelist')}?groups__id__exact={group.pk}"
