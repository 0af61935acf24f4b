"""The filters of the Segments screen."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from partners.core.filtersets import ChoicesFilter, KeyFilter, ListFilterSet, MenuFilter, SwitchFilter
from partners.core.names import fold
from segments.conditions import ATTRIBUTES
from segments.errors import DefinitionError
from segments.insight.health import health_of
from segments.models import Segment, SegmentFavourite, SegmentTag
from segments.references import NAMES, NamingFilter

ARCHIVED = "archived"
"""The name of the switch that shows the archive."""
UNUSED_DAYS = 90


def favourites_of(user: Any) -> Exists:
    """Whether a segment is a favourite of a user, as an annotation."""
    return Exists(SegmentFavourite.objects.filter(segment=OuterRef("pk"), owner=user.pk))


class FavouriteFilter(SwitchFilter):
    """The favourites of the user who asks."""

    def filter(self, segments: QuerySet[Segment], value: str) -> QuerySet[Segment]:
        """All of them where it is off."""
        return segments.filter(favourites_of(self.parent.request.user)) if value else segments


class AttentionFilter(SwitchFilter):
    """Segments that have to be mended. They are few and small, so they are read."""

    def filter(self, segments: QuerySet[Segment], value: str) -> QuerySet[Segment]:
        """All of them where it is off."""
        if not value:
            return segments
        standing = health_of(Segment.objects.all(), self.parent.moment)
        return segments.filter(pk__any_of=[pk for pk, one in standing.items() if one.needs_attention])


class UnusedFilter(SwitchFilter):
    """Segments that were neither opened, listed nor exported for a long time, and that no other one names."""

    def filter(self, segments: QuerySet[Segment], value: str) -> QuerySet[Segment]:
        """All of them where it is off."""
        if not value:
            return segments
        since = self.parent.moment.instant - timedelta(days=UNUSED_DAYS)
        named = Segment.objects.filter(references__named=OuterRef("pk"))
        return segments.filter(~Exists(named), used_at__lt=since)


class ArchivedFilter(SwitchFilter):
    """The archive in place of what is in use."""

    def filter(self, segments: QuerySet[Segment], value: str) -> QuerySet[Segment]:
        """Who asks for the segments that name a row gets archived ones too."""
        if value:
            return segments.filter(archived_at__isnull=False)
        return segments if self.parent.values(NAMES) else segments.filter(archived_at=None)


class ConditionFilter(MenuFilter):
    """Segments that ask about a field; they are read as well."""

    def filter(self, segments: QuerySet[Segment], value: str) -> QuerySet[Segment]:
        """All of them where no field is chosen."""
        if not value:
            return segments
        asking = [one.pk for one in Segment.objects.only("definition") if value in _fields(one)]
        return segments.filter(pk__any_of=asking)


def _fields(segment: Segment) -> set[str]:
    try:
        return {condition.field for condition in segment.read().conditions()}
    except DefinitionError:
        return set()


class TagFilter(ChoicesFilter):
    """Segments with any of some tags, in whatever letters."""

    def filter(self, segments: QuerySet[Segment], value: list[str]) -> QuerySet[Segment]:
        """All of them where no tag is chosen."""
        tagged = SegmentTag.objects.filter(segment=OuterRef("pk"), name_folded__in=map(fold, value or ()))
        return segments.filter(Exists(tagged)) if value else segments


def _owners() -> Iterable[tuple[int, str]]:
    return (
        User.objects.filter(segments__isnull=False)
        .distinct()
        .order_by("username")
        .values_list("pk", "username")
    )


def _tags() -> Iterable[tuple[str, str]]:
    names = dict(SegmentTag.objects.order_by("-name").values_list("name_folded", "name"))
    return sorted(names.items())


def _asked_about() -> Iterable[tuple[str, Any]]:
    return [(attribute.key, attribute.label) for attribute in ATTRIBUTES]


class SegmentFilterSet(ListFilterSet):
    """Favourites, the archive, owner, tags, what a segment asks about, and rows that it names."""

    favourite = FavouriteFilter(label=_("Favourites"))
    attention = AttentionFilter(label=_("Needs attention"))
    unused = UnusedFilter(label=_("Unused for 90 days"))
    archived = ArchivedFilter(label=_("Archived"))
    owner__id__exact = KeyFilter("owner", label=_("Owner"), choices=_owners)
    tag = TagFilter(label=_("Tag"), choices=_tags)
    condition = ConditionFilter(label=_("Asks about"), choices=_asked_about)
    names = NamingFilter(label=_("Names"))

    class Meta:
        model = Segment
        fields: list[str] = []
