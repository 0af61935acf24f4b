"""Inputs of more than one part: all parts are posted under the one name, in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from segments.days import MAX_DAYS, TOKENS, UNITS, Takes

REDRAW = {
    "hx-post": "",
    "hx-trigger": "change consume",
    "hx-target": "#builder-rows",
    "hx-swap": "outerHTML",
}
"""A change of such an input draws all rows anew."""


@dataclass(frozen=True)
class Part:
    """One input, its name for who can't see it, what is in it, and the words behind it."""

    widget: forms.Widget
    label: str
    value: str = ""
    after: str = ""


class PartsInput(forms.Widget):
    """Inputs beside each other, with words between them."""

    def parts(self, posted: Sequence[str]) -> list[Part]:
        """The inputs for what was posted before."""
        raise NotImplementedError

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> list[str]:
        """All that was posted under the name."""
        return list(data.getlist(name))

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The parts, and the words behind them."""
        attrs = {**self.attrs, **(attrs or {})}
        key = attrs.pop("id", f"id_{name}")
        focus = attrs.pop("autofocus", False)
        drawn = []
        parts = self.parts(list(value or []))
        for place, part in enumerate(parts):
            own = {**attrs, "id": f"{key}_{place}" if place else key, "aria-label": part.label}
            if focus and (not part.value or place + 1 == len(parts)):
                own["autofocus"], focus = True, False
            words = format_html('<span class="value-words">{}</span>', part.after) if part.after else ""
            drawn.append((part.widget.render(name, part.value, own, renderer), words))
        return format_html('<span class="value-parts">{}</span>', format_html_join("", "{}{}", drawn))


class NumbersInput(PartsInput):
    """One number or two."""

    def __init__(self, labels: Sequence[str], *, between: str = "") -> None:
        self.labels, self.words = labels, [between] * (len(labels) - 1) + [""]
        super().__init__()

    def parts(self, posted: Sequence[str]) -> list[Part]:
        values = [*posted, *[""] * len(self.labels)]
        return [
            Part(forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}), label, value, after)
            for label, value, after in zip(self.labels, values, self.words, strict=False)
        ]


class DaysInput(PartsInput):
    """Which days: a menu, and beside it what the chosen words need."""

    def parts(self, posted: Sequence[str]) -> list[Part]:
        chosen, first, second = [*posted, "", "", ""][:3]
        menu = Part(forms.Select(REDRAW, choices=day_choices()), _("Which days"), chosen)
        token = TOKENS.get(chosen.partition(":")[0])
        day = forms.DateInput({"type": "date"})
        match token.takes if token else None:
            case Takes.NUMBER:
                number = forms.NumberInput({"min": token.least if token else 0, "max": MAX_DAYS})
                return [menu, Part(number, _("Number of days"), first, str(token.after) if token else "")]
            case Takes.DAY:
                return [menu, Part(day, _("Day"), first)]
            case Takes.SPAN:
                return [menu, Part(day, _("First day"), first, _("to")), Part(day, _("Last day"), second)]
        return [menu]


def day_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The menu of days, by what they need."""
    counted = [(key, token.menu) for key, token in TOKENS.items() if token.takes is Takes.NUMBER]
    periods = [
        (f"{key}:{unit.value}", token.words % words)
        for key, token in TOKENS.items()
        if token.takes is Takes.UNIT
        for unit, words in UNITS.items()
    ]
    fixed = [(key, token.menu) for key, token in TOKENS.items() if token.takes in (Takes.DAY, Takes.SPAN)]
    return [(_("From today"), counted), (_("Calendar"), periods), (_("Fixed days"), fixed)]
