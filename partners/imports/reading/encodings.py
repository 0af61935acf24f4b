"""Encodings of text files that are not UTF-8: which ones it may be, and words read in each, to choose by.

No guess is sure: short names look right in several. So a person chooses, the likeliest first.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import BinaryIO

LABELS = {
    "cp1252": "Windows-1252 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859-2": "ISO 8859-2 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8-u": "KOI8-U (Cyrillic)",
    "cp866": "DOS 866 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1258": "Windows-1258 (Vietnamese)",
    "cp874": "Windows-874 (Thai)",
    "cp932": "Shift-JIS (Japanese)",
    "euc-jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Simplified Chinese)",
    "cp950": "Big5 (Traditional Chinese)",
    "cp949": "EUC-KR (Korean)",
    "mac-roman": "Mac Roman (Western European)",
    "cp850": "DOS 850 (Western European)",
}
"""By Python's name, what people call it."""
MAX_SAMPLE_LINES, MAX_SAMPLE_BYTES = 200, 1 << 16
MAX_OFFERED = 8
MAX_EXAMPLES, MAX_EXAMPLE_LENGTH = 3, 40
CELL = re.compile(r"[^,;\t|\"\r\n]+")
WORD = re.compile(r"[^\W\d_]+")


def label(encoding: str) -> str:
    """What people call it."""
    return LABELS.get(encoding, encoding.upper())


def known(encoding: str) -> bool:
    """Whether Python reads texts in it."""
    try:
        return bool(codecs.lookup(encoding)._is_text_encoding)  # noqa: SLF001 - as open() does
    except (LookupError, ValueError):
        return False


def possible(file: BinaryIO) -> list[tuple[str, list[str]]]:
    """The encodings that the file may have, the likeliest first, each with cells read in it.

    Of several in which all is read alike, the first.
    """
    content = b"".join(_lines(file))
    found: dict[str, str] = {}
    for encoding in LABELS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text not in found.values():
            found[encoding] = text
    likeliest = sorted(found, key=lambda encoding: _oddness(found[encoding]))
    return _with_samples({encoding: found[encoding] for encoding in likeliest[:MAX_OFFERED]})


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines with other characters than ASCII's, the first of them."""
    file.seek(0)
    number = size = 0
    while (line := file.readline(MAX_SAMPLE_BYTES)) and number < MAX_SAMPLE_LINES and size < MAX_SAMPLE_BYTES:
        if not line.isascii():
            number, size = number + 1, size + len(line)
            yield line
    file.seek(0)


def _with_samples(texts: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Each encoding with some cells read in it: those by which most encodings are told apart."""
    cells = {encoding: _cells(text) for encoding, text in texts.items()}
    places = list(range(max(map(len, cells.values()), default=0)))
    chosen: list[int] = []

    def kinds(place: int) -> int:
        return len({tuple(_at(each, [*chosen, place])) for each in cells.values()})

    while places and len(chosen) < MAX_EXAMPLES:
        chosen.append(max(places, key=kinds))
        places.remove(chosen[-1])
    return [(encoding, [*_at(each, sorted(chosen))]) for encoding, each in cells.items()]


def _at(cells: Sequence[str], places: Iterable[int]) -> Iterator[str]:
    return (cells[place] for place in places if place < len(cells))


def _cells(text: str) -> list[str]:
    """The cells with other characters than ASCII's, each once."""
    cells = (cell.strip() for cell in CELL.findall(text))
    return list(dict.fromkeys(cell[:MAX_EXAMPLE_LENGTH] for cell in cells if not cell.isascii()))


def _oddness(text: str) -> float:
    """A penalty for what no language writes, per character beyond ASCII; the wrong encoding scores high.

    Most single-byte encodings decode any bytes, so errors can't tell them apart. Read in the wrong one,
    letters become symbols (`KÃ¼che`), capitals in mid-word, or words of several scripts. The weights are
    rules of thumb.
    """
    odd = 0.0
    for sign in text:
        if not sign.isascii():
            category = unicodedata.category(sign)
            odd += {"C": 5, "S": 1, "P": 0.5, "N": 0.5}.get(category[0], 0)
    for found in WORD.findall(text):
        if found.isascii():
            continue
        scripts = {_script(letter) for letter in found}
        odd += 3 * (len(scripts) - 1)
        odd += sum(one.islower() and other.isupper() for one, other in pairwise(found))
        # A Latin word is mostly ASCII; Cyrillic read as Latin is mostly accents.
        foreign = sum(not letter.isascii() for letter in found)
        if scripts == {"LATIN"} and foreign * 2 > len(found):
            odd += foreign
    return odd / max(sum(not sign.isascii() for sign in text), 1)


@lru_cache(maxsize=5_000)
def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return "CJK" if name in ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA") else name
