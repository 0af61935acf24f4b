"""Words in cells that nobody typed: what spreadsheets and databases write for an empty or failed value.

An import reads none of them as a name. An export puts an apostrophe before a text that happens to be one.
Nothing of Django is imported here.
"""

import re
import unicodedata
from functools import lru_cache

PLACEHOLDERS = frozenset(
    [
        *r"""
        null (null) [null] <null> null. \n nil nil. none (none) none. n/a n\a n.a. n.a n/a. <na> nan nat
        undefined (blank) (empty) - -- --- – — [] {} ""
        """.split(),  # noqa: SIM905 - one in each line would be harder to read
        *("n / a", "n /a", "n/ a", "n. a."),
    ]
)
"""What programs and people write where there is nothing. `NA` is none: it is Namibia, and North America."""
UNSURE = frozenset([*"0 00 000 ? ?? ??? tbd tba tbc".split(), "[object object]"])  # noqa: SIM905 - as above
"""What stands for something unknown more often than it is meant. A look-up of nothing gives a zero."""
NO_VALUE = "#formula!"
"""Replaces a formula without a stored value."""
MERGED = "#merged!"
"""Replaces a cell that a merged cell covers: only the first cell has the value."""
EARLY = "#early!"
"""Replaces a day before March 1900, which spreadsheets count in different ways."""
NARROW = re.compile("##+")
"""What spreadsheets print where a column is too narrow for a number, as many signs as fit."""
ERRORS = frozenset(
    f"""
    #n/a #na #ref! #value! #div/0! #name? #num! #null! #spill! #calc! #field! #blocked! #connect! #unknown!
    #busy! #external! #python! #timeout! #getting_data #error! loading... {NO_VALUE} {MERGED} {EARLY}
    ## err:502 err:504 err:508 err:509 err:511 err:519 err:520 err:522 err:523
    """.split()
) | {"#n/a n/a"}
"""What Excel, LibreOffice, Google Sheets and feeds of data show where a formula failed."""
TRUTHS = {"true": True, "false": False}
WORDS = PLACEHOLDERS | ERRORS | UNSURE | set(TRUTHS)
ROUNDED = re.compile(r"-?[0-9][.,][0-9]{4,}[eE]\+[0-9]{2,}")
"""A number of which a spreadsheet has lost digits."""
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9.:]+)?")
"""A date cell: spreadsheets make dates of names such as June 2026 and 1-2."""
LIST = re.compile(r"""\[['"{\[].*['"}\]]\]|\{.*\}""")
"""A list or object as programs write it: `["VIP"]`, `{VIP}`."""
MADE = re.compile(f"{ROUNDED.pattern}|{DAY.pattern}|{LIST.pattern}")
"""What nobody typed, in patterns."""
TEXT_TRICK = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL)
"""A formula that is nothing but a text: programs write it to keep the zeros at its beginning."""


def word(text: str) -> str:
    """The word that the text is, in small letters, of a row of `#` two; empty if it is none.

    A rounded number, a day and a list are words too: nobody typed them.
    """
    if NARROW.fullmatch(text):
        return "##"
    lowered = text.lower()
    known = lowered in WORDS and (text.isascii() or len(text) == 1)
    return lowered if known or MADE.fullmatch(text) else ""


@lru_cache(maxsize=10_000)
def normalize_word(text: str) -> str:
    """Letters and digits alone, in small letters: `Rejected_by you` and `rejected-byYou` are alike."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())
