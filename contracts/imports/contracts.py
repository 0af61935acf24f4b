"""Files of contracts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.imports.template_terms import CURRENCY, TERM_HEADINGS
from contracts.models import Contract, ContractStage, TemplateTerm, check_contract_id
from partners.core.names import fold, identifier
from partners.core.streaming import streamed
from partners.imports.errors import Conflict, Refused
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
from partners.imports.importers.partners import PARTNER_ID
from partners.imports.importers.stage_words import Stages
from partners.imports.parsing import cells
from partners.imports.parsing.dates import read_moment, show_moment
from partners.imports.writing import add_rows, change_rows
from partners.models import Partner
from partners.models.imports import Import, ImportRow, RowOutcome

C = ContractStage
STAGES = Stages(
    ContractStage,
    gettext_lazy("contract stage"),
    also={"active": C.JOINED, "upcoming": C.AWAITING_CONTRACT_START, "canceled": C.CANCELLED},
    unsure={
        "pending": [C.AWAITING_PUBLISHER_APPROVAL, C.AWAITING_ADVERTISER_APPROVAL],
        "declined": [C.PUBLISHER_DECLINED, C.ADVERTISER_DECLINED],
        "retracted": [C.PUBLISHER_RETRACTED, C.ADVERTISER_RETRACTED],
        "countered": [C.PUBLISHER_COUNTERED, C.ADVERTISER_COUNTERED],
    },
)
DAYS = ("start_date", "end_date")
NEEDED = ("partner", "template_term", "stage", "start_date")
MAX_NUMBER_LENGTH = 50


def read_number(cell: cells.Content) -> str:
    """A Contract ID."""
    what = _("Contract ID")
    number = identifier(cells.read_code(cell, MAX_NUMBER_LENGTH, what))
    try:
        check_contract_id(number)
    except ValidationError as error:
        words = {"cell": cells.quote_for_message(cell), "what": what, "why": error.messages[0]}
        raise Refused(_("“%(cell)s” is no %(what)s. %(why)s") % words) from None
    return number


class ContractImporter(Importer):
    """New contracts, and other values for those there are."""

    key = "contracts"
    label = gettext_lazy("Contracts")
    model = Contract
    identity = ("number",)
    stage = "stage"
    needs = ("contracts.add_contract", "contracts.change_contract")
    makes = gettext_lazy("Create template terms that don't exist yet")
    making_needs = "contracts.add_templateterm"
    overwriting = gettext_lazy("Overwrite contracts that belong to another partner")
    note = gettext_lazy("A contract's new stage does not change the stage of its partner.")
    columns = (
        Column(
            "number",
            gettext_lazy("Contract ID"),
            gettext_lazy("such as S-5550001"),
            read_number,
            ("Contract number", "Contract no", "Contract", "ID"),
            required=True,
        ),
        replace(
            PARTNER_ID,
            key="partner",
            what=gettext_lazy("a partner that there is; a new contract needs it"),
            required=False,
        ),
        Column(
            "template_term",
            gettext_lazy("Template term"),
            gettext_lazy("its name; a new contract needs one that is not archived"),
            cells.read_name,
            (*TERM_HEADINGS, "Contract name"),
        ),
        replace(
            CURRENCY,
            what=gettext_lazy("of a template term that is to be created; not used otherwise"),
            optional=True,
        ),
        StageColumn(
            "stage",
            gettext_lazy("Stage"),
            gettext_lazy("a contract stage, in any spelling; a new contract needs it"),
            STAGES,
            ("Contract stage", "Status", "Contract status"),
            show=STAGES.label,
        ),
        DayColumn(
            "start_date",
            gettext_lazy("Start"),
            gettext_lazy("a date; a new contract needs it"),
            aliases=("Start date", "Begin", "Starts"),
        ),
        DayColumn(
            "end_date",
            gettext_lazy("End"),
            gettext_lazy("a date, not before the start; empty for a new contract: open-ended"),
            aliases=("End date", "Ends", "Expiration date"),
        ),
        DayColumn(
            "stage_since",
            gettext_lazy("Stage since"),
            gettext_lazy("a date, with the time if it is known; it is taken as it is"),
            read_moment,
            aliases=("Stage changed",),
            show=show_moment,
        ),
    )

    def look_up(self, rows: Sequence[SourceRow], record: Import) -> "_Program":  # noqa: ARG002 - of the base class
        """The contracts, partners and template terms."""
        return _Program(rows)

    def plan_row(self, row: SourceRow, key: str, there: Any, record: Import) -> RowPlan:
        """By comparing with the contract, the partner and the template term that there are."""
        program: _Program = there
        now = program.contracts.get(key)
        values = row.values
        if now is None:
            required(row, NEEDED, self, _("A new contract"))
        partner = values.get("partner")
        if partner is not None and partner not in program.partners:
            raise Refused(_("There is no partner with the Partner ID %s.") % partner, "partner")
        if now and partner not in (None, now["partner"]) and not record.overwrites:
            raise Refused(
                _("%(key)s belongs to %(name)s, Partner ID %(id)s.")
                % {"key": key, "name": cells.quote_for_message(now["partner_name"]), "id": now["partner"]},
                "partner",
            )
        creates = self._term(row, now, program, record) if "template_term" in values else []
        if _ends_early({**(now or {}), **values}):
            raise Refused(_("A contract can't end before it starts."), "end_date")
        return compared(
            row,
            key,
            now,
            ["number", "currency"],
            creates,
            {self.stage: ["stage_since"]},
            partner=partner or (now["partner"] if now else None),
        )

    def _term(self, row: SourceRow, now: Values | None, program: "_Program", record: Import) -> list[str]:
        """Spell the template term as it is; the name of one that would be made, with its currency."""
        values = row.values
        folded = fold(values["template_term"])
        if term := program.terms.get(folded):
            values["template_term"] = term["name"]
            if term["archived"] and not (now and fold(now["template_term"]) == folded):
                raise Refused(
                    _("%s is archived: it can't be given to contracts any more.") % term["name"],
                    "template_term",
                )
            return []
        name = values["template_term"]
        if not record.creates:
            raise Refused(
                _("There is no template term “%(name)s”. To make it, tick “%(tick)s”.")
                % {"name": cells.quote_for_message(name), "tick": self.makes},
                "template_term",
            )
        required(row, ["currency"], self, _("A new template term"))
        return [f"{name} {values['currency']}"]

    def settle(self, record: Import) -> None:
        """Refuse the contracts on a new template term to which the file gives several currencies."""
        currencies: dict[str, list[str]] = defaultdict(list)
        for name, currency in map(_name_and_currency, record.created_names):
            currencies[fold(name)].append(currency)
        disputed = {folded: several for folded, several in currencies.items() if len(several) > 1}
        if not disputed:
            return
        reason = _("The file gives the new template term “%(name)s” several currencies: %(currencies)s.")
        for row in streamed(record.planned.exclude(outcome=RowOutcome.REFUSED), at_once=1_000):
            name = _after(row, "template_term") or ""
            if several := disputed.get(fold(name)):
                words = {"name": name, "currencies": ", ".join(several)}
                record.refuse(row, "currency", reason % words)
        record.created_names = [
            name for name in record.created_names if fold(_name_and_currency(name)[0]) not in disputed
        ]

    def make(self, names: Iterable[str]) -> None:
        """Template terms, given as name and currency."""
        wanted = {fold(name): (name, currency) for name, currency in map(_name_and_currency, names)}
        there = TemplateTerm.objects.filter(name_folded__any_of=sorted(wanted))
        for folded in there.values_list("name_folded", flat=True):
            del wanted[folded]
        TemplateTerm.objects.bulk_create(
            [TemplateTerm(name=name, currency=currency) for name, currency in wanted.values()]
        )

    def write(self, rows: Sequence[ImportRow]) -> set[int]:
        """Set-based; stages through the history. Contracts whose partner was deleted are left alone."""
        known = _contracts([row.key for row in rows], lock=True)
        late = {row.pk for row in rows if has_changed(row, known.get(row.key))}
        ids = {_after(row, "partner") for row in rows} - {None}
        partners = Partner.objects.filter(pk__any_of=sorted(ids)).order_by("pk")
        there = {None, *partners.select_for_update(no_key=True).values_list("pk", flat=True)}
        late |= {row.pk for row in rows if _after(row, "partner") not in there}
        todo = [row for row in rows if row.pk not in late]
        terms = _terms({_after(row, "template_term") for row in todo} - {None})
        values = {row.pk: _fields(_changed(row), terms) for row in todo}
        new = [{"number": row.key, **values[row.pk]} for row in todo if row.outcome == RowOutcome.NEW]
        add_rows(Contract, new, by="number")
        changed = [(known[row.key], values[row.pk]) for row in todo if row.outcome == RowOutcome.CHANGED]
        change_rows(Contract, [(now["pk"], now["stage"], after) for now, after in changed])
        return late

    def titles(self, keys: Sequence[str]) -> dict[str, str]:
        contracts = Contract.objects.filter(number__in=keys)
        return dict(contracts.values_list("number", "partner__name"))

    def told(self, row: ImportRow) -> str:
        if row.outcome == RowOutcome.NEW:
            return _("added %s") % row.key
        words = {"columns": self.changed_columns(row), "contract": row.key}
        return _("changed %(columns)s of %(contract)s") % words

    def written(self) -> list[type[models.Model]]:
        return [Contract, Contract.changes(), TemplateTerm]


def _name_and_currency(named: str) -> tuple[str, str]:
    """Of a template term that would be made."""
    name, _space, currency = named.rpartition(" ")
    return name, currency


class _Program:
    """The stored rows that rows of a file name, as far as they exist."""

    def __init__(self, rows: Sequence[SourceRow]) -> None:
        self.contracts = _contracts([row.values["number"] for row in rows])
        ids = {row.values["partner"] for row in rows if "partner" in row.values}
        found = Partner.objects.filter(pk__any_of=sorted(ids))
        self.partners = set(found.values_list("pk", flat=True))
        self.terms = _terms({row.values["template_term"] for row in rows if "template_term" in row.values})


def _contracts(numbers: Sequence[str], *, lock: bool = False) -> dict[str, Values]:
    contracts = Contract.objects.filter(number__any_of=list(numbers)).order_by("pk")
    if lock:
        contracts = contracts.select_for_update(of=("self",), no_key=True)
    known: dict[str, Values] = {}
    for pk, number, partner, partner_name, name, stage, start, end, since in contracts.values_list(
        "pk",
        "number",
        "partner_id",
        "partner__name",
        "template_term__name",
        "stage",
        "start_date",
        "end_date",
        "stage_since",
    ):
        known[number] = {
            "pk": pk,
            "partner": partner,
            "partner_name": partner_name,
            "template_term": name,
            "stage": stage,
            "start_date": start.isoformat(),
            "end_date": end and end.isoformat(),
            "stage_since": since.isoformat(),
        }
    return known


def _terms(names: Iterable[str]) -> dict[str, Values]:
    folded = sorted({fold(name) for name in names})
    terms: Any = TemplateTerm.objects.filter(name_folded__any_of=folded)
    return {term["name_folded"]: term for term in terms.values("name_folded", "name", "archived", "pk")}


def _ends_early(values: Mapping[str, Any]) -> bool:
    """Days as ISO are in their order as texts."""
    start, end = values.get("start_date"), values.get("end_date")
    return bool(start and end and end < start)


def _changed(row: ImportRow) -> Values:
    return {name: after for name, (_before, after) in row.changes.items()}


def _after(row: ImportRow, column: str) -> Any:
    return _changed(row).get(column)


def _fields(values: Values, terms: Mapping[str, Values]) -> Values:
    """The values as the model has them."""
    fields: Values = {}
    for name, value in values.items():
        if name == "template_term":
            term = terms.get(fold(value))
            if term is None:
                raise Conflict(_("Somebody deleted or renamed a template term meanwhile."))
            fields["template_term_id"] = term["pk"]
        elif name == "partner":
            fields["partner_id"] = value
        elif name in DAYS:
            fields[name] = value and date.fromisoformat(value)
        elif name == "stage_since":
            fields[name] = datetime.fromisoformat(value)
        else:
            fields[name] = value
    return fields
