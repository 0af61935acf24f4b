"""What the head of a partner's page shows."""

import unicodedata

JOINER = "\u200d"


def mark_of(name: str) -> str:
    """The first sign of a name as a person sees it: with its accents, in capitals where there are such."""
    end = 1
    while end < len(name) and (
        unicodedata.category(name[end])[0] == "M" or JOINER in (name[end], name[end - 1])
    ):
        end += 1
    first = name[:end]
    return first.upper() if len(first.upper()) == len(first) else first


def web_address(website: str) -> str:
    """The address, if it is one that a browser may safely open."""
    return website if website.startswith(("https://", "http://")) else ""
