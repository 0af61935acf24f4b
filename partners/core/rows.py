"""What the rows of lists say, as HTML."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

Width = Literal[960, 800]
"""Pixels of the page's content; below it columns leave a list (`theme/data-table.css`)."""
MAX_SHOWN = 3
"""Of what a row has many of, such as groups; a number stands for the others."""
MAX_LETTERS = 40
"""Of each of their names."""


def row_title(name: str, detail: str, *more: SafeString) -> SafeString:
    """A name, with a detail under it, and more lines under that."""
    return format_html(
        '<span class="row-name"><bdi>{}</bdi></span> <span class="row-detail">{}</span>{}',
        name,
        detail,
        format_html_join("", " {}", ((line,) for line in more)),
    )


def below(width: Width, text: Any) -> SafeString:
    """A line that stands in for a column, where that has left the list; nothing where there is no text."""
    return format_html('<span class="row-detail below-{}">{}</span>', width, text) if text else SafeString()


def few(rows: Iterable[Any]) -> SafeString:
    """The first of some rows by name, and how many more there are; pointing at the number names these."""
    names = [str(row) for row in rows]
    first = (Truncator(name).chars(MAX_LETTERS) for name in names[:MAX_SHOWN])
    shown = format_html_join(", ", "<bdi>{}</bdi>", ((name,) for name in first))
    others = names[MAX_SHOWN:]
    if not others:
        return shown
    return format_html('{} <span class="more" title="{}">+{}</span>', shown, ", ".join(others), len(others))


def number_of(number: int, address: str) -> SafeString:
    """How many rows there are, as a link to them; a quiet 0 leads nowhere."""
    if not number:
        return format_html('<span class="muted">{}</span>', 0)
    return format_html('<a href="{}" class="number">{}</a>', address, f"{number:,}")


def initials(name: str) -> SafeString:
    """A person by the first letters of the name, in a circle; screen readers say the name."""
    words = name.split()
    letters = "".join(word[0] for word in (words[0], *words[1:][-1:])) if len(words) > 1 else name[:2]
    return format_html(
        '<span class="avatar" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span></span>',
        name,
        letters.upper(),
        name,
    )


def ago(moment: datetime, now: datetime) -> SafeString:
    """How long ago it was, in short; pointing at it shows the date and the time."""
    passed = now - moment
    if passed < timedelta(minutes=1):
        short = _("now")
    elif passed < timedelta(hours=1):
        short = _("%s min") % (passed.seconds // 60)
    elif passed < timedelta(days=1):
        short = _("%s h") % (passed.seconds // 3600)
    else:
        short = _("%s d") % passed.days
    exact = date_format(localtime(moment), "DATETIME_FORMAT")
    return format_html('<span class="muted" title="{}">{}</span>', exact, short)
