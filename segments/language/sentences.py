"""A definition in one plain sentence."""

from collections.abc import Sequence
from typing import cast

from django.utils.translation import gettext as _

from segments.attributes import Attribute, Phrases
from segments.conditions import CATALOG
from segments.days import Days
from segments.definition import Condition, Definition, Group
from segments.language.labels import Labels, bidi_isolate
from segments.operators import NumberOperator, NumberRange, Operator, ValueType
from segments.relations import Relation

MAX_SHOWN_VALUES = 5


def sentence(definition: Definition, labels: Labels) -> str:
    """“Partners with one contract that is Joined and on “Gold 2026”; or partners in group “VIP”.”"""
    words = _("; or partners ").join(group_phrases(definition, labels))
    if definition.excepted:
        left_out = _("; and those ").join(exception_phrases(definition, labels))
        words = _("%(words)s; except those %(left_out)s") % {"words": words, "left_out": left_out}
    return _("Partners %s.") % words


def group_phrases(definition: Definition, labels: Labels) -> list[str]:
    """What the partners of each group are, such as “in group “VIP”, and not in group “Blocked””."""
    return [_group(group, labels) for group in definition.any]


def exception_phrases(definition: Definition, labels: Labels) -> list[str]:
    """What the partners are who are left out, by group."""
    return [_group(group, labels) for group in definition.excepted]


def condition_words(condition: Condition, labels: Labels) -> str:
    """“Partner Group is none of “Blocked””: as the builder's row has it, of many values the first."""
    return f"{CATALOG[condition.field].label} {asked_words(condition, labels)}"


def asked_words(condition: Condition, labels: Labels) -> str:
    """“is none of “Blocked””."""
    _attribute, operator = _asked(condition)
    words = f"{operator.label} {value_words(condition, labels)}".strip()
    limits = [condition_words(one, labels) for one in condition.where]
    return (
        _("%(words)s where %(limits)s") % {"words": words, "limits": _(" and ").join(limits)}
        if limits
        else words
    )


def value_words(condition: Condition, labels: Labels) -> str:
    """The values that it names, or the text that it asks for."""
    if isinstance(condition.value, str):
        return f"“{bidi_isolate(condition.value)}”"
    return first_of(labels.values(condition))


def first_of(values: Sequence[str]) -> str:
    """“A, B, C, D, E and 12 more”."""
    shown = ", ".join(values[:MAX_SHOWN_VALUES])
    if len(values) <= MAX_SHOWN_VALUES:
        return shown
    more = f"{len(values) - MAX_SHOWN_VALUES:,}"
    return _("%(shown)s and %(more)s more") % {"shown": shown, "more": more}


def row_words(condition: Condition, labels: Labels) -> str:
    """What the positive form asks of one row, “that is Joined”; empty if only the absence of rows will do."""
    return _row(condition, labels)


def _group(group: Group, labels: Labels) -> str:
    phrases: list[str] = []
    together: dict[str, list[Condition]] = {}
    for condition in group.all:
        attribute, operator = _asked(condition)
        if not attribute.relation.noun:
            phrases.append(_own(condition, labels))
        elif operator.negative:
            phrases.append(_no_row(condition, labels))
        else:
            key = str(attribute.relation.noun) if group.contracts == "same" else f"{len(together)}"
            together.setdefault(key, []).append(condition)
    rows = [phrase for conditions in together.values() for phrase in _some_row(conditions, labels)]
    return _(", and ").join([*rows, *phrases])


def _own(condition: Condition, labels: Labels) -> str:
    attribute, _operator = _asked(condition)
    if attribute.counts:
        return _counted(condition, attribute.counts, labels)
    return _described(condition, labels)


def _described(condition: Condition, labels: Labels, *, many: bool = False, in_bracket: bool = False) -> str:
    """What it says of a row, or of so many, in words that are put behind it."""
    attribute, operator = _asked(condition)
    words, negative = _words(attribute), operator.negative
    if operator.value_type is ValueType.TEXT:
        verb = operator.label if negative else operator.verb
        return str(words.text) % f"{verb} “{bidi_isolate(str(condition.value))}”"
    if operator.value_type is ValueType.NOTHING:
        return str(words.something if negative else words.nothing)
    values = labels.values(condition)
    several = _("either %s") if in_bracket and len(values) > 1 else "%s"
    return _text(condition, negative=negative, many=many) % (several % either(values))


def _text(condition: Condition, *, negative: bool, many: bool = False) -> str:
    """The words for it, with a place for its values."""
    words = _words(CATALOG[condition.field])
    usual, several, past = (
        (words.none, words.not_many, words.not_past) if negative else (words.some, words.many, words.past)
    )
    is_past = isinstance(condition.value, Days) and condition.value.is_past
    return str((is_past and past) or (many and several) or usual)


