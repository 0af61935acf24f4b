"""What a partner's own rows say about conditions, in words: the facts that an explanation rests on.

Which row meets which condition is asked of the database, with what the compiler asks of a row. How a value is
read is declared in the catalog.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.core.moment import Moment
from partners.core.names import fold
from segments.attributes import Attribute, Relation
from segments.conditions import ATTRIBUTES, CATALOG
from segments.days import Days, StayDays
from segments.definition import Condition
from segments.language.calendar import meant_days
from segments.language.labels import Labels, bidi_isolate
from segments.language.sentences import either, first_of, limit_words, row_words
from segments.models import Cause, Segment, Stay
from segments.query.exists import Sql, each_alone, met_by_rows

MAX_ROWS_SHOWN = 3


@dataclass(frozen=True)
class EvidenceRow:
    """One row of the partner's: what it is called, its values by field, and the conditions that it meets."""

    name: str
    values: dict[str, str]
    filled: set[str]
    """The fields that have something."""
    meets: set[Condition]


class PartnerRows:
    """A partner's rows and what they meet: two queries a relation for every so many conditions."""

    def __init__(self, partner: int, asked: Mapping[Condition, Sql]) -> None:
        """`asked` are all conditions that will be asked for, as of `rows_asked`."""
        by_relation: dict[Relation, dict[Condition, Sql]] = {}
        for condition, sql in asked.items():
            attribute = CATALOG[condition.field]
            by_relation.setdefault(attribute.relation, {})[condition] = sql
            if attribute.counts:
                by_relation.setdefault(attribute.counts, {})
        values = (condition.value for condition in asked)
        watched = {value.segment for value in values if isinstance(value, StayDays)}
        self._stays = _stays(partner, watched) if watched else {}
        self._rows = {on: _rows(on, partner, conditions) for on, conditions in by_relation.items()}

    def of(self, on: Relation) -> Sequence[EvidenceRow]:
        """The partner's rows there, in the order of their lists."""
        return self._rows[on]

    def stays_in(self, segment: int) -> Sequence[Stay]:
        """The partner's stays in a tracked segment, the last one first."""
        return self._stays.get(segment, [])


class Evidence:
    """What a partner's rows say about conditions."""

    def __init__(self, rows: PartnerRows, labels: Labels, moment: Moment) -> None:
        self.labels, self.moment = labels, moment
        self.rows, self._stays_in = rows.of, rows.stays_in

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
        if attribute.counts:
            return self._counted(condition, attribute.counts)
        if attribute.names_segments:
            return self._segments(condition, attribute)
        if isinstance(condition.value, StayDays):
            return self._history(condition.value)
        there = self.rows(attribute.relation)
        meeting = self.rows_meeting([condition, *together])
        shown = meeting or there
        if attribute.relation.partner is None:
            return [f"{attribute.label}: {self._value(condition, row)}" for row in there]
        if not attribute.relation.noun:
            return [_in_one(attribute, sorted((row.values[attribute.key] for row in shown), key=fold))]
        if not there:
            return [_("no %s") % attribute.relation.noun]
        asked = "" if meeting else row_words(condition, self.labels)
        lacking = _("no %(noun)s %(described)s") % {"noun": attribute.relation.noun, "described": asked}
        return [*([lacking] if asked else []), *self._each(condition, shown)]

    def _each(self, condition: Condition, rows: Sequence[EvidenceRow]) -> list[str]:
        """“contract S-5550001: Joined since 3 Feb 2025”, of the first few."""
        noun = CATALOG[condition.field].relation.noun
        texts = []
        for row in rows[:MAX_ROWS_SHOWN]:
            name, value = f"{noun} {row.name}", self._value(condition, row)
            texts.append(name if value == row.name else f"{name}: {value}")
        more = len(rows) - MAX_ROWS_SHOWN
        return [*texts, _("and %s more") % f"{more:,}"] if more > 0 else texts

    def _value(self, condition: Condition, row: EvidenceRow) -> str:
        """“12 Dec 2026, within 28 Nov – 27 Dec 2026”: days with those that the condition means now."""
        value = row.values[condition.field]
        if not isinstance(condition.value, Days) or condition.field not in row.filled:
            return value
        words = {"value": value, "days": self._meant(condition.value)}
        if condition.value.token.is_anniversary:
            met, not_met = _("%(value)s, its day %(days)s"), _("%(value)s, its day not %(days)s")
        else:
            met, not_met = _("%(value)s, %(days)s"), _("%(value)s, not %(days)s")
        return (met if condition in row.meets else not_met) % words

    def _meant(self, days: Days) -> str:
        """“within 28 Nov – 27 Dec 2026”, “on 28 Nov 2026”, “before 28 Nov 2026”."""
        found, words = days.range(self.moment.today), meant_days(days, self.moment).words
        if not found.start or not found.end:
            return words
        return (_("on %s") if (found.end - found.start).days == 1 else _("within %s")) % words

    def _counted(self, condition: Condition, counted: Relation) -> list[str]:
        """“2 contracts: S-1, S-2”, and “1 of them that is Joined: S-1”."""
        there = self.rows(counted)
        if not there:
            return [_("no %s") % counted.noun]
        noun = counted.noun if len(there) == 1 else counted.nouns
        found = [f"{len(there):,} {noun}: {_names(there)}"]
        if condition.where:
            within = [row for row in there if all(_is_within(limit, row) for limit in condition.where)]
            words = {"number": f"{len(within):,}" if within else _("none"), "names": _names(within)}
            words["limits"] = limit_words(condition, self.labels, many=len(within) != 1)
            text = (
                _("%(number)s of them %(limits)s: %(names)s")
                if within
                else _("%(number)s of them %(limits)s")
            )
            found.append(text % words)
        return found

    def _segments(self, condition: Condition, attribute: Attribute) -> list[str]:
        """“in segments “VIP”, “EU””: those of them that the partner is in; or that it is in none of them."""
        met = {one for row in self.rows(attribute.relation) for one in row.meets}
        inside = [one for one in each_alone(condition) if one in met]
        values = [name for one in inside or each_alone(condition) for name in self.labels.values(one)]
        words = attribute.words
        if not words:
            return []
        if not inside:
            return [str(words.none) % either(values)]
        return [str(words.some if len(inside) == 1 else words.several) % first_of(values)]

    def _history(self, asked: StayDays) -> list[str]:
        """“entered segment “VIP” 3 Nov 2026 through data, left 9 Nov 2026 through time”, of the last few."""
        stays, name = self._stays_in(asked.segment), self.labels.quoted(Segment, asked.segment)
        if not stays:
            return [_("never in segment %s since it is tracked") % name]
        texts = [_stay_words(stay, name) for stay in stays[:MAX_ROWS_SHOWN]]
        more = len(stays) - MAX_ROWS_SHOWN
        return [*texts, _("and %s more") % f"{more:,}"] if more > 0 else texts


