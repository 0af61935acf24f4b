"""Type-ahead choices that stay calm when the posted keys are no keys, and work without JavaScript."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.forms import CheckboxSelectMultiple, Select
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from partners.core.names import fold, identifier, without_invisible

MAX_KEY_DIGITS = 18
"""Every number of so many digits fits the databases' big integers."""


def is_key(text: object) -> bool:
    """Whether this can be the primary key of a row."""
    digits = str(text)
    return digits.isascii() and digits.isdigit() and len(digits) <= MAX_KEY_DIGITS


class _KeysOnly(AutocompleteMixin, Select):
    """Django asks the database for whatever was posted, and fails on what is no number.

    Where no script runs there is nothing to choose from: IDs or names are typed into a box beside it. One
    that is no single row's stays as it was typed, so that the field refuses it.
    """

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> list[Any]:
        """As Django's, of the values that can be keys."""
        return super().optgroups(name, [key for key in value if is_key(key)], attr)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """As Django's, and the box, with what could not be understood in it."""
        values = value if isinstance(value, list | tuple) else [value]
        context = {
            "name": f"{name}-typed",
            "typed": [text for text in values if text and not is_key(text)],
            "several": self.allow_multiple_selected,
        }
        return super().render(name, value, attrs, renderer) + render_to_string("partners/typed.html", context)

    def typed(self, data: Mapping[str, Any], name: str) -> list[str]:
        """The key of each row that was typed, a line each; the text itself where that is no single row's."""
        lines = map(without_invisible, data.get(f"{name}-typed", "").splitlines())
        return [self._key(line) for line in lines if line]

    def _key(self, text: str) -> str:
        named = self.field.remote_field.model._default_manager.filter(name_folded=fold(text)).order_by()
        keys = [] if "\0" in text else list(named.values_list("pk", flat=True)[:2])
        number = identifier(text)
        return str(keys[0]) if len(keys) == 1 else number if is_key(number) else text


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
    most of their time in those. Its options are in no groups."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, *_renderer: Any, **_named: Any
    ) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        options = [
            (str(option["value"]), _attributes(option["attrs"]), option["label"])
            for _group, options, _index in widget["optgroups"]
            for option in options
        ]
        drawn = format_html_join("", '\n  <option value="{}"{}>{}</option>\n', options)
        return format_html(
            '<select name="{}"{}>{}\n</select>', widget["name"], _attributes(widget["attrs"]), drawn
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


def _attributes(given: dict[str, Any]) -> SafeString:
    """In their order; True: the name alone."""
    there = {name: value for name, value in given.items() if value is not False}
    return format_html_join(
        "",
        " {}{}",
        ((name, "" if value is True else format_html('="{}"', str(value))) for name, value in there.items()),
    )