def _counted(condition: Condition, counted: Relation, labels: Labels) -> str:
    """“with at least 2 contracts that are Joined and on “Gold””."""
    number, many = _how_many(condition)
    words = {"number": number, "noun": counted.nouns if many else counted.noun}
    text = _("with %(number)s %(noun)s") % words
    limits = limit_words(condition, labels, many=many)
    return f"{text} {limits}" if limits else text


def _how_many(condition: Condition) -> tuple[str, bool]:
    """“at least 2”, and whether several are spoken of."""
    operator, value = cast("NumberOperator", _asked(condition)[1]), condition.value
    if operator.is_met_by_all(value):
        return _("any number of"), True
    if operator.is_met_by_all_from_1(value):
        return _("at least %s") % 1, False
    match sorted(operator.intervals(value)):
        case [(low, high)] if low == high:
            return (_("exactly %s") % f"{low:,}", low != 1) if low else (_("no"), False)
        case [(low, _high)] if low and isinstance(value, NumberRange) and operator.key == "not_between":
            return _("more than %s") % f"{low - 1:,}", low != 2
    numbers = (value.low, value.high) if isinstance(value, NumberRange) else (value,)
    return str(operator.words) % tuple(f"{number:,}" for number in numbers), numbers[-1] != 1


def limit_words(condition: Condition, labels: Labels, *, many: bool) -> str:
    """What the rows are like that it counts: “that are Joined and in EUR”; empty if any is counted."""
    several = len(condition.where) > 1
    limits = [_described(one, labels, many=many, in_bracket=several) for one in _days_last(condition.where)]
    return _(" and ").join(limits)


def _days_last(conditions: Sequence[Condition]) -> list[Condition]:
    """In an order in which no words behind a verb are taken for its: not “that ends on Friday and in EUR”."""
    return sorted(conditions, key=lambda one: isinstance(one.value, Days))


def _some_row(conditions: list[Condition], labels: Labels) -> list[str]:
    """What is asked of one row. No row is None: whether there may be none at all is said beside it."""
    noun = _asked(conditions[0])[0].relation.noun
    accepting = [one for one in conditions if CATALOG[one.field].matches_missing(one.value)]
    rows = [_row(condition, labels, in_bracket=len(conditions) > 1) for condition in _days_last(conditions)]
    described = _(" and ").join(filter(None, rows))
    words = {"count": _("one") if len(conditions) > 1 else _("a"), "noun": noun, "described": described}
    if len(accepting) == len(conditions):
        text = _("with either no %(noun)s or one %(described)s") if all(rows) else _("without any %(noun)s")
        return [text % words]
    some = _("with %(count)s %(noun)s %(described)s") % words
    # Where one condition asks for None alone and another for a row, nobody can meet both: say both.
    return [some] if all(rows) else [_("without any %(noun)s") % words, some]


def _no_row(condition: Condition, labels: Labels) -> str:
    attribute, _operator = _asked(condition)
    described = _row(condition, labels)
    words = {"noun": attribute.relation.noun, "described": described}
    if not attribute.matches_missing(condition.value):
        return _("with no %(noun)s %(described)s") % words
    text = (
        _("with at least one %(noun)s but none %(described)s")
        if described
        else _("with at least one %(noun)s")
    )
    return text % words


def _row(condition: Condition, labels: Labels, *, in_bracket: bool = False) -> str:
    """What one row is like; empty if only the absence of rows is accepted."""
    attribute, operator = _asked(condition)
    words = _words(attribute)
    if operator.value_type is ValueType.TEXT:
        return str(words.text) % f"{operator.verb} “{bidi_isolate(str(condition.value))}”"
    if operator.value_type is ValueType.NOTHING:
        return str(words.nothing)
    values = labels.values(condition)
    if attribute.missing_choice:
        values = [value for value in values if value != str(attribute.missing_choice.label)]
    several = _("either %s") if in_bracket and len(values) > 1 else "%s"
    return _text(condition, negative=False) % (several % either(values)) if values else ""


def either(values: Sequence[str]) -> str:
    """“A, B or C”, of many the first."""
    shown = list(values[:MAX_SHOWN_VALUES])
    if len(values) > MAX_SHOWN_VALUES:
        return _("%(shown)s or %(more)s more") % {
            "shown": ", ".join(shown),
            "more": f"{len(values) - MAX_SHOWN_VALUES:,}",
        }
    return _(" or ").join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _words(attribute: Attribute) -> Phrases:
    if attribute.words:
        return attribute.words
    label = str(attribute.label).replace("%", "%%")
    return Phrases(
        _("whose %s is") % label + " %s",
        _("whose %s is not") % label + " %s",
        _("whose %s") % label + " %s",
        nothing=_("whose %s is empty") % attribute.label,
        something=_("whose %s is not empty") % attribute.label,
    )


def _asked(condition: Condition) -> tuple[Attribute, Operator]:
    attribute = CATALOG[condition.field]
    return attribute, attribute.operator(condition.operator)
