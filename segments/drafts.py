"""Definitions that are not saved yet, kept in their maker's session so that they have an address."""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from partners.core.limits import limits

SESSION_KEY = "segment_drafts"


@dataclass(frozen=True)
class Draft:
    """What the builder held when all partners of it were asked for."""

    name: str
    definition: dict[str, Any]
    segment: int | None
    """The primary key of the segment that was being edited; None for a new one."""
    revision: int | None
    tags: Sequence[str] = ()
    """What it is to be tagged with once it is saved."""
    tracked: str = ""
    """How often it is to be run once it is saved, as of `Frequency`; empty for never."""


def new_key() -> str:
    """A key for one opened builder."""
    return secrets.token_urlsafe(8)


def keep(session: SessionBase, key: str, draft: Draft) -> str:
    """Keep a draft under this key, or a new one if it can't be a key. The oldest go if there are too many."""
    key = key if re.fullmatch(r"[\w-]{8,16}", key, re.ASCII) else new_key()
    # As stored now: another page of the same login may have kept one since this request began.
    stored = type(session)(session.session_key).load()
    others = {other: kept for other, kept in stored.get(SESSION_KEY, {}).items() if other != key}
    drafts = [*others.items(), (key, asdict(draft))][-limits().session_max_drafts :]
    while len(drafts) > 1 and len(json.dumps(drafts)) > limits().session_max_draft_characters:
        del drafts[0]
    session[SESSION_KEY] = dict(drafts)
    return key


def find(session: SessionBase, key: str) -> Draft | None:
    """The draft that this session keeps under the key."""
    kept = session.get(SESSION_KEY, {}).get(key)
    return Draft(**kept) if kept else None
