"""Who would enter a saved segment and who would leave it, if it were saved as it stands in the builder."""

from dataclasses import dataclass, field

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from partners.models import Partner
from segments.definition import Definition
from segments.models import Segment
from segments.nesting import read_afresh
from segments.query.base import PartnerQuery
from segments.query.members import difference_query
from segments.references import segments_reaching

MAX_PARTNERS_SHOWN = 10
MAX_SEGMENTS_SHOWN = 10


@dataclass(frozen=True)
class Crowd:
    """So many partners, and the first of them by name."""

    count: int = 0
    partners: list[Partner] = field(default_factory=list)


@dataclass(frozen=True)
class MembershipChange:
    """Who would enter and who would leave; `too_slow`: finding them took too long."""

    enter: Crowd = Crowd()
    leave: Crowd = Crowd()
    too_slow: bool = False


@dataclass(frozen=True)
class OuterChange:
    """How many would enter and how many would leave a segment that names the one that is saved."""

    segment: Segment
    enter: int
    leave: int


@dataclass(frozen=True)
class OuterChanges:
    """The segments that name it, directly or through others; `uncounted`: too many, or it took too long."""

    counted: list[OuterChange]
    uncounted: int = 0


def membership_change(
    stored: Definition, new: Definition, moment: Moment, *, page: str = ""
) -> MembershipChange:
    """From what is stored to what is to be saved; `page` as in `time_limit`, with its SupersededError."""
    try:
        with time_limit(seconds=limits().membership_change_timeout_s, page=page):
            return MembershipChange(
                crowd_of(difference_query(new, moment=moment, less=[stored])),
                crowd_of(difference_query(stored, moment=moment, less=[new])),
            )
    except TooSlowError:
        return MembershipChange(too_slow=True)


def outer_changes(segment: Segment, new: Definition, moment: Moment, *, page: str = "") -> OuterChanges:
    """What saving the segment like this does to those that name it; `page` as of `membership_change`."""
    after = read_afresh(moment, known={segment.pk: (segment.name, new)})
    outer = list(Segment.objects.filter(pk__in=segments_reaching([segment.pk])))
    counted: list[OuterChange] = []
    try:
        with time_limit(seconds=limits().membership_change_timeout_s, page=page):
            for one in outer[:MAX_SEGMENTS_SHOWN]:
                asked = one.read_or_nobody()
                enter = difference_query(asked, moment=after, less=[asked], less_at=moment).count
                leave = difference_query(asked, moment=moment, less=[asked], less_at=after).count
                counted.append(OuterChange(one, enter, leave))
    except TooSlowError:
        pass
    return OuterChanges(counted, len(outer) - len(counted))


def crowd_of(partners: PartnerQuery) -> Crowd:
    """How many they are, and the first of them."""
    return Crowd(partners.count, partners.page(MAX_PARTNERS_SHOWN) if partners.count else [])
