"""The fonts in the folder beside this file, and which of them has which letter."""

from functools import cache
from pathlib import Path
from unicodedata import category

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parents[1] / "fonts"
MAIN = "NotoSans"
BROADEST = "DroidSansFallback"
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def font_file(font: str, *, bold: bool = False) -> Path:
    """The file of the font; the regular one where there is no bold one."""
    weighted = FOLDER / f"{font}-Bold.ttf"
    return weighted if bold and weighted.exists() else FOLDER / f"{font}-Regular.ttf"


def font_with(letter: str) -> str | None:
    """The first font that has the letter."""
    return next((font for font, letters in _fonts().items() if ord(letter) in letters), None)


def printable(text: str) -> str:
    """The text on one line, with a mark in the place of each letter that no font has."""
    line = " ".join(text.split())
    return "".join(letter if category(letter) != "Cc" and font_with(letter) else UNKNOWN for letter in line)


@cache
def _fonts() -> dict[str, frozenset[int]]:
    """The letters of each font, the font that is asked first coming first."""
    names = {path.stem.partition("-")[0] for path in FOLDER.glob("*.ttf")} - {MAIN, BROADEST}
    return {name: _letters(name) for name in (MAIN, *sorted(names), BROADEST)}


def _letters(font: str) -> frozenset[int]:
    with TTFont(font_file(font), lazy=True) as opened:
        return frozenset(opened.getBestCmap())
