"""The sizes of segments as of now, where they cost next to nothing."""

from collections.abc import Iterable

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from segments.models import Segment
from segments.query.columns.store import STORE
from segments.query.members import evaluator


def show_sizes_now(segments: Iterable[Segment], moment: Moment) -> None:
    """Give these segments, for a page and unsaved, the numbers of the moment in place of the stored ones.

    Those that can't be told in time, and all where there are no columns in memory, keep what is stored.
    """
    if not STORE.is_on:
        return
    try:
        with time_limit(seconds=limits().sizes_now_timeout_s):
            masks = evaluator(moment)
            if masks is None:
                return
            for segment in segments:
                segment.partner_count = masks.state.count(masks.of_definition(segment.read_or_nobody()))
                segment.counted_at = moment.instant
    except TooSlowError:
        pass
