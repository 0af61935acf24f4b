"""What the rows of lists say, as HTML."""

from typing import Any, Literal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Width = Literal[960, 800]
"""Pixels of the page's content; below it columns leave a list (`theme/data-table.css`)."""


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