def _names(rows: Iterable[EvidenceRow]) -> str:
    return first_of([row.name for row in rows])


def _is_within(limit: Condition, row: EvidenceRow) -> bool:
    """Whether a row is counted, as far as one of the conditions on what is counted is concerned."""
    return (limit in row.meets) is not CATALOG[limit.field].operator(limit.operator).negative


def _stays(partner: int, segments: set[int]) -> dict[int, list[Stay]]:
    found: dict[int, list[Stay]] = {}
    rows = Stay.objects.filter(partner_id=partner, segment__pk__any_of=sorted(segments)).of_same_partner()
    for stay in rows.with_runs().order_by("-entered_run__at"):
        found.setdefault(stay.segment_id, []).append(stay)
    return found


def _stay_words(stay: Stay, name: str) -> str:
    words = {"segment": name, "day": _day(stay.entered), "cause": Cause(stay.entered_cause).label.lower()}
    if stay.entered_cause == Cause.START:
        entered = _("was in segment %(segment)s when tracking started, %(day)s") % words
    else:
        entered = _("entered segment %(segment)s %(day)s through %(cause)s") % words
    if not stay.left or not stay.left_cause:
        return entered
    words = {"day": _day(stay.left), "cause": Cause(stay.left_cause).label.lower()}
    return entered + _(", left %(day)s through %(cause)s") % words


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
    attributes = [
        attribute
        for attribute in ATTRIBUTES
        if attribute.relation == on
        and not (attribute.counts or attribute.names_segments or attribute.asks_history)
    ]
    own = on.model._default_manager.filter(**{on.partner or "pk": partner})
    columns: dict[str, Any] = {}
    for number, attribute in enumerate(attributes):
        columns[f"value_{number}"] = F(attribute.text_path)
        if attribute.since:
            columns[f"since_{number}"] = F(attribute.since)
    met = met_by_rows(on, partner, asked)
    return [
        EvidenceRow(
            bidi_isolate(str(row)), _values(row, attributes), _filled(row, attributes), met.get(row.pk, set())
        )
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


def _filled(row: Model, attributes: Sequence[Attribute]) -> set[str]:
    return {
        attribute.key
        for number, attribute in enumerate(attributes)
        if getattr(row, f"value_{number}") not in (None, "")
    }


def _day(since: date | datetime) -> str:
    return date_format(timezone.localdate(since) if isinstance(since, datetime) else since)
