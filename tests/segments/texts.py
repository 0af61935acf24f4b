"""Names and parts of names, in hard letters."""

import unicodedata

from hypothesis import strategies as st

OTHER_LETTERS = (
    str.upper,
    str.lower,
    str.title,
    str.casefold,
    lambda text: f"\u00a0{text}\t",
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: unicodedata.normalize("NFC", text),
)
PIECES = [
    *["ß", "ss", "SS", "ẞ", "İ", "i\u0307", "ı", "I", "i", "ſ", "S", "Σ", "σ", "ς", "ﬁ", "fi"],  # noqa: RUF001 - letters that look alike are meant
    *["é", "É", "e\u0301", "E\u0301", "e", "\uff21", "a", "\uff05", "%", "_", "\\", "'", '"', " ", "\u3000"],
    *["%s", "{}", "ǅ", "ŉ", "Ω", "\u2126", "中", "😀", "½", "1\u20442", "\u2121", "tel"],
]


def folded(text):
    """The text as rules compare it; shares no code with the program."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


pieces = st.sampled_from(PIECES[:8]) | st.sampled_from(PIECES)
names = st.lists(pieces, min_size=1, max_size=5).map("".join).filter(folded)
texts = pieces.filter(folded) | names
