"""How a stage looks on a screen: a word in its colour."""

from typing import Any, Protocol

from django.utils.html import format_html
from django.utils.safestring import SafeString

from partners.stages import Tone


class Stage(Protocol):
    """A stage of any kind."""

    @property
    def meaning(self) -> Any:
        """What it says, in a few words."""

    @property
    def tone(self) -> Tone:
        """Its colour."""

    @property
    def label(self) -> Any:
        """Its name."""


def stage_badge(stage: Stage) -> SafeString:
    """The stage's name, coloured by its tone; its meaning shows on hover."""
    return format_html(
        '<span class="badge badge-{}" title="{}">{}</span>', stage.tone, stage.meaning, stage.label
    )
