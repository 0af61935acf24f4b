"""Values that are no lists: texts, days, numbers, nothing. How each is read, shown and asked for.

`FORMATS` has one for each type of value.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from partners.core.names import MAX_NAME_LENGTH
from segments.attributes.inputs import DaysInput, NumbersInput
from segments.attributes.texts import quote_for_message, read_text
from segments.days import MAX_DAYS, TOKENS, Days, Takes, Token, Unit
from segments.errors import DefinitionError, IncompleteError
from segments.operators import NumberRange, ValueType

MAX_NUMBER = 10**9


class ValueFormat:
    """A type of value; this one is of operators that take none."""

    read_as: type | tuple[()] = ()
    """What a value is once it has been read, where that is nothing that JSON has."""
    lasting = 1
    """So many of its inputs stay as they are when the others are drawn anew."""

    def read(self, value: Any) -> Any:
        """The value of what JSON has; DefinitionError says what is wrong with it."""
        if value is not None:
            raise DefinitionError(_("Such a condition has no value."))

    def to_json(self, value: Any) -> Any:
        """The value as JSON has it."""
        return value

    def widget(self) -> forms.Widget:
        """The input for what was posted before."""
        return NumbersInput([])

    def from_post(self, _posted: Sequence[str]) -> Any:
        """What the input posted, as JSON has it; DefinitionError says what can't be understood."""
        return None

    def to_post(self, _value: Any) -> list[str]:
        """What the input would post for this, as JSON has it or as somebody broke it."""
        return []

    def variant(self, _posted: Sequence[str]) -> str:
        """Equal for posts that the same inputs can hold."""
        return ""

    def initial(self) -> list[str]:
        """What the inputs of a new row post."""
        return []

    def words(self, _value: Any) -> str:
        """The value as a person reads it behind the operator."""
        return ""


class TextFormat(ValueFormat):
    """A text to look for."""

    def read(self, value: Any) -> str:
        return read_text(value)

    def widget(self) -> forms.Widget:
        return forms.TextInput(attrs={"maxlength": MAX_NAME_LENGTH, "autocomplete": "off"})

    def from_post(self, posted: Sequence[str]) -> str:
        return "\n".join(posted).strip()

    def to_post(self, value: Any) -> list[str]:
        return [str(value)]

    def words(self, value: str) -> str:
        return f"“{value}”"


class NumberFormat(ValueFormat):
    """A whole number from 0 on, written as a text so that no program takes it for a float."""

    read_as = Decimal

    def read(self, value: Any) -> Decimal:
        return read_number(value)

    def to_json(self, value: Decimal) -> str:
        return str(value)

    def widget(self) -> forms.Widget:
        return NumbersInput([_("How many")])

    def from_post(self, posted: Sequence[str]) -> str:
        return plain_number("".join(posted[:1]))

    def to_post(self, value: Any) -> list[str]:
        return [str(value)]

    def words(self, value: Decimal) -> str:
        return f"{value:,}"


class NumbersFormat(ValueFormat):
    """From one whole number to another, both included."""

    read_as = NumberRange

    def read(self, value: Any) -> NumberRange:
        if not isinstance(value, dict) or value.keys() != {"from", "to"}:
            raise DefinitionError(_("The value has to be an object with “from” and “to”."))
        found = NumberRange(read_number(value["from"]), read_number(value["to"]))
        if found.high < found.low:
            raise DefinitionError(_("The second number is below the first one."))
        return found

    def to_json(self, value: NumberRange) -> dict[str, str]:
        return {"from": str(value.low), "to": str(value.high)}

    def widget(self) -> forms.Widget:
        return NumbersInput([_("From"), _("To")], between=_("and"))

    def from_post(self, posted: Sequence[str]) -> dict[str, str]:
        low, high = [*posted, "", ""][:2]
        return {"from": plain_number(low), "to": plain_number(high)}

    def to_post(self, value: Any) -> list[str]:
        found = value if isinstance(value, dict) else {}
        return [str(found.get("from", "")), str(found.get("to", ""))]

    def words(self, value: NumberRange) -> str:
        return _("%(low)s and %(high)s") % {"low": f"{value.low:,}", "high": f"{value.high:,}"}


def plain_number(text: str) -> str:
    """What was typed, without separators of thousands and without zeros before the number."""
    text = text.strip()
    # Only before three digits: 1.5 is not 15.
    separated = re.fullmatch(r"[0-9]{1,3}([\s,.'])[0-9]{3}(\1[0-9]{3})*", text)
    digits = re.sub("[^0-9]", "", text) if separated else text
    return re.sub("^0+(?=[0-9])", "", digits) if digits.isascii() and digits.isdigit() else text


def read_number(value: Any) -> Decimal:
    """A whole number up to MAX_NUMBER, from its digits; DefinitionError says why it is none."""
    if value == "":
        raise IncompleteError(_("Type a number."))
    if isinstance(value, str) and re.fullmatch("0|[1-9][0-9]{0,9}", value) and int(value) <= MAX_NUMBER:
        return Decimal(value)
    if isinstance(value, int) and not isinstance(value, bool):
        number = quote_for_message(value)
        raise DefinitionError(
            _('A number stands in quotes: "%(number)s", not %(number)s.') % {"number": number}
        )
    words = {"item": quote_for_message(value), "most": f"{MAX_NUMBER:,}"}
    raise DefinitionError(_("“%(item)s” is not a whole number from 0 to %(most)s.") % words)


