"""What a segment was each time it was saved. Versions are written once, and deleted with their segment."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import JSONField, Q, Value
from django.utils.translation import gettext_lazy as _

from partners.core.actor import Actor, UserStamped, current_actor
from partners.core.names import MAX_NAME_LENGTH
from segments.definition_cache import cached_definition
from segments.errors import DefinitionError
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.stored import HasDefinition

if TYPE_CHECKING:
    from segments.models import Segment

Names = dict[str, dict[str, str]]
"""The names of rows by model and primary key, as JSON keeps them."""


class VersionQuerySet(models.QuerySet["SegmentVersion"]):
    """Versions are written once. Django deletes those of a deleted segment without calling these."""

    def update(self, **kwargs: Any) -> int:
        raise TypeError("Versions are not rewritten.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("Versions are not deleted.")


class SegmentVersion(HasDefinition, UserStamped):
    """A segment as it was saved: name, definition and sentence of that time, by whom, when, its size."""

    segment = models.ForeignKey(
        "segments.Segment", models.CASCADE, related_name="versions", db_index=False, verbose_name=_("segment")
    )
    revision = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=MAX_NAME_LENGTH)
    definition = models.JSONField(_("definition"))
    sentence = models.TextField(_("sentence"), blank=True)
    names = models.JSONField(_("names"), default=dict)
    """The names of picked rows at the time, since groups and terms are renamed and deleted."""
    at = models.DateTimeField(_("when"))
    partner_count = models.PositiveBigIntegerField(_("partners"), null=True)
    restores = models.PositiveIntegerField(_("restores version"), null=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a segment")
        verbose_name_plural = _("versions of segments")
        ordering = ["-revision"]
        default_permissions = ()
        indexes = UserStamped.Meta.indexes
        constraints = [
            models.UniqueConstraint(fields=["segment", "revision"], name="segmentversion_revision_uniq"),
            models.CheckConstraint(condition=Q(revision__gt=0), name="segmentversion_revision_check"),
            models.CheckConstraint(
                condition=Q(restores__isnull=True) | Q(restores__lt=models.F("revision")),
                name="segmentversion_restores_check",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.revision}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Versions are not rewritten.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("Versions are not deleted.")

    @classmethod
    def of(cls, segment: "Segment", *, restores: int | None = None) -> "SegmentVersion":
        """The segment as it stands, not kept yet."""
        words, names = in_words(segment.definition)
        actor = Actor(segment.changed_by) if segment.changed_by else current_actor()
        return cls(
            segment=segment,
            revision=segment.revision,
            name=segment.name,
            definition=segment.definition,
            sentence=words,
            names=names,
            at=segment.changed_at,
            partner_count=segment.partner_count,
            restores=restores,
            **actor.stamp(),
        )

    @classmethod
    def now(cls, segment: "Segment") -> "SegmentVersion":
        """The version that the segment is now; not kept if it was changed past `Segment.save()`."""
        newest = segment.versions.first()
        return newest if newest and newest.says(segment) else cls.of(segment)

    def says(self, segment: "Segment") -> bool:
        """Whether the segment has this name and definition."""
        return (self.name, self.definition) == (segment.name, segment.definition)

    def keep(self) -> None:
        """Write it down."""
        if self.definition is None:
            self.definition = Value(None, JSONField())
        self.save(force_insert=True)

    def labels(self, *earlier: "SegmentVersion") -> Labels:
        """Labels as stored with this version, falling back to those stored with `earlier` ones."""
        return Labels.remembered(*(version.names for version in (*earlier, self)))


def in_words(stored: Any) -> tuple[str, Names]:
    """A stored definition as a sentence, and the names of what it picks; nothing of a broken one."""
    try:
        definition = cached_definition(stored).definition
    except DefinitionError:
        return "", {}
    labels = Labels.of_picks(definition)
    return sentence(definition, labels), labels.kept()
