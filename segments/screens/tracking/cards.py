"""The days of a tracked segment as cards: its runs, the versions saved, who entered and who left."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.core.moment import Moment
from partners.models import Partner
from segments.models import Cause, Run, RunState, Segment, SegmentVersion, Tracking
from segments.screens.tracking.facts import facts_of
from segments.screens.version_words import Line, summary
from segments.tracking.feed import Asked, Move, Way, last_deletions, moves, numbers, overview
from segments.tracking.history import Gap, end_of, known_from
from segments.tracking.reasons import explained

SHOWN_LATELY, SHOWN_EARLIER = 10, 2
"""Names a side: on the two last days with changes, and on the days before."""
DAYS_SHOWN_LATELY = 2
MAX_TIMES_NAMED = 3
MAX_VERSIONS_SHOWN = 50
MAX_MOVES_OF_PARTNERS = 200


@dataclass(frozen=True)
class MoveLine:
    """A move as a line: the partner's name (empty: deleted), what changed, and where the why is told."""

    move: Move
    name: str
    fact: str
    reason: str
    why: str


@dataclass(frozen=True)
class Crossing:
    """Who went one way on a day: how many, the first of them, and where all of them are listed."""

    way: Way
    number: int
    lines: Sequence[MoveLine]
    more: str = ""

    @property
    def rest(self) -> int:
        """How many are not shown."""
        return self.number - len(self.lines)


@dataclass(frozen=True)
class SavedVersion:
    """A version that was saved on the day, and what it changed."""

    version: SegmentVersion
    before: int
    lines: Sequence[Line]

    @property
    def comparison(self) -> str:
        """Where it is compared with the version before."""
        return address_of_comparison(self.version.segment_id, self.before, self.version.revision)


@dataclass(frozen=True)
class DayCard:
    """What a day brought. `gap`: the days without a run that lie before the next card above.

    A day without a run has a card where a version was saved on it.

    Days in a row on which nothing happened are one card; `first` is the earliest of them.
    """

    day: date
    title: str
    size: int | None
    runs: str
    versions: Sequence[SavedVersion] = ()
    crossings: Sequence[Crossing] = ()
    baseline: int | None = None
    gap: Gap | None = None
    first: date | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell of it."""
        return not (self.moved or self.versions) and self.baseline is None

    @property
    def moved(self) -> int:
        """How many entered or left, of those that are asked for."""
        return sum(crossing.number for crossing in self.crossings)


@dataclass(frozen=True)
class FeedFilter:
    """What the feed is narrowed to."""

    ways: Sequence[Way] = tuple(Way)
    cause: Cause | None = None
    partners: Collection[int] | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return len(self.ways) < len(Way) or self.cause is not None or self.partners is not None


@dataclass(frozen=True)
class Feed:
    """Cards, newest first, and how many moves of their days have each cause."""

    cards: Sequence[DayCard] = ()
    by_cause: Mapping[Cause, int] = field(default_factory=dict)
    is_cut: bool = False
    """Whether some moves of the partners asked for are left out, as too many."""


def words_for(day: date, moment: Moment) -> str:
    """The day's name and its date."""
    names = {moment.today: _("Today"), moment.today - timedelta(days=1): _("Yesterday")}
    return f"{names.get(day) or date_format(day, 'l')}, {date_format(day)}"


def days_with_runs(
    tracking: Tracking, begin: date, before: date | None, most: int, moment: Moment
) -> list[date]:
    """The local days from `begin` on that have a good run, newest first, at most so many."""
    runs = Run.objects.filter(
        segment=tracking.segment_id, state=RunState.DONE, at__gte=moment.start_of(begin)
    )
    if before:
        runs = runs.filter(at__lt=moment.start_of(before))
    local = runs.annotate(local_day=TruncDate("at", tzinfo=moment.zone)).values_list("local_day", flat=True)
    return list(local.order_by("-local_day").distinct()[:most])


