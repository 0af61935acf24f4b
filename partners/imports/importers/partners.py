"""Files of partners, with the groups that each is in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from partners.core.limits import limits
from partners.core.names import fold
from partners.imports.errors import Conflict, Refused
from partners.imports.importers import relationship
from partners.imports.importers.base import (
    Importer,
    RowPlan,
    SourceRow,
    Values,
    compared,
    has_changed,
    required,
)
from partners.imports.importers.columns import Column, DayColumn, StageColumn
from partners.imports.importers.stage_words import Stages
from partners.imports.parsing import cells
from partners.imports.parsing.business_models import BUSINESS_MODELS, read_business_model
from partners.imports.parsing.name_lists import possible_names, read_cell, read_names, write_names
from partners.imports.writing import add_rows, change_rows, delete_rows, insert_rows
from partners.models import (
    Membership,
    Partner,
    PartnerGroup,
    ProspectingStage,
    reserve_partner_ids,
)
from partners.models.imports import Import, ImportRow, RowOutcome

STAGES = Stages(ProspectingStage, gettext_lazy("prospecting stage"))
PARTNER_ID_HEADINGS = ("MP ID", "Media Partner ID", "Publisher ID", "Affiliate ID")
DAYS = ("original_joined_date", "last_transition_date")
"""Those that follow from the stage."""
ALL_DAYS = (*DAYS, relationship.STEP_DATE)
GROUPS = "groups"
PARTNER_ID = Column(
    "id",
    gettext_lazy("Partner ID"),
    gettext_lazy("a number; thousands marks and a spreadsheet's .0 are fine"),
    cells.read_partner_id,
    PARTNER_ID_HEADINGS,
    required=True,
)


class PartnerImporter(Importer):
    """New partners, and other values for those there are."""

    key = "partners"
    label = gettext_lazy("Partners")
    model = Partner
    identity = ("id",)
    stage = "prospecting_stage"
    needs = ("partners.add_partner", "partners.change_partner")
    makes = gettext_lazy("Create groups that don't exist yet")
    making_needs = "partners.add_partnergroup"
    overwriting = gettext_lazy("Overwrite partners that have another name and another e-mail")
    note = gettext_lazy("Groups in a file replace the partner's groups.")
    columns = (
        replace(PARTNER_ID, aliases=(*PARTNER_ID_HEADINGS, "ID")),
        Column(
            "name",
            gettext_lazy("Name"),
            gettext_lazy("the partner's name; a new partner needs one"),
            cells.read_name,
            (
                "Partner name",
                "Media partner name",
                "Publisher name",
                "Affiliate name",
                "Company name",
                "Account name",
                "Partner",
                "Company",
            ),
        ),
        Column(
            "email",
            gettext_lazy("E-mail"),
            gettext_lazy("one e-mail address"),
            cells.read_email,
            ("E-mail address", "Contact e-mail", "Mail"),
            optional=True,
        ),
        Column(
            "website",
            gettext_lazy("Website"),
            gettext_lazy("a web address"),
            cells.read_website,
            ("URL", "Web site", "Website URL", "Site"),
            optional=True,
        ),
        StageColumn(
            "prospecting_stage",
            gettext_lazy("Prospecting stage"),
            gettext_lazy("a prospecting stage, in any spelling; New for a new partner if it is empty"),
            STAGES,
            ("Stage", "Status"),
            show=STAGES.label,
        ),
        Column(
            GROUPS,
            gettext_lazy("Groups"),
            gettext_lazy("all groups of the partner, with ; between them, or one in each of several rows"),
            read_cell,
            ("Group", "Partner groups", "Partner group", "Group name", "Tags"),
            show=write_names,
        ),
        Column(
            "country",
            gettext_lazy("Country"),
            gettext_lazy("a code, such as DE, or an English name"),
            cells.read_country,
            ("Country code", "Country/Region"),
            optional=True,
            show=lambda code: str(countries.name(code) or code),
        ),
        Column(
            "business_model",
            gettext_lazy("Business model"),
            gettext_lazy("a business model, in any spelling, or a word that means it, such as COUPON"),
            read_business_model,
            ("Promotional method", "Partner type"),
            optional=True,
            show=BUSINESS_MODELS.label,
        ),
        DayColumn(
            "original_joined_date",
            gettext_lazy("Original joined date"),
            gettext_lazy("a date; it is taken as it is"),
            aliases=("Joined", "Join date", "Joined date", "Date joined"),
        ),
        DayColumn(
            "last_transition_date",
            gettext_lazy("Last transition date"),
            gettext_lazy("a date; it is taken as it is"),
            aliases=("Transition date", "Stage changed"),
        ),
        *relationship.COLUMNS,
    )
    stored = tuple(column.key for column in columns if column.key not in (GROUPS, relationship.OWNER))

    def merge(self, rows: Sequence[SourceRow]) -> SourceRow | None:
        """Rows that say the same but for the group are one partner in all these groups."""
        whole: Values = {}
        for row in rows:
            for name, value in row.values.items():
                if name != GROUPS and whole.setdefault(name, value) != value:
                    return None
        groups = [row.values.get(GROUPS, "") for row in rows]
        if "" in groups or len(set(groups)) < len(groups):
            return None
        whole[GROUPS] = groups
        left_out = {name: reason for row in rows for name, reason in row.left_out.items()}
        return SourceRow(rows[0].number, whole, left_out)

    def look_up(self, rows: Sequence[SourceRow], record: Import) -> Any:
        """The partners by Partner ID, the names of the groups by the folded form, and the user names."""
        partners = self._known([row.values["id"] for row in rows], groups=GROUPS in record.columns)
        owners = relationship.user_names() if relationship.OWNER in record.columns else {}
        return partners, known_groups(cell for row in rows for cell in _group_cells(row)), owners

    def plan_row(self, row: SourceRow, key: str, there: Any, record: Import) -> RowPlan:
        """By comparing with the partner that there is."""
        partners, names, owners = there
        now = partners.get(row.values["id"])
        if now is None:
            required(row, ["name"], self, _("A new partner"))
        elif not record.overwrites and _is_somebody_else(row.values, now):
            raise Refused(
                _("%(id)s is %(name)s with the e-mail %(email)s. Is the Partner ID right?")
                % {"id": key, "name": now["name"], "email": now["email"]},
                "id",
            )
        creates: list[str] = []
        if GROUPS in row.values:
            try:
                groups = groups_in(_group_cells(row), names)
            except Refused as refusal:
                raise Refused(refusal.reason, GROUPS) from None
            creates = [name for name in groups if fold(name) not in names]
            refuse_unknown_groups(creates, record)
            if groups:
                row.values[GROUPS] = groups
            else:
                del row.values[GROUPS]
        relationship.spell_owner(row, now, owners)
        relationship.leave_out_date_without_step(row, now)
        return compared(row, key, now, ["id"], creates, {self.stage: DAYS}, partner=row.values["id"])

    def _known(self, ids: list[int], *, groups: bool, lock: bool = False) -> dict[int, Values]:
        partners = Partner.objects.filter(pk__any_of=ids).order_by("pk")
        if lock:
            partners = partners.select_for_update(of=("self",), no_key=True)
        known: dict[int, Values] = {
            row["id"]: row for row in partners.values(*self.stored, "owner__username")
        }
        for row in known.values():
            row |= {name: row[name] and row[name].isoformat() for name in ALL_DAYS}
            row[relationship.OWNER] = row.pop("owner__username")
        if groups:
            for row in known.values():
                row[GROUPS] = []
            memberships = Membership.objects.filter(partner__any_of=list(known))
            for partner, group in memberships.values_list("partner_id", "group__name"):
                known[partner][GROUPS].append(group)
            for row in known.values():
                row[GROUPS].sort(key=fold)
        return known

    def make(self, names: Iterable[str]) -> None:
        make_groups(names)

    def write(self, rows: Sequence[ImportRow]) -> set[int]:
        """Set-based; stages through the history."""
        regrouped = [row for row in rows if GROUPS in row.changes]
        groups = locked_groups(_groups_named(regrouped)) if regrouped else {}
        known = self._known([int(row.key) for row in rows], groups=bool(regrouped), lock=True)
        late = {row.pk for row in rows if has_changed(row, known.get(int(row.key)))}
        todo = [row for row in rows if row.pk not in late]
        values = _stored_values(todo)
        self._add([row for row in todo if row.outcome == RowOutcome.NEW], values)
        self._change([row for row in todo if row.outcome == RowOutcome.CHANGED], values, known)
        _regroup([row for row in todo if GROUPS in row.changes], groups)
        return late

    def _add(self, rows: Iterable[ImportRow], values: Mapping[int, Values]) -> None:
        partners = [{"id": int(row.key), **values[row.pk]} for row in rows]
        add_rows(Partner, partners, by="id")
        if partners:
            reserve_partner_ids(up_to=max(partner["id"] for partner in partners))

    def _change(
        self, rows: Sequence[ImportRow], values: Mapping[int, Values], known: Mapping[int, Values]
    ) -> None:
        changes = []
        for row in rows:
            key = int(row.key)
            changes.append((key, known[key]["prospecting_stage"], values[row.pk]))
        change_rows(Partner, changes)

    def titles(self, keys: Sequence[str]) -> dict[str, str]:
        ids = [int(key) for key in keys if key.isdecimal()]
        return {str(pk): name for pk, name in Partner.objects.filter(pk__in=ids).values_list("pk", "name")}

    def told(self, row: ImportRow) -> str:
        if row.outcome == RowOutcome.NEW:
            return _("added the partner")
        return super().told(row)

    def written(self) -> list[type[models.Model]]:
        return [Partner, Partner.changes(), Membership, PartnerGroup]


def known_groups(texts: Iterable[str]) -> dict[str, str]:
    """The existing groups that these cells may name: their names by the folded form."""
    folded = {name for text in set(texts) for name in possible_names(text)}
    there = PartnerGroup.objects.filter(name_folded__any_of=sorted(folded))
    return dict(there.values_list("name_folded", "name"))


def groups_in(texts: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """The names of the groups in these cells, each once, sorted; Refused for one that can't be a name."""
    found = {fold(name): name for text in texts for name in read_names(text, names)}
    for folded, name in found.items():
        if folded not in names:
            cells.read_name(name)
    return [found[folded] for folded in sorted(found)]


