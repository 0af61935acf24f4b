"""Saved segments. A segment is a question, never a list: its partners are asked for anew each time."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import TemplateTerm
from partners.core.moment import Moment
from partners.core.names import Named, NamedQuerySet
from partners.imports.writing import insert_rows
from partners.models import Partner, PartnerGroup
from segments.compiler import compile_definition
from segments.conditions import CATALOG
from segments.definition import Definition
from segments.errors import DefinitionError
from segments.query.base import SegmentQuery
from segments.query.members import segment_query
from segments.stored import HasDefinition
from segments.versions import SegmentVersion


class SegmentQuerySet(NamedQuerySet["Segment"]):
    """Segments by intention."""

    def in_use(self) -> "SegmentQuerySet":
        """Those that are not in the archive."""
        return self.filter(archived_at=None)


class Segment(HasDefinition, Named):
    """A named definition, and how many partners it had when they were last counted."""

    taken_message = _("There is a segment with this name already.")

    definition = models.JSONField(_("definition"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="segments",
        verbose_name=_("owner"),
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("changed by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    changed_at = models.DateTimeField(_("last change"), auto_now_add=True)
    revision = models.PositiveIntegerField(_("revision"), default=1, editable=False)
    partner_count = models.PositiveBigIntegerField(_("partners"), null=True, editable=False)
    counted_at = models.DateTimeField(_("counted"), null=True, editable=False)
    used_at = models.DateTimeField(_("last used"), default=timezone.now, editable=False)
    archived_at = models.DateTimeField(_("archived"), null=True, editable=False)

    objects = SegmentQuerySet.as_manager()

    class Meta(Named.Meta):
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name_folded", "id"]
        constraints = [
            *Named.Meta.constraints,
            models.UniqueConstraint(fields=["name_folded"], name="segment_name_uniq"),
        ]

    def save(
        self,
        *args: Any,
        update_fields: Iterable[str] | None = None,
        restores: int | None = None,
        **kwargs: Any,
    ) -> None:
        """As Django's; another name or definition is kept as a version, which may restore an earlier one.

        The references to what the definition names follow in the same transaction.
        """
        with transaction.atomic():
            newest = None if self._state.adding else self.versions.first()
            is_new = newest is None or not newest.says(self)
            if newest and is_new:
                self.revision = newest.revision + 1
            fields = None if update_fields is None else {*update_fields, "revision"}
            super().save(*args, update_fields=fields, **kwargs)
            SegmentReference.sync_references(self)
            if is_new:
                SegmentVersion.of(self, restores=restores).keep()

    def means(self, definition: Definition) -> bool:
        """Whether this is the stored definition, in whatever order the values of its lists stand."""
        try:
            return self.read().unordered == definition.unordered
        except DefinitionError:
            return False

    def members(self, moment: Moment) -> SegmentQuery:
        """The partners of a moment; none if the definition is broken."""
        return segment_query(self.read_or_nobody(), moment)

    def partners(self) -> QuerySet[Partner]:
        """The partners of now as a queryset, to be narrowed and combined."""
        return Partner.objects.filter(compile_definition(self.read_or_nobody()))


class SegmentTag(Named):
    """A word by which a segment is found again. It means nothing to the segment's partners."""

    listed_when_deleted: ClassVar[bool] = False

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="tags")

    class Meta(Named.Meta):
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        default_permissions = ()
        ordering = ["name_folded", "id"]
        constraints = [
            *Named.Meta.constraints,
            models.UniqueConstraint(fields=["segment", "name_folded"], name="segmenttag_segment_uniq"),
        ]


class SegmentFavourite(models.Model):
    """A user has a segment among the favourites."""

    listed_when_deleted: ClassVar[bool] = False

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["owner", "segment"], name="segmentfavourite_owner_uniq"),
        ]

    def __str__(self) -> str:
        return str(self.segment)


TARGETS = ("group", "template_term", "partner", "named")
"""The foreign keys of a reference, just one of which leads somewhere."""


def _only(target: str) -> Q:
    return Q(**{f"{one}__isnull": one != target for one in TARGETS})


class SegmentReference(models.Model):
    """A segment names this row, so the row can't be deleted."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="references")
    group = models.ForeignKey(PartnerGroup, models.PROTECT, null=True, related_name="+", db_index=False)
    template_term = models.ForeignKey(
        TemplateTerm, models.PROTECT, null=True, related_name="+", db_index=False
    )
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, related_name="+", db_index=False)
    named = models.ForeignKey(Segment, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=reduce(or_, (_only(target) for target in TARGETS)),
                name="segmentreference_target_check",
            ),
            # These are also the indexes by which the references to a row are found.
            *(
                models.UniqueConstraint(
                    fields=[target, "segment"],
                    condition=Q(**{f"{target}__isnull": False}),
                    name=f"segmentreference_{target}_uniq",
                )
                for target in TARGETS
            ),
        ]

    def __str__(self) -> str:
        return str(self.segment)

    @staticmethod
    def sync_references(segment: Segment) -> None:
        """Make them the rows that the definition names; ids that no longer exist are skipped."""
        try:
            conditions = segment.read().conditions()
        except DefinitionError:
            conditions = ()
        references = [CATALOG[one.field].references(one.value) or (None, ()) for one in conditions]
        for model, field in REFERENCED.items():
            named = {pk for referenced, keys in references if referenced is model for pk in keys}
            if model is Segment:
                # One that asks for its own history must not keep itself from being deleted.
                named.discard(segment.pk)
            column = f"{field}_id"
            kept = segment.references.filter(**{f"{field}__isnull": False}).values_list(column, flat=True)
            held = set(kept)
            if gone := sorted(held - named):
                segment.references.filter(**{f"{field}__pk__any_of": gone}).delete()
            there = model._default_manager.filter(pk__any_of=sorted(named - held)).order_by()
            new = [{"segment_id": segment.pk, column: pk} for pk in there.values_list("pk", flat=True)]
            insert_rows(SegmentReference, new)


REFERENCED: dict[type[models.Model], str] = {
    PartnerGroup: "group",
    TemplateTerm: "template_term",
    Partner: "partner",
    Segment: "named",
}
"""The models whose rows a segment can name, and the foreign key that holds them."""
