"""Makes up who looks after partners, what was said with them, and what is to be done next."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random

from django.contrib.auth.models import User
from django.utils import timezone

from partners.models import Note, NoteKind, Partner, ProspectingStage
from partners.models.notes import CONTACTS
from segments.demo.pasts import TODAY

SAID = {
    NoteKind.CALL: (
        "Wants a banner for the winter sale and a longer cookie window. Answer by Tuesday.",
        "Asked for a higher commission on shoes; will send last year's figures.",
        "Nobody answered. Try again in the morning, their time.",
    ),
    NoteKind.EMAIL: (
        "Sent the new terms. They read them this week.",
        "They sent a list of product links that lead nowhere. Passed on.",
        "Answered that the autumn campaign went well, and asked about spring.",
    ),
    NoteKind.MEETING: (
        "Met at the fair. They plan a guide for gifts and would like samples.",
        "Went through the contract together. Open: the notice period.",
    ),
    NoteKind.NOTE: (
        "Prefers e-mails in the morning.",
        "New editor since September; the old address still works.",
    ),
}
STEPS = (
    "Send the winter offer",
    "Call about the new terms",
    "Ask for the figures of the campaign",
    "Send samples for the gift guide",
    "Agree on a date for the spring campaign",
)
KINDS = (NoteKind.CALL, NoteKind.EMAIL, NoteKind.EMAIL, NoteKind.MEETING, NoteKind.NOTE)
STRANGERS = frozenset({ProspectingStage.NEW, ProspectingStage.REJECTED_BY_YOU})


def relationship_of(partner: Partner, users: Sequence[User], rng: Random) -> list[Note]:
    """The notes about a partner, oldest first; sets its owner, its last contact and its next step."""
    if partner.prospecting_stage in STRANGERS or rng.random() < 0.85:
        return []
    owner = rng.choice(users) if users else None
    partner.owner = owner
    if rng.random() < 0.5:
        partner.next_step = rng.choice(STEPS)
        partner.next_step_date = timezone.localdate() + timedelta(rng.randint(-5, 30))
    days = sorted(TODAY - timedelta(rng.randint(1, 150)) for _ in range(rng.randint(1, 4)))
    notes = []
    for day in days:
        kind = rng.choice(KINDS)
        note = Note(partner=partner, kind=kind, happened_on=day, text=rng.choice(SAID[kind]))
        note.created_at = datetime.combine(day, time(rng.randint(8, 16), rng.randint(0, 59)), UTC)
        note.user, note.user_name = owner, owner.get_username() if owner else "mara.adler"
        notes.append(note)
    partner.last_contacted = max((one.happened_on for one in notes if one.kind in CONTACTS), default=None)
    return notes
