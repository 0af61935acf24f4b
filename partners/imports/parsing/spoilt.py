"""Texts that another program has spoilt: read in a wrong encoding once, or written for a web page."""

import html
import re

ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5});")
LAST_ENTITY = re.compile(ENTITY.pattern + r"\Z")


def unspoilt(text: str) -> str:
    """What the text was before, as far as it shows; of most texts the text itself."""
    return html.unescape(text) if ENTITY.search(text) else _decoded(text)


def is_cut_entity(text: str) -> bool:
    """Whether the text ends in a sign written for a web page that lacks its semicolon: `R&amp`."""
    found = LAST_ENTITY.search(f"{text};")
    return found is not None and html.unescape(found[0]) != found[0]


def _decoded(text: str) -> str:
    """What it was if it is UTF-8 that was read as Windows-1252: hardly another is valid then."""
    if text.isascii():
        return text
    try:
        return text.encode("cp1252").decode()
    except UnicodeError:
        return text
