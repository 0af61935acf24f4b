"""Texts that another program has spoilt: read in a wrong encoding once, or written for a web page."""

import html
import re

ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5});")


def unspoilt(text: str) -> str:
    """What the text was before, as far as it shows; of most texts the text itself."""
    return html.unescape(text) if ENTITY.search(text) else _decoded(text)


def _decoded(text: str) -> str:
    """What it was if it is UTF-8 that was read as Windows-1252: hardly another is valid then."""
    if text.isascii():
        return text
    try:
        return text.encode("cp1252").decode()
    except UnicodeError:
        return text
