"""What a partner's own rows say about conditions, in words: the facts that an explanation rests on.

Which row meets which condition is asked of the database, with what the compiler asks of a row. How a value is
read is declared in the catalog.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.core.names import fold
from segments.attributes import Attribute, Relation
from segments.conditions import ATTRIBUTES, CATALOG
from segments.definition import Condition
from segments.language.labels import Labels, bidi_isolate
from segments.language.sentences import first_of, row_words
from segments.query.exists import Sql, met_by_rows

MAX_ROWS_SHOWN = 3


@dataclass(frozen=True)
class EvidenceRow:
    """One row of the partner's: what it is called, its values by field, and the conditions that it meets."""

    name: str
    values: dict[str, str]
    meets: set[Condition]


class PartnerRows:
    """A partner's rows and what they meet: two queries a relation for every so many conditions."""

    def __init__(self, partner: int, asked: Mapping[Condition, Sql]) -> None:
        """`asked` are all conditions that will be asked for, with their `row_sql`."""
        by_relation: dict[Relation, dict[Condition, Sql]] = {}
        for condition, sql in asked.items():
            by_relation.setdefault(CATALOG[condition.field].relation, {})[condition] = sql
        self._rows = {on: _rows(on, partner, conditions) for on, conditions in by_relation.items()}

    def of(self, on: Relation) -> Sequence[EvidenceRow]:
        """The partner's rows there, in the order of their lists."""
        return self._rows[on]


class Evidence:
    """What a partner's rows say about conditions."""

    def __init__(self, rows: PartnerRows, labels: Labels) -> None:
        self.labels = labels
        self.rows = rows.of

    def rows_meeting(self, conditions: Sequence[Condition]) -> list[EvidenceRow]:
        """Those that meet all of some conditions on one relation."""
        return [
            row
            for row in self.rows(CATALOG[conditions[0].field].relation)
            if row.meets.issuperset(conditions)
        ]

    def of(self, condition: Condition, together: Sequence[Condition] = ()) -> list[str]:
        """The rows that meet it and all of `together`; or else what is there instead."""
        attribute = CATALOG[condition.field]
        there = self.rows(attribute.relation)
        meeting = self.rows_meeting([condition, *together])
        shown = meeting or there
        if attribute.relation.partner is None:
            return [f"{attribute.label}: {row.values[attribute.key]}" for row in there]
        if not attribute.relation.noun:
            return [_in_one(attribute, sorted((row.values[attribute.key] for row in shown), key=fold))]
        if not there:
            return [_("no %s") % attribute.relation.noun]
        asked = "" if meeting else row_words(condition, self.labels)
        lacking = _("no %(noun)s %(described)s") % {"noun": attribute.relation.noun, "described": asked}
        return [*([lacking] if asked else []), *_each(attribute, shown)]


def _each(attribute: Attribute, rows: Sequence[EvidenceRow]) -> list[str]:
    """“contract S-5550001: Joined since 3 Feb 2025”, of the first few."""
    names = [f"{attribute.relation.noun} {row.name}" for row in rows[:MAX_ROWS_SHOWN]]
    values = [row.values[attribute.key] for row in rows[:MAX_ROWS_SHOWN]]
    texts = [
        name if value == row.name else f"{name}: {value}"
        for name, value, row in zip(names, values, rows, strict=False)
    ]
    more = len(rows) - MAX_ROWS_SHOWN
    return [*texts, _("and %s more") % f"{more:,}"] if more > 0 else texts


def _in_one(attribute: Attribute, values: Sequence[str]) -> str:
    """“in groups VIP, EU”."""
    words = attribute.words
    text = first_of(values)
    if not words or not words.several:
        return f"{attribute.label}: {text or _('none')}"
    if not values:
        return str(words.nothing)
    return str(words.some if len(values) == 1 else words.several) % text


def _rows(on: Relation, partner: int, asked: Mapping[Condition, Sql]) -> list[EvidenceRow]:
    attributes = [attribute for attribute in ATTRIBUTES if attribute.relation == on]
    own = on.model._default_manager.filter(**{on.partner or "pk": partner})
    columns: dict[str, Any] = {}
    for number, attribute in enumerate(attributes):
        columns[f"value_{number}"] = F(attribute.text_path)
        if attribute.since:
            columns[f"since_{number}"] = F(attribute.since)
    met = met_by_rows(on, partner, asked)
    return [
        EvidenceRow(bidi_isolate(str(row)), _values(row, attributes), met.get(row.pk, set()))
        for row in own.annotate(**columns)
    ]


def _values(row: Model, attributes: Sequence[Attribute]) -> dict[str, str]:
    values = {}
    for number, attribute in enumerate(attributes):
        value = bidi_isolate(attribute.text_of(getattr(row, f"value_{number}")))
        since = getattr(row, f"since_{number}", None)
        text = _("%(value)s since %(day)s") % {"value": value, "day": _day(since)} if since else value
        values[attribute.key] = text
    return values


def _day(since: date | datetime) -> str:
    return date_format(timezone.localdate(since) if isinstance(since, datetime) else since)