def refuse_unknown_groups(unknown: Sequence[str], record: Import) -> None:
    """Refused, unless the import is to create groups."""
    if unknown and not record.creates:
        raise Refused(
            _("There is no group “%(name)s”. To make it, tick “%(tick)s”.")
            % {"name": cells.quote_for_message(unknown[0]), "tick": PartnerImporter.makes},
            GROUPS,
        )


def make_groups(names: Iterable[str]) -> None:
    """Make those of the groups that aren't there."""
    wanted = {fold(name): name for name in names}
    there = PartnerGroup.objects.filter(name_folded__any_of=sorted(wanted))
    for folded in there.values_list("name_folded", flat=True):
        del wanted[folded]
    PartnerGroup.objects.bulk_create(
        [PartnerGroup(name=name) for name in wanted.values()], batch_size=limits().statement_max_rows
    )


def _group_cells(row: SourceRow) -> list[str]:
    cell = row.values.get(GROUPS, [])
    return cell if isinstance(cell, list) else [cell]


def _is_somebody_else(values: Values, now: Values) -> bool:
    return all(
        name in values and now[name] and fold(values[name]) != fold(now[name]) for name in ("name", "email")
    )


def _stored_values(rows: Sequence[ImportRow]) -> dict[int, Values]:
    """The new values of each row by its primary key, as the table has them, without the groups."""
    changes: dict[int, Values] = {
        row.pk: {
            name: date.fromisoformat(after) if name in ALL_DAYS else after
            for name, (_before, after) in row.changes.items()
            if name != GROUPS
        }
        for row in rows
    }
    named = {values[relationship.OWNER] for values in changes.values() if relationship.OWNER in values}
    owners = relationship.owners_by_name(named) if named else {}
    return {pk: relationship.as_stored(values, owners) for pk, values in changes.items()}