def feed_of_days(
    tracking: Tracking, days: Sequence[date], asked: FeedFilter, moment: Moment, *, before: date | None
) -> Feed:
    """These days, newest first; of a feed that is narrowed, those on which there is something to tell.

    They are all days with a run that lie next to `before`, or to now.
    """
    if not days:
        return Feed()
    begin, end = moment.start_of(days[-1]), end_of(days[0], moment)
    most = SHOWN_EARLIER if before else SHOWN_LATELY
    counted, first = overview(Asked(tracking.segment_id, begin, end), asked.ways, most)
    good = list(_runs(tracking, at__gte=begin, at__lt=end))
    runs = _by_day(good, moment)
    moved = {
        day: {way: counted.of(way, {run.pk for run in runs[day]}, asked.cause) for way in asked.ways}
        for day in days
    }
    lengths = _lengths([day for day in days if any(moved[day].values())], is_first=before is None)
    named = [move for move in first if asked.cause in (None, move.cause)]
    lines = _first_lines(tracking, named, lengths, good, moment)
    cards = {}
    for day in days:
        crossings = [
            Crossing(way, number, lines[day, way], _address_of_moves(tracking, day, way, asked.cause, moment))
            for way, number in moved[day].items()
            if number
        ]
        cards[day] = _card(tracking, day, runs[day], crossings, moment)
    if asked.narrows:
        return Feed([card for card in cards.values() if card.crossings], counted.by_cause)
    whole = _with_versions_and_gaps(tracking.segment, cards, before, moment)
    return Feed(list(_quiet_days_together(whole)), counted.by_cause)


def _with_versions_and_gaps(
    segment: Segment, cards: Mapping[date, DayCard], before: date | None, moment: Moment
) -> Iterator[DayCard]:
    """With the versions saved from the earliest of these days on, and the days on which there was no run."""
    tomorrow = moment.today + timedelta(days=1)
    above = min(before or tomorrow, tomorrow)
    begin, end = moment.start_of(min(cards)), max(end_of(max(cards), moment), moment.start_of(above))
    versions = versions_saved(segment, begin, end, moment)
    for day in sorted({*cards, *versions}, reverse=True):
        card = cards.get(day) or DayCard(day, words_for(day, moment), None, "")
        yield replace(card, versions=versions.get(day, ()), gap=_gap(day, above))
        above = day


def _quiet_days_together(cards: Iterable[DayCard]) -> Iterator[DayCard]:
    above: DayCard | None = None
    for card in cards:
        if above and above.is_quiet and card.is_quiet and card.gap is None:
            above = replace(above, first=card.day, runs="")
            continue
        if above:
            yield above
        above = card
    if above:
        yield above


def _lengths(days_with_moves: Sequence[date], *, is_first: bool) -> dict[date, int]:
    """How many names a side are shown on each of these days, newest first."""
    lately = DAYS_SHOWN_LATELY if is_first else 0
    return {
        day: SHOWN_LATELY if place < lately else SHOWN_EARLIER for place, day in enumerate(days_with_moves)
    }


def _first_lines(
    tracking: Tracking,
    first: Iterable[Move],
    lengths: Mapping[date, int],
    runs: Sequence[Run],
    moment: Moment,
) -> defaultdict[tuple[date, Way], list[MoveLine]]:
    """The first moves of each day and way as lines: as many queries, however many days."""
    shown: defaultdict[tuple[date, Way], list[Move]] = defaultdict(list)
    for move in first:
        of_day = shown[day := move.at.astimezone(moment.zone).date(), move.way]
        if len(of_day) < lengths.get(day, 0):
            of_day.append(move)
    found: defaultdict[tuple[date, Way], list[MoveLine]] = defaultdict(list)
    for line in lines_of(tracking, [move for some in shown.values() for move in some], runs, moment):
        found[line.move.at.astimezone(moment.zone).date(), line.move.way].append(line)
    return found


def feed_of_partners(tracking: Tracking, asked: FeedFilter, moment: Moment) -> Feed:
    """All moves of a few partners, the newest ones if they are very many, on their days."""
    since, until = known_from(tracking), end_of(moment.today + timedelta(days=1), moment)
    if since is None or asked.partners is None:
        return Feed()
    everything = Asked(tracking.segment_id, since, until, partners=asked.partners)
    counted = numbers(everything, asked.ways)
    narrowed, most = replace(everything, cause=asked.cause), MAX_MOVES_OF_PARTNERS
    found = [move for way in asked.ways for move in moves(narrowed, way, most + 1)]
    found.sort(key=lambda move: move.at, reverse=True)
    by_day: defaultdict[date, list[MoveLine]] = defaultdict(list)
    for line in lines_of(tracking, found[:most], runs_of_moves(tracking, found[:most]), moment):
        by_day[line.move.at.astimezone(moment.zone).date()].append(line)
    cards = [
        DayCard(day, words_for(day, moment), None, "", crossings=_parted(lines, asked.ways))
        for day, lines in by_day.items()
    ]
    return Feed(cards, counted.by_cause, is_cut=len(found) > most)


def _parted(lines: Sequence[MoveLine], ways: Iterable[Way]) -> list[Crossing]:
    parted = [(way, [line for line in lines if line.move.way == way]) for way in ways]
    return [Crossing(way, len(some), some) for way, some in parted if some]


