"""Files of template terms."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.models import TemplateTerm
from partners.core.limits import limits
from partners.core.names import fold
from partners.imports.errors import Refused
from partners.imports.importers.base import (
    Importer,
    RowPlan,
    SourceRow,
    Values,
    compared,
    has_changed,
    required,
)
from partners.imports.importers.columns import Column
from partners.imports.parsing import cells
from partners.models.imports import Import, ImportRow, RowOutcome


def read_currency(cell: cells.Content) -> str:
    """Three letters, in capitals."""
    text = str(cell).upper()
    if not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise Refused(_("“%s” is no currency: three letters, such as EUR.") % cells.quote_for_message(cell))
    return text


CURRENCY = Column(
    "currency",
    gettext_lazy("Currency"),
    gettext_lazy("three letters, such as EUR; a new template term needs it"),
    read_currency,
    ("Currency code",),
)
TERM_HEADINGS = ("Template terms", "Template name", "Terms", "Term")


class TermImporter(Importer):
    """New template terms, their currencies, and whether they are archived."""

    key = "terms"
    label = gettext_lazy("Template terms")
    model = TemplateTerm
    identity = ("name",)
    needs = ("contracts.add_templateterm", "contracts.change_templateterm")
    columns = (
        Column(
            "name",
            gettext_lazy("Template term"),
            gettext_lazy("the name of the template term"),
            cells.read_name,
            ("Name", *TERM_HEADINGS),
            required=True,
        ),
        CURRENCY,
        Column(
            "archived",
            gettext_lazy("Archived"),
            gettext_lazy("yes or no; no for a new one if it is empty"),
            cells.read_yes,
            ("Is archived",),
            show=lambda value: _("Yes") if value else _("No"),
        ),
    )

    def key_of(self, values: Mapping[str, Any]) -> str:
        """The name, whatever its letters."""
        return fold(values["name"])

    def look_up(self, rows: Sequence[SourceRow], record: Import) -> dict[str, Values]:  # noqa: ARG002 - of the base class
        """The template terms, whatever the letters of their names."""
        return _known(self.key_of(row.values) for row in rows)

    def plan_row(self, row: SourceRow, key: str, there: Any, record: Import) -> RowPlan:  # noqa: ARG002 - of the base class
        """By comparing with the template term that there is."""
        now = there.get(key)
        if now is None:
            required(row, ["currency"], self, _("A new template term"))
        return compared(row, key, now, ["name"] if now else [])

    def write(self, rows: Sequence[ImportRow]) -> set[int]:
        """New ones and other values."""
        known = _known([row.key for row in rows], lock=True)
        late = {row.pk for row in rows if has_changed(row, known.get(row.key))}
        todo = [row for row in rows if row.pk not in late]
        new = [_term(row, {}) for row in todo if row.outcome == RowOutcome.NEW]
        TemplateTerm.objects.bulk_create(new, batch_size=limits().statement_max_rows)
        changed = [_term(row, known[row.key]) for row in todo if row.outcome == RowOutcome.CHANGED]
        if changed:
            TemplateTerm.objects.bulk_create(
                changed,
                batch_size=limits().statement_max_rows,
                update_conflicts=True,
                unique_fields=["name_folded"],
                update_fields=["currency", "archived"],
            )
        return late

    def shown_key(self, key: str) -> str:  # noqa: ARG002 - of the base class
        """Nobody quotes a name in the form in which it is compared."""
        return ""

    def titles(self, keys: Sequence[str]) -> dict[str, str]:
        return {key: term["name"] for key, term in _known(keys).items()}


def _known(folded: Iterable[str], *, lock: bool = False) -> dict[str, Values]:
    terms: Any = TemplateTerm.objects.filter(name_folded__any_of=sorted(set(folded)))
    if lock:
        terms = terms.order_by("pk").select_for_update(no_key=True)
    return {term["name_folded"]: term for term in terms.values("name_folded", "name", "currency", "archived")}


def _term(row: ImportRow, now: Mapping[str, Any]) -> TemplateTerm:
    values = {name: now[name] for name in ("name", "currency", "archived") if name in now}
    return TemplateTerm(**values | {name: after for name, (_before, after) in row.changes.items()})
