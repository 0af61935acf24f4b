"""Type-ahead choices that stay calm when the posted keys are no keys, and work without JavaScript."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import Count, Min
from django.forms import CheckboxSelectMultiple, Media, Select
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from partners.core.names import fold, identifier, without_invisible

MAX_KEY_DIGITS = 18
"""Every number of so many digits fits the databases' big integers."""
MAX_ROWS = 10_000
"""So many rows can be named in one field, as many as a form may have values."""


def is_key(text: object) -> bool:
    """Whether this can be the primary key of a row."""
    digits = str(text)
    return digits.isascii() and digits.isdigit() and len(digits) <= MAX_KEY_DIGITS


class _KeysOnly(AutocompleteMixin, Select):
    """Django asks the database for whatever was posted, and fails on what is no number.

    Where no script runs there is nothing to choose from: IDs or names are typed into a box beside it. One
    that is no single row's stays as it was typed, so that the field refuses it.
    """

    @property
    def media(self) -> Media:
        """With what lets screen readers follow, after what it needs."""
        own = ["admin/js/jquery.init.js", "admin/js/autocomplete.js", "theme/found-choices.js"]
        return super().media + Media(js=own)

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> list[Any]:
        """As Django's, of the values that can be keys."""
        keys = [key for key in value if is_key(key)] if len(value) <= MAX_ROWS else []
        return super().optgroups(name, keys, attr)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """As Django's, and the box, with what could not be understood in it."""
        values = value if isinstance(value, list | tuple) else [value]
        context = {
            "name": f"{name}-typed",
            "typed": [text for text in values if text and (len(values) > MAX_ROWS or not is_key(text))],
            "several": self.allow_multiple_selected,
        }
        return super().render(name, value, attrs, renderer) + render_to_string("partners/typed.html", context)

    def typed(self, data: Mapping[str, Any], name: str) -> list[str]:
        """The key of each row that was typed, a line each; the text itself where that is no single row's.

        More lines than there may be stay as they were typed: the field refuses them.
        """
        lines = [line for line in map(without_invisible, data.get(f"{name}-typed", "").splitlines()) if line]
        if not lines or len(lines) > MAX_ROWS:
            return lines
        names = sorted({fold(line) for line in lines if "\0" not in line})
        rows = self.field.remote_field.model._default_manager.filter(name_folded__any_of=names).order_by()
        found = rows.values("name_folded").annotate(key=Min("pk"), number=Count("pk"))
        keys = {
            name: key
            for name, key, number in found.values_list("name_folded", "key", "number")
            if number == 1
        }
        return [_key(line, keys) for line in lines]


def _key(text: str, keys: Mapping[str, int]) -> str:
    """The key of the row with this name, or else the text as a key if it can be one."""
    number = identifier(text)
    return str(keys.get(fold(text)) or (number if is_key(number) else text))


class KeySelect(_KeysOnly, AutocompleteSelect):
    """One row, found as one types."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """What was typed without a script, or else what was chosen."""
        return next(iter(self.typed(data, name)), None) or super().value_from_datadict(data, files, name)


class KeySelectMultiple(_KeysOnly, AutocompleteSelectMultiple):
    """Several rows, found as one types."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """What was chosen, and what was typed without a script."""
        return [*(super().value_from_datadict(data, files, name) or []), *self.typed(data, name)]


class DrawnAtOnce(Select):
    """A select as Django draws it, without a template for each option: pages with hundreds of selects spend
    most of their time in those."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, *_renderer: Any, **_named: Any
    ) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        groups = format_html_join("", "{}", ((_group(*group),) for group in widget["optgroups"]))
        return format_html(
            '<select name="{}"{}>{}\n</select>', widget["name"], _attributes(widget["attrs"]), groups
        )


class CheckboxMenu(CheckboxSelectMultiple):
    """Check boxes that a button opens; the template pack draws them so. Drawn at once: a menu may be long."""

    is_menu = True

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, *_renderer: Any, **_named: Any
    ) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        options = [
            (option["name"], str(option["value"]), _attributes(option["attrs"]), option["label"])
            for _group, [option], _index in widget["optgroups"]
        ]
        box = '\n  <label><input type="checkbox" name="{}" value="{}"{}> <bdi>{}</bdi></label>'
        return format_html_join("", box, options)


def _group(label: str | None, options: Sequence[dict[str, Any]], _index: int) -> SafeString:
    """Options, under their heading where they have one."""
    drawn = format_html_join(
        "",
        '\n  <option value="{}"{}>{}</option>\n',
        ((str(option["value"]), _attributes(option["attrs"]), option["label"]) for option in options),
    )
    if not label:
        return drawn
    return format_html('\n  <optgroup label="{}">{}\n  </optgroup>', label, drawn)


def _attributes(given: dict[str, Any]) -> SafeString:
    """In their order; True: the name alone."""
    there = {name: value for name, value in given.items() if value is not False}
    return format_html_join(
        "",
        " {}{}",
        ((name, "" if value is True else format_html('="{}"', str(value))) for name, value in there.items()),
    )
