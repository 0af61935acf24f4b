"""How a stage looks on a screen: a word in its colour."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_stubs_ext import StrOrPromise


class Tone(StrEnum):
    """What a stage's colour says. The theme has a badge for each."""

    ACTIVE = "active"
    PENDING = "pending"
    UPCOMING = "upcoming"
    STOPPED = "stopped"
    CLOSED = "closed"


class Stage(Protocol):
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