class DaysFormat(ValueFormat):
    """A range of days: a token, and what it needs."""

    read_as: type | tuple[()] = Days

    def read(self, value: Any) -> Days:
        if not isinstance(value, dict):
            raise DefinitionError(_("The value has to be an object such as {“next”: 30}."))
        if value.keys() == {"from", "to"}:
            first, last = read_day(value["from"]), read_day(value["to"])
            if last < first:
                raise DefinitionError(_("The last day is before the first one."))
            return Days(TOKENS["from"], (first, last))
        if len(value) != 1:
            raise DefinitionError(_("The value has to be an object such as {“next”: 30}."))
        [(key, argument)] = value.items()
        token = TOKENS.get(key) if isinstance(key, str) else None
        if token is None or token.takes is Takes.SPAN:
            raise DefinitionError(_("“%s” is no way to name days.") % quote_for_message(key))
        if token.is_anniversary:
            if not isinstance(argument, dict) or argument.keys() != {"next"}:
                raise DefinitionError(_("An anniversary has to be an object such as {“next”: 30}."))
            argument = argument["next"]
        return Days(token, self._argument(token, argument))

    def _argument(self, token: Token, argument: Any) -> Any:
        if token.takes is Takes.DAY:
            return read_day(argument)
        if token.takes is Takes.UNIT:
            return _read_unit(argument)
        if argument == "":
            raise IncompleteError(_("Type a number of days."))
        if (
            isinstance(argument, int)
            and not isinstance(argument, bool)
            and token.least <= argument <= MAX_DAYS
        ):
            return argument
        # What was typed is a number by now if it can be one: a text of so few digits comes from a file.
        if isinstance(argument, str) and re.fullmatch("[0-9]{1,9}", argument):
            raise DefinitionError(
                _('A number of days stands without quotes: %(number)s, not "%(number)s".')
                % {"number": argument}
            )
        words = {"item": quote_for_message(argument), "least": token.least, "most": f"{MAX_DAYS:,}"}
        raise DefinitionError(_("“%(item)s” is not a number of days from %(least)s to %(most)s.") % words)

    def to_json(self, value: Days) -> dict[str, Any]:
        token, argument = value.token, value.argument
        match token.takes:
            case Takes.SPAN:
                return {"from": argument[0].isoformat(), "to": argument[1].isoformat()}
            case Takes.DAY:
                return {token.key: argument.isoformat()}
            case Takes.UNIT:
                return {token.key: argument.value}
        return {token.key: {"next": argument} if token.is_anniversary else argument}

    def widget(self) -> forms.Widget:
        return DaysInput()

    def from_post(self, posted: Sequence[str]) -> Any:
        chosen, first, second = [*map(str.strip, posted), "", "", ""][:3]
        key, _colon, unit = chosen.partition(":")
        token = TOKENS.get(key)
        match token.takes if token else None:
            case None:
                raise IncompleteError(_("Choose which days."))
            case Takes.SPAN:
                return {"from": first, "to": second}
            case Takes.UNIT:
                return {key: unit}
            case Takes.NUMBER:
                number = int(first) if re.fullmatch("[0-9]{1,9}", first) else first
                return {key: {"next": number} if token and token.is_anniversary else number}
        return {key: first}

    def to_post(self, value: Any) -> list[str]:
        if not isinstance(value, dict) or not value:
            return []
        if "from" in value:
            return ["from", str(value["from"]), str(value.get("to", ""))]
        key, argument = next(iter(value.items()))
        token = TOKENS.get(key)
        if token and token.takes is Takes.UNIT:
            return [f"{key}:{argument}"]
        if token and token.is_anniversary and isinstance(argument, dict):
            argument = argument.get("next", "")
        return [str(key), str(argument)]

    def variant(self, posted: Sequence[str]) -> str:
        """What the chosen token needs beside it."""
        token = TOKENS.get("".join(posted[:1]).partition(":")[0])
        return token.takes.value if token else ""

    def initial(self) -> list[str]:
        return ["next", "30"]

    def words(self, value: Days) -> str:
        return str(value)


def read_day(value: Any) -> date:
    """A day written as YYYY-MM-DD; DefinitionError says why it is none."""
    if value == "":
        raise IncompleteError(_("Choose a day."))
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise DefinitionError(_("“%s” is not a day, written as in 2026-11-28.") % quote_for_message(value))


def _read_unit(value: Any) -> Unit:
    with suppress(ValueError):
        return Unit(value)
    words = {"item": quote_for_message(value), "known": ", ".join(unit.value for unit in Unit)}
    raise DefinitionError(_("“%(item)s” is no period of the calendar; there are: %(known)s.") % words)


FORMATS: dict[ValueType, ValueFormat] = {
    ValueType.TEXT: TextFormat(),
    ValueType.DAYS: DaysFormat(),
    ValueType.NUMBER: NumberFormat(),
    ValueType.NUMBERS: NumbersFormat(),
    ValueType.NOTHING: ValueFormat(),
}
"""For all types but LIST, which each attribute has in its own way."""
