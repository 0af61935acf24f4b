"""Files of groups: a row for each partner in a group, or for a group alone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.core.names import fold
from partners.imports.errors import Conflict, Refused
from partners.imports.importers.base import Importer, RowPlan, SourceRow, compared
from partners.imports.importers.columns import Column
from partners.imports.importers.partners import (
    PARTNER_ID,
    PartnerImporter,
    known_groups,
    locked_groups,
    make_groups,
    refuse_unknown_groups,
)
from partners.imports.parsing import cells
from partners.imports.parsing.name_lists import possible_names
from partners.imports.writing import insert_rows
from partners.models import Membership, Partner, PartnerGroup
from partners.models.imports import Import, ImportRow, RowOutcome

ALONE = ""
"""In the place of the Partner ID, where a row names nothing but a group."""


class GroupImporter(Importer):
    """Puts partners into groups. Takes nobody out."""

    key = "groups"
    label = gettext_lazy("Groups")
    model = PartnerGroup
    identity = ("group", "partner")
    needs = ("partners.add_partnergroup", "partners.change_partnergroup", "partners.change_partner")
    makes = PartnerImporter.makes
    making_needs = PartnerImporter.making_needs
    note = gettext_lazy("Partners are put into groups. No partner is taken out of one.")
    columns = (
        Column(
            "group",
            gettext_lazy("Group"),
            gettext_lazy("the name of one group"),
            cells.read_name,
            ("Group name", "Partner group", "Partner group name", "Groups"),
            required=True,
        ),
        replace(
            PARTNER_ID,
            key="partner",
            what=gettext_lazy("a partner to put into the group; empty for a group without partners"),
            required=False,
        ),
    )

    @property
    def row_label(self) -> str:
        """A row puts a partner into a group."""
        return capfirst(str(Partner._meta.verbose_name))

    def key_of(self, values: Mapping[str, Any]) -> str:
        """Partner and group."""
        return f"{values.get('partner', ALONE)}:{fold(values['group'])}"

    def look_up(self, rows: Sequence[SourceRow], record: Import) -> Any:  # noqa: ARG002 - of the base class
        """The names of the groups by the folded form, the Partner IDs, and which of them are in which."""
        names = known_groups(row.values["group"] for row in rows)
        ids = [row.values["partner"] for row in rows if "partner" in row.values]
        partners = set(Partner.objects.filter(pk__any_of=ids).values_list("pk", flat=True))
        return names, partners, _members(names, partners)

    def plan_row(self, row: SourceRow, key: str, there: Any, record: Import) -> RowPlan:
        """By comparing with the group, the partner and the membership that there are."""
        names, partners, members = there
        group, partner = fold(row.values["group"]), row.values.get("partner", ALONE)
        if partner != ALONE and partner not in partners:
            raise Refused(_("There is no partner with the Partner ID %s.") % partner, "partner")
        creates = [] if group in names else [row.values["group"]]
        try:
            refuse_several_groups(creates, names)
            refuse_unknown_groups(creates, record)
        except Refused as refusal:
            raise Refused(refusal.reason, "group") from None
        if group in names if partner == ALONE else (group, partner) in members:
            return RowPlan(row.number, key, RowOutcome.UNCHANGED)
        row.values["group"] = names.get(group, row.values["group"])
        return compared(row, key, None, creates=creates, partner=row.values.get("partner"))

    def make(self, names: Iterable[str]) -> None:
        make_groups(names)

    def write(self, rows: Sequence[ImportRow]) -> set[int]:
        """The memberships that aren't there yet; partners who were deleted meanwhile are left alone."""
        pairs = {row.pk: (fold(_after(row, "group")), _after(row, "partner")) for row in rows}
        folded = {group for group, _partner in pairs.values()}
        groups = locked_groups(folded)
        if len(groups) < len(folded):
            raise Conflict(_("Somebody deleted or renamed a group meanwhile."))
        ids = [partner for _group, partner in pairs.values() if partner]
        there = set(
            Partner.objects.filter(pk__any_of=ids)
            .order_by("pk")
            .select_for_update(of=("self",), no_key=True)
            .values_list("pk", flat=True)
        )
        members = _members(groups, there)
        coming = {pk: pair for pk, pair in pairs.items() if pair[1] in there and pair not in members}
        insert_rows(
            Membership,
            [{"partner_id": partner, "group_id": groups[group]} for group, partner in coming.values()],
            passes_over=True,
        )
        return {pk for pk, (_group, partner) in pairs.items() if partner and pk not in coming}

    def shown_key(self, key: str) -> str:
        return key.partition(":")[0]

    def titles(self, keys: Sequence[str]) -> dict[str, str]:
        partners = PartnerImporter().titles([self.shown_key(key) for key in keys])
        return {key: partners.get(self.shown_key(key), "") for key in keys}

    def told(self, row: ImportRow) -> str:
        group: str = _after(row, "group")
        return _("put it into %s") % group

    def written(self) -> list[type[models.Model]]:
        return [PartnerGroup, Membership]


def refuse_several_groups(unknown: Iterable[str], names: Collection[str]) -> None:
    """Refused where a name that nobody knows is made of several that are known by their folded form."""
    for name in unknown:
        parts = possible_names(name) - {fold(name)}
        if parts and parts <= set(names):
            raise Refused(
                _("“%s” names several groups. Give each a row of its own.") % cells.quote_for_message(name)
            )


def _after(row: ImportRow, column: str) -> Any:
    _before, after = row.changes.get(column, (None, None))
    return after


def _members(groups: Iterable[str], partners: Iterable[int]) -> set[tuple[str, int]]:
    rows = Membership.objects.filter(
        partner__any_of=list(partners), group__name_folded__any_of=sorted(groups)
    )
    return set(rows.values_list("group__name_folded", "partner_id"))