def locked_groups(folded: Iterable[str]) -> dict[str, int]:
    """The groups with these names, locked: before any partner, as by all who change who is in a group."""
    groups = PartnerGroup.objects.filter(name_folded__any_of=sorted(folded)).order_by("pk")
    return dict(groups.select_for_update(no_key=True).values_list("name_folded", "pk"))


def _groups_named(rows: Iterable[ImportRow]) -> set[str]:
    """The folded names of all groups that rows are in or come to."""
    cells = (names for row in rows for names in row.changes.get(GROUPS, ()))
    return {name for names in cells for name in _folded(names)}


def _regroup(rows: Sequence[ImportRow], groups: Mapping[str, int]) -> None:
    """By set difference: who leaves a group is taken out, who comes to one is put in."""
    changes: list[tuple[int, set[str], set[str]]] = []
    for row in rows:
        before, after = map(_folded, row.changes[GROUPS])
        changes.append((int(row.key), before, after))
    if not _groups_named(rows) <= groups.keys():
        raise Conflict(_("Somebody deleted or renamed a group meanwhile."))
    leaving, coming = [], []
    for key, before, after in changes:
        leaving += [{"partner_id": key, "group_id": groups[name]} for name in sorted(before - after)]
        coming += [{"partner_id": key, "group_id": groups[name]} for name in sorted(after - before)]
    delete_rows(Membership, leaving)
    insert_rows(Membership, coming, passes_over=True)


def _folded(names: Iterable[str] | None) -> set[str]:
    return set(map(fold, names or ()))