def _card(
    tracking: Tracking, day: date, runs: Sequence[Run], crossings: Sequence[Crossing], moment: Moment
) -> DayCard:
    first = next((run.size for run in runs if run.at == tracking.since), None)
    size, told = runs[-1].size if runs else None, _told(runs, moment)
    return DayCard(day, words_for(day, moment), size, told, crossings=crossings, baseline=first)


def _told(runs: Sequence[Run], moment: Moment) -> str:
    """When the runs were, where these are few."""
    if len(runs) > MAX_TIMES_NAMED:
        return _("%s runs") % f"{len(runs):,}"
    times = (run.at.astimezone(moment.zone) for run in runs if run.at)
    told = ngettext("run at %s", "runs at %s", len(runs))
    return told % ", ".join(date_format(at, "H:i") for at in times)


def _gap(day: date, above: date) -> Gap | None:
    if above - day <= timedelta(days=1):
        return None
    return Gap(day + timedelta(days=1), above - timedelta(days=1))


def _address_of_moves(tracking: Tracking, day: date, way: Way, cause: Cause | None, moment: Moment) -> str:
    """None of a day that is still to come by a clock that was set back."""
    if day > moment.today:
        return ""
    query = {"cause": cause.name.lower()} if cause else None
    return reverse(
        "admin:segments_segment_moves", args=[tracking.segment_id, day.isoformat(), way.value], query=query
    )


def lines_of(
    tracking: Tracking, found: Sequence[Move], runs: Iterable[Run], moment: Moment
) -> list[MoveLine]:
    """Moves with the partners' names and what changed about them; `runs` are those they came through."""
    keys, by_key = sorted({move.partner for move in found}), {run.pk: run for run in runs}
    named = dict(Partner.objects.filter(pk__any_of=keys).order_by().values_list("pk", "name"))
    gone = last_deletions(tracking.segment_id, keys)
    # Whoever was added with the Partner ID of a deleted partner is somebody else.
    names = {
        move: named[move.partner]
        for move in found
        if move.partner in named and not (move.partner in gone and move.at <= gone[move.partner])
    }
    facts = facts_of(list(names), by_key, moment)
    return [
        MoveLine(
            move,
            names.get(move, ""),
            facts.get(move, ""),
            explained(by_key[move.run].reason, move.cause) if move.run in by_key else "",
            _why(tracking.segment_id, move, by_key.get(move.run)) if move in names else "",
        )
        for move in found
    ]


def _why(segment: int, move: Move, run: Run | None) -> str:
    """The comparison of versions where another version of the segment moved the partner."""
    before = getattr(run, "revision_before", None)
    if move.cause == Cause.DEFINITION and run and before not in (None, run.revision):
        return address_of_comparison(segment, before, run.revision)
    return f"{reverse('admin:segments_segment_why', args=[segment])}?explain={move.partner}"


def address_of_comparison(segment: int, old: int | None, new: int | None) -> str:
    """Where two versions are compared, by their numbers."""
    return f"{reverse('admin:segments_segment_compare', args=[segment])}?old={old}&new={new}"


def runs_of_moves(tracking: Tracking, found: Iterable[Move]) -> list[Run]:
    """The runs that these moves came through."""
    return list(_runs(tracking, pk__in={move.run for move in found}))


def _runs(tracking: Tracking, **chosen: object) -> QuerySet[Run]:
    """Good runs, oldest first, with `revision_before`, `at_before`, `day_before` of the one before each."""
    good = Run.objects.filter(segment=tracking.segment_id, state=RunState.DONE)
    before = good.filter(at__lt=OuterRef("at")).order_by("-at")
    of_before = {f"{name}_before": Subquery(before.values(name)[:1]) for name in ("revision", "at", "day")}
    return good.filter(**chosen).annotate(**of_before).order_by("at")


def _by_day(runs: Iterable[Run], moment: Moment) -> defaultdict[date, list[Run]]:
    found: defaultdict[date, list[Run]] = defaultdict(list)
    for run in runs:
        if run.at:
            found[run.at.astimezone(moment.zone).date()].append(run)
    return found


def versions_saved(
    segment: Segment, begin: datetime, end: datetime, moment: Moment
) -> dict[date, list[SavedVersion]]:
    """The versions saved in [begin, end), the newest ones if they are very many; the first has no other."""
    newest = list(segment.versions.filter(at__lt=end)[: MAX_VERSIONS_SHOWN + 1])
    found: defaultdict[date, list[SavedVersion]] = defaultdict(list)
    for version, before in pairwise(newest):
        if version.at >= begin:
            saved = SavedVersion(version, before.revision, summary(before, version))
            found[version.at.astimezone(moment.zone).date()].append(saved)
    return found
