"""The e-mail list of a group, as a file for spreadsheets and mailing tools."""

import csv
import unicodedata
from collections.abc import Iterator
from io import StringIO
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from partners.models import Partner

LINES_A_CHUNK = 1_000
RUN_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """The text, quoted where a spreadsheet would run it as a formula."""
    return f"'{text}" if unicodedata.normalize("NFKC", text[:1]).startswith(RUN_AS_FORMULA) else text


def mailing_list(partners: QuerySet[Partner]) -> Iterator[str]:
    """E-mail, name and Partner ID of each partner with an address, as CSV in chunks of many lines."""
    rows = partners.exclude(email="").values_list("email", "name", "pk")
    # The mark lets spreadsheets see that the file is UTF-8.
    yield "\ufeff" + _lines([("E-mail", "Name", "Partner ID")])
    with transaction.atomic():
        chunk: list[tuple[Any, ...]] = []
        for email, name, pk in rows.iterator(LINES_A_CHUNK):
            chunk.append((harmless(email), harmless(name), pk))
            if len(chunk) == LINES_A_CHUNK:
                yield _lines(chunk)
                chunk = []
        yield _lines(chunk)


def _lines(rows: list[tuple[Any, ...]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
