"""A contract as a document of one page."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contracts.models import Contract
from contracts.pdf.sheet import MUTED, Colour, Sheet
from contracts.timeline import Event, contract_events
from partners.core.badges import Tone
from partners.models import Partner

ACCENT: Colour = (67, 56, 202)
TONES: dict[Tone, tuple[Colour, Colour]] = {
    Tone.ACTIVE: ((6, 118, 71), (220, 250, 230)),
    Tone.PENDING: ((147, 55, 13), (254, 240, 199)),
    Tone.UPCOMING: ((23, 92, 211), (209, 233, 255)),
    Tone.STOPPED: ((180, 35, 24), (254, 228, 226)),
    Tone.CLOSED: ((71, 84, 103), (234, 236, 240)),
}
"""Letters and ground of the badge of a stage."""

LEFT = 20.0
WIDTH = 170.0
NARROW = 55.0
GAP = 10.0
WIDE = WIDTH - NARROW - GAP
LABEL = 27.0
EVENT = 6.0
FOOT = 281.0

Rows = list[tuple[str, Any]]


def contract_pdf(contract: Contract) -> bytes:
    """The contract as a PDF file, whose header has its Insertion Order Name."""
    sheet = Sheet()
    sheet.set_title(contract.insertion_order_name)
    sheet.set_author(settings.BRAND_NAME)
    y = _header(sheet, contract)
    y = _parties(sheet, contract.partner, y + 9)
    y = _agreement(sheet, contract, y + 9)
    _history(sheet, contract_events(contract), y + 9)
    _foot(sheet, contract)
    return sheet.finish()


def _header(sheet: Sheet, contract: Contract) -> float:
    sheet.set_fill_color(*ACCENT)
    sheet.rect(0, 0, sheet.w, 3, style="F")
    y = sheet.text_block(_("Insertion Order Name"), (LEFT, 18), WIDTH, size=9, colour=MUTED)
    return sheet.text_block(contract.insertion_order_name, (LEFT, y), WIDTH, size=21, lines=3, bold=True)


def _parties(sheet: Sheet, partner: Partner, y: float) -> float:
    y = _heading(sheet, _("Parties"), y)
    brand = _party(sheet, _("Brand"), settings.BRAND_NAME, [], (LEFT, y), NARROW)
    rows: Rows = [
        (_("Partner ID"), partner.pk),
        (_("E-mail"), partner.email),
        (_("Website"), partner.website),
        (_("Country"), partner.country.name if partner.country else ""),
    ]
    return max(brand, _party(sheet, _("Partner"), partner.name, rows, (LEFT + NARROW + GAP, y), WIDE))


def _party(sheet: Sheet, role: str, name: str, rows: Rows, at: tuple[float, float], width: float) -> float:
    x, y = at
    y = sheet.text_block(role, (x, y), width, size=9, colour=MUTED)
    y = sheet.text_block(name, (x, y), width, size=13, lines=4, bold=True)
    return _rows(sheet, rows, (x, y + 1.5), width)


def _agreement(sheet: Sheet, contract: Contract, y: float) -> float:
    top = _heading(sheet, _("Agreement"), y)
    term, stage = contract.template_term, contract.current_stage
    left: Rows = [
        (_("Template term"), term.name),
        (_("Currency"), term.currency),
        (_("Contract ID"), contract.number),
    ]
    right: Rows = [
        (_("Start"), date_format(contract.start_date)),
        (_("End"), date_format(contract.end_date) if contract.end_date else _("Open-ended")),
    ]
    y = _rows(sheet, left, (LEFT, top), WIDE)
    _rows(sheet, right, (LEFT + WIDE + GAP, top), NARROW)
    y += 4
    letters, ground = TONES[stage.tone]
    end = sheet.badge(str(stage.label), (LEFT, y), letters=letters, ground=ground)
    since = date_format(timezone.localdate(contract.stage_since))
    told = _("%(meaning)s; since %(day)s") % {"meaning": capfirst(str(stage.meaning)), "day": since}
    sheet.text_block(told, (end + 3, y + 0.7), LEFT + WIDTH - end - 3, size=9.5)
    return y + 6


def _history(sheet: Sheet, events: list[Event], y: float) -> None:
    """The latest events that fit on the page, oldest first."""
    y = _heading(sheet, _("History"), y)
    most = int((FOOT - 6 - y) / EVENT)
    if len(events) > most:
        shown = events[len(events) - most + 1 :]
        earlier = _("and %(number)s earlier") % {"number": len(events) - len(shown)}
        sheet.text_block(earlier, (LEFT + LABEL, y), WIDTH - LABEL, size=9.5, colour=MUTED)
        events, y = shown, y + EVENT
    for event in events:
        told = f"{event.what}: {event.stage.meaning}" if event.stage else str(event.what)
        sheet.text_block(date_format(event.day), (LEFT, y), LABEL, size=9.5, colour=MUTED)
        sheet.text_block(told, (LEFT + LABEL, y), WIDTH - LABEL, size=9.5)
        y += EVENT


def _foot(sheet: Sheet, contract: Contract) -> None:
    sheet.rule(FOOT, left=LEFT, width=WIDTH)
    printed = _("Contract %(number)s, printed on %(day)s") % {
        "number": contract.number,
        "day": date_format(timezone.localdate()),
    }
    sheet.text_block(printed, (LEFT, FOOT + 2), WIDTH, size=8, colour=MUTED)


def _heading(sheet: Sheet, text: str, y: float) -> float:
    sheet.rule(y, left=LEFT, width=WIDTH)
    return sheet.text_block(text, (LEFT, y + 4), WIDTH, size=11, bold=True, colour=ACCENT) + 2


def _rows(sheet: Sheet, rows: Rows, at: tuple[float, float], width: float) -> float:
    x, y = at
    for label, text in rows:
        sheet.text_block(label, (x, y), LABEL, size=9.5, colour=MUTED)
        y = sheet.text_block(str(text) or "-", (x + LABEL, y), width - LABEL, size=9.5, lines=3) + 0.8
    return y
