"""The sizes of segments as of now, where they cost next to nothing."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from django.db.models import Case, F, IntegerField, Value, When

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from partners.models import Partner
from segments.models import Segment
from segments.query.columns.store import STORE
from segments.query.members import evaluator


def sizes_now(segments: Iterable[Segment], moment: Moment) -> dict[int, int]:
    """How many partners these segments have at the moment, by primary key.

    Without those that can't be told in time; nothing where there are no columns in memory.
    """
    sizes: dict[int, int] = {}
    if not STORE.is_on:
        return sizes
    with suppress(TooSlowError), time_limit(seconds=limits().sizes_now_timeout_s):
        if masks := evaluator(moment):
            for segment in segments:
                sizes[segment.pk] = masks.state.count(masks.of_definition(segment.read_or_nobody()))
    return sizes


def all_partners_now(moment: Moment) -> int:
    """How many partners there are."""
    masks = evaluator(moment)
    return masks.state.count(masks.state.everybody()) if masks else Partner.objects.count()


def show_sizes_now(segments: Sequence[Segment], moment: Moment) -> None:
    """Give these segments, for a page and unsaved, the numbers of the moment in place of the stored ones."""
    sizes = sizes_now(segments, moment)
    for segment in segments:
        if segment.pk in sizes:
            segment.partner_count, segment.counted_at = sizes[segment.pk], moment.instant


def by_size_now(segments: Iterable[Segment], moment: Moment) -> Case | F:
    """What sorts these segments by the numbers that are shown of them."""
    stored = F("partner_count")
    shown = [When(pk=pk, then=Value(size)) for pk, size in sizes_now(segments, moment).items()]
    return Case(*shown, default=stored, output_field=IntegerField()) if shown else stored
