"""How a stage looks on a screen: a word in its colour."""

from collections.abc import Hashable, Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django_stubs_ext import StrOrPromise


class Tone(StrEnum):
    """What a stage's colour says. The theme has a badge for each."""

    ACTIVE = "active"
    PENDING = "pending"
    UPCOMING = "upcoming"
    STOPPED = "stopped"
    CLOSED = "closed"


class Stage(Hashable, Protocol):
    """A stage of any kind."""

    @property
    def meaning(self) -> StrOrPromise:
        """What it says, in a few words."""

    @property
    def tone(self) -> Tone:
        """Its colour."""

    @property
    def label(self) -> StrOrPromise:
        """Its name."""


def stage_badge(stage: Stage) -> SafeString:
    """The stage's name in the colour of its tone; its meaning shows on hover and is read aloud."""
    return _stage_badge(stage, get_language())


# By type too: “joined” of a contract is equal to that of a partner, and means something else.
@lru_cache(maxsize=256, typed=True)
def _stage_badge(stage: Stage, _language: str | None) -> SafeString:
    """A list has hundreds of badges of a few stages."""
    return format_html(
        '<span class="badge badge-{}" title="{}">{}<span class="visually-hidden">: {}</span></span>',
        stage.tone,
        stage.meaning,
        stage.label,
        stage.meaning,
    )


def stage_badges(stages: Iterable[Stage]) -> SafeString:
    """A row of badges."""
    badges = format_html_join("", "{}", ((stage_badge(stage),) for stage in stages))
    return format_html('<span class="badges">{}</span>', badges)
