"""A page of paper that takes text in every script. Measures are in millimetres, font sizes in points."""

from fpdf import FPDF
from fpdf.enums import MethodReturnValue
from fpdf.fonts import TTFFont

from contracts.pdf.fonts import MAIN, font_file, font_with, printable

Colour = tuple[int, int, int]
INK: Colour = (16, 24, 40)
MUTED: Colour = (92, 103, 122)
LINE: Colour = (228, 231, 236)
SMALLEST = 6.0
POINT = 25.4 / 72


class Sheet(FPDF):
    """One page, A4. Scripts are shaped, and run from right to left where they do."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.set_auto_page_break(auto=False)
        self.c_margin = 0
        self.alias_nb_pages("")
        self._load(MAIN)
        self.set_text_shaping(use_shaping_engine=True)
        self.add_page()

    def get_fallback_font(self, char: str, style: str = "") -> str | None:
        """The font for a letter that the main one lacks, loaded when it is first needed."""
        font = font_with(char)
        if font is None:
            return None
        if font.lower() not in self.fonts:
            self._load(font)
        return font.lower() + ("B" if "B" in style else "")

    def finish(self) -> bytes:
        """The page as a PDF file. The fonts it read are closed."""
        document = bytes(self.output())
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()
        return document

    def text_block(
        self,
        text: str,
        at: tuple[float, float],
        width: float,
        *,
        size: float,
        lines: int = 1,
        bold: bool = False,
        colour: Colour = INK,
    ) -> float:
        """Write the text on so many lines: smaller, and at last cut short, where it is too long.

        Answers where the next text below it can stand.
        """
        text = printable(text)
        self.set_font(MAIN, "B" if bold else "", size)
        while self._lines(text, width) > lines and self.font_size_pt > SMALLEST:
            self.set_font_size(self.font_size_pt - 0.5)
        while self._lines(text, width) > lines:
            text = text[: len(text) * 9 // 10].rstrip() + "…"
        self.set_text_color(*colour)
        self.set_xy(*at)
        self.multi_cell(width, self._line_height(), text, align="L", new_y="NEXT")
        return self.get_y()

    def rule(self, y: float, *, left: float, width: float) -> None:
        """A thin line across."""
        self.set_draw_color(*LINE)
        self.set_line_width(0.25)
        self.line(left, y, left + width, y)

    def badge(self, text: str, at: tuple[float, float], *, letters: Colour, ground: Colour) -> float:
        """A word on a coloured ground. Answers where it ends."""
        self.set_font(MAIN, "B", 9)
        width = self.get_string_width(text) + 5
        self.set_fill_color(*ground)
        self.rect(*at, width, 6, style="F", round_corners=True, corner_radius=3)
        self.set_text_color(*letters)
        self.set_xy(*at)
        self.cell(width, 6, text, align="C")
        return at[0] + width

    def _lines(self, text: str, width: float) -> int:
        written = self.multi_cell(
            width, self._line_height(), text, align="L", dry_run=True, output=MethodReturnValue.LINES
        )
        return len(written) if isinstance(written, list) else 0

    def _line_height(self) -> float:
        return self.font_size_pt * POINT * 1.4

    def _load(self, font: str) -> None:
        self.add_font(font, "", font_file(font))
        self.add_font(font, "B", font_file(font, bold=True))
