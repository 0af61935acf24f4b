"""What one answer of the builder is about: which segment, what is in the form, and what is said above it."""

from dataclasses import dataclass, replace

from django.contrib.auth.models import User

from partners.core.names import without_invisible
from segments import permissions
from segments.builder.formset import Builder
from segments.models import Segment

REFUSAL = "refusal"
"""What has the focus where nothing was saved, and no field is to blame."""


@dataclass(frozen=True)
class BuilderPage:
    """The form for a stored segment, or for a new one (`segment` None), with notices."""

    segment: Segment | None
    builder: Builder
    notices: tuple[str, ...] = ()
    refusal: str = ""
    """Why nothing was saved."""
    refused: bool = False
    """Whether a save was refused because somebody else saved meanwhile."""

    @property
    def means_the_same(self) -> bool:
        """Whether the rows mean what the stored segment means."""
        definition = self.builder.definition
        return bool(self.segment and definition and self.segment.means(definition))

    @property
    def is_saved(self) -> bool:
        """Whether the rows mean what the stored segment means, under the same name."""
        typed = without_invisible(self.builder.state.name)
        return bool(self.segment and typed == self.segment.name and self.means_the_same)

    def refusing(self, refusal: str, *, focus: str = "") -> "BuilderPage":
        """The page that says why nothing was saved, with the focus on what is to be put right."""
        state = replace(self.builder.state, focus=focus or REFUSAL)
        return replace(self, refusal=refusal, builder=self.builder.with_state(state))

    def may_save(self, user: User) -> bool:
        """Whether this person may save what the page shows."""
        return permissions.can_change(user) if self.segment else permissions.can_create(user)
