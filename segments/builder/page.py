"""What one answer of the builder is about: which segment, what is in the form, and what is said above it."""

from dataclasses import dataclass

from django.contrib.auth.models import User

from partners.core.names import without_invisible
from segments import permissions
from segments.builder.formset import Builder
from segments.models import Segment


@dataclass(frozen=True)
class BuilderPage:
    """The form for a stored segment, or for a new one (`segment` None), with notices."""

    segment: Segment | None
    builder: Builder
    notices: tuple[str, ...] = ()
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

    def may_save(self, user: User) -> bool:
        """Whether this person may save what the page shows."""
        return permissions.can_change(user) if self.segment else permissions.can_create(user)
