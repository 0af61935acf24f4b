"""Which days each way to name them means, and where they begin and end for instants in other zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from contracts.models import Contract
from partners.core.moment import Moment
from partners.models import Partner
from segments.attributes.values import FORMATS
from segments.compiler import compile_definition
from segments.days import TOKENS, Unit, anniversary_ranges
from segments.definition import Definition
from segments.operators import ValueType
from tests.factories import ContractFactory, PartnerFactory

TODAY = date(2026, 11, 28)  # a Saturday

EXAMPLES = [
    # value, its first day, its last day
    ({"on": "2026-11-28"}, "2026-11-28", "2026-11-28"),
    ({"before": "2026-11-28"}, None, "2026-11-27"),
    ({"after": "2026-11-28"}, "2026-11-29", None),
    ({"from": "2026-02-27", "to": "2026-03-01"}, "2026-02-27", "2026-03-01"),
    ({"from": "2026-11-28", "to": "2026-11-28"}, "2026-11-28", "2026-11-28"),
    ({"days_ago": 0}, "2026-11-28", "2026-11-28"),
    ({"days_ago": 28}, "2026-10-31", "2026-10-31"),
    ({"in_days": 0}, "2026-11-28", "2026-11-28"),
    ({"in_days": 3}, "2026-12-01", "2026-12-01"),
    ({"last": 1}, "2026-11-28", "2026-11-28"),
    ({"last": 30}, "2026-10-30", "2026-11-28"),
    ({"next": 1}, "2026-11-28", "2026-11-28"),
    ({"next": 30}, "2026-11-28", "2026-12-27"),
    ({"next": 3650}, "2026-11-28", "2036-11-24"),
    ({"more_days_ago": 0}, None, "2026-11-27"),
    ({"more_days_ago": 7}, None, "2026-11-20"),
    ({"more_days_ahead": 0}, "2026-11-29", None),
    ({"more_days_ahead": 7}, "2026-12-06", None),
    ({"this": "week"}, "2026-11-23", "2026-11-29"),
    ({"previous": "week"}, "2026-11-16", "2026-11-22"),
    ({"following": "week"}, "2026-11-30", "2026-12-06"),
    ({"this": "month"}, "2026-11-01", "2026-11-30"),
    ({"previous": "month"}, "2026-10-01", "2026-10-31"),
    ({"following": "month"}, "2026-12-01", "2026-12-31"),
    ({"this": "quarter"}, "2026-10-01", "2026-12-31"),
    ({"previous": "quarter"}, "2026-07-01", "2026-09-30"),
    ({"following": "quarter"}, "2027-01-01", "2027-03-31"),
    ({"this": "year"}, "2026-01-01", "2026-12-31"),
    ({"previous": "year"}, "2025-01-01", "2025-12-31"),
    ({"following": "year"}, "2027-01-01", "2027-12-31"),
    ({"anniversary": {"next": 30}}, "2026-11-28", "2026-12-27"),
]


def days(value):
    return FORMATS[ValueType.DAYS].read(value)


def first_and_last(value, today=TODAY):
    """The first and the last day that it means, as they are written; None where there is no such bound."""
    found = days(value).range(today)
    last = found.end and found.end - timedelta(days=1)
    return found.start and found.start.isoformat(), last and last.isoformat()


@pytest.mark.parametrize(("value", "first", "last"), EXAMPLES, ids=str)
def test_a_value_means_these_days_on_28_november_2026(value, first, last):
    assert first_and_last(value) == (first, last)


def test_every_way_to_name_days_has_its_example():
    shown = [days(value) for value, _first, _last in EXAMPLES]
    assert {one.token.key for one in shown} == set(TOKENS)
    of_units = {(one.token.key, one.argument) for one in shown if isinstance(one.argument, Unit)}
    assert of_units == {(key, unit) for key in ("this", "previous", "following") for unit in Unit}


@pytest.mark.parametrize(
    ("value", "today", "first", "last"),
    [
        ({"this": "week"}, "2026-11-23", "2026-11-23", "2026-11-29"),
        ({"this": "week"}, "2026-11-29", "2026-11-23", "2026-11-29"),
        ({"previous": "week"}, "2027-01-01", "2026-12-21", "2026-12-27"),
        ({"previous": "month"}, "2026-01-31", "2025-12-01", "2025-12-31"),
        ({"following": "month"}, "2028-01-31", "2028-02-01", "2028-02-29"),
        ({"previous": "quarter"}, "2026-01-01", "2025-10-01", "2025-12-31"),
        ({"this": "quarter"}, "2026-03-31", "2026-01-01", "2026-03-31"),
        ({"this": "quarter"}, "2026-04-01", "2026-04-01", "2026-06-30"),
        ({"next": 3}, "2026-12-31", "2026-12-31", "2027-01-02"),
        ({"last": 3}, "2027-01-01", "2026-12-30", "2027-01-01"),
        ({"next": 2}, "2028-02-28", "2028-02-28", "2028-02-29"),
        ({"last": 2}, "2028-03-01", "2028-02-29", "2028-03-01"),
        ({"days_ago": 366}, "2028-12-31", "2027-12-31", "2027-12-31"),
    ],
    ids=str,
)
def test_days_go_over_the_ends_of_months_and_years(value, today, first, last):
    assert first_and_last(value, date.fromisoformat(today)) == (first, last)


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ({"on": "9999-12-31"}, date.max, None),
        ({"before": "9999-12-31"}, None, date.max),
        ({"after": "9999-12-31"}, date.max, date.max),
        ({"from": "0001-01-01", "to": "9999-12-31"}, date.min, None),
        ({"on": "0001-01-01"}, date.min, date.min + timedelta(days=1)),
        ({"before": "0001-01-01"}, None, date.min),
        ({"after": "0001-01-01"}, date.min + timedelta(days=1), None),
    ],
    ids=str,
)
def test_the_first_and_the_last_day_that_there_are_can_be_named(value, start, end):
    found = days(value).range(TODAY)
    assert (found.start, found.end) == (start, end)


# Days of the year


@pytest.mark.parametrize(
    ("today", "number", "ranges"),
    [
        ("2026-11-28", 30, [(2026, 1128, 1227)]),
        ("2026-12-31", 3, [(2026, 1231, 1231), (2027, 101, 102)]),
        ("2027-02-28", 1, [(2027, 228, 229)]),  # 29 February counts as well
        ("2027-02-27", 1, [(2027, 227, 227)]),
        ("2028-02-28", 1, [(2028, 228, 228)]),
        ("2028-02-29", 1, [(2028, 229, 229)]),
        ("2027-03-01", 1, [(2027, 301, 301)]),
        ("2026-12-31", 367, [(2026, 1231, 1231), (2027, 101, 1231), (2028, 101, 101)]),
    ],
)
def test_the_days_of_the_year_are_told_year_by_year(today, number, ranges):
    asked = days({"anniversary": {"next": number}}).range(date.fromisoformat(today))
    assert anniversary_ranges(asked) == ranges


JOINED = ["2024-02-28", "2024-02-29", "2024-11-28", "2024-12-31"]
JOINED += ["2025-01-01", "2025-11-28", "2026-01-02", "2026-12-31"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("today", "number", "joined"),
    [
        ("2026-11-28", 1, ["2024-11-28", "2025-11-28"]),
        ("2026-12-31", 3, ["2024-12-31", "2025-01-01", "2026-01-02"]),
        ("2027-02-28", 1, ["2024-02-28", "2024-02-29"]),
        ("2027-02-27", 1, []),
        ("2027-03-01", 1, []),
        ("2028-02-28", 1, ["2024-02-28"]),
        ("2028-02-29", 1, ["2024-02-29"]),
        ("2024-02-29", 1, []),  # a day is not its own anniversary
        ("2026-12-30", 366, JOINED[:-1]),
        ("2026-12-30", 367, JOINED),
    ],
)
def test_a_day_has_its_day_of_the_year_in_later_years(today, number, joined):
    for day in JOINED:
        PartnerFactory(original_joined_date=day)
    PartnerFactory(original_joined_date=None)
    asked = asking("original_joined_date", {"anniversary": {"next": number}})
    moment = at(f"{today}T12:00:00", "UTC")
    found = Partner.objects.filter(compile_definition(asked, moment))
    assert [str(day) for day in found.order_by("pk").values_list("original_joined_date", flat=True)] == joined


# Instants


def at(instant, zone):
    return Moment(datetime.fromisoformat(instant).replace(tzinfo=UTC), ZoneInfo(zone))


def asking(field, value, operator="within"):
    condition = {"field": field, "operator": operator, "value": value}
    return Definition.from_json({"version": 2, "any": [{"all": [condition]}]})


def changed_at(*instants):
    """A contract for each instant (in UTC) at which it came into its stage."""
    for instant in instants:
        since = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        Contract.objects.filter(pk=ContractFactory().pk).update(stage_since=since)


def found(value, moment, operator="within"):
    """The instants of the contracts of the partners that are found, in UTC."""
    condition = compile_definition(asking("contract_stage_since", value, operator), moment)
    partners = Partner.objects.filter(condition)
    since = Contract.objects.filter(partner__in=partners).order_by("stage_since")
    return [one.astimezone(UTC).isoformat() for one in since.values_list("stage_since", flat=True)]


INSTANT = timedelta(microseconds=1)

DAYS_OF_ZONES = [
    # zone, day, the instant at which it begins, the instant at which the next one begins (UTC)
    ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00+00:00", "2026-03-29T22:00:00+00:00"),  # 23 hours
    ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00+00:00", "2026-10-25T23:00:00+00:00"),  # 25 hours
    # These have no midnight.
    ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00+00:00", "2026-04-24T21:00:00+00:00"),
    ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00+00:00", "2026-03-29T21:00:00+00:00"),
    ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00+00:00", "2026-09-07T03:00:00+00:00"),
    ("Asia/Tokyo", "2026-11-28", "2026-11-27T15:00:00+00:00", "2026-11-28T15:00:00+00:00"),
    ("America/Los_Angeles", "2026-11-28", "2026-11-28T08:00:00+00:00", "2026-11-29T08:00:00+00:00"),
    ("Europe/Berlin", "2028-02-29", "2028-02-28T23:00:00+00:00", "2028-02-29T23:00:00+00:00"),
    ("UTC", "2026-12-31", "2026-12-31T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("zone", "day", "begins", "ends"), DAYS_OF_ZONES)
def test_a_day_of_a_zone_has_the_instants_from_its_beginning_to_the_next(zone, day, begins, ends):
    start, end = datetime.fromisoformat(begins), datetime.fromisoformat(ends)
    instants = [one.isoformat() for one in (start - INSTANT, start, end - INSTANT, end)]
    changed_at(*(one.removesuffix("+00:00") for one in instants))
    before, first, last, after = instants
    noon = at(f"{day}T12:00:00", zone)
    assert noon.today.isoformat() == day
    for value in ({"on": day}, {"last": 1}, {"next": 1}, {"days_ago": 0}, {"from": day, "to": day}):
        assert found(value, noon) == [first, last], value
        assert found(value, noon, "not_within") == [before, after], value
    assert found({"before": day}, noon) == found({"more_days_ago": 0}, noon) == [before]
    assert found({"after": day}, noon) == found({"more_days_ahead": 0}, noon) == [after]
    assert found({"days_ago": 1}, noon) == [before]
    assert found({"in_days": 1}, noon) == [after]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked_at", "in_the_last_day"),
    [
        ("2026-11-28T22:59:59.900000", "2026-11-28T12:00:00+00:00"),  # 23:59:59.9 in Berlin
        ("2026-11-28T23:00:00", "2026-11-29T12:00:00+00:00"),
    ],
)
def test_what_is_today_changes_at_midnight_of_the_zone(asked_at, in_the_last_day):
    changed_at("2026-11-28T12:00:00", "2026-11-29T12:00:00")
    assert found({"last": 1}, at(asked_at, "Europe/Berlin")) == [in_the_last_day]


@pytest.mark.django_db
def test_the_next_three_days_of_new_years_eve_go_into_the_new_year():
    changed_at("2026-12-30T22:59:59", "2026-12-30T23:00:00", "2027-01-02T22:59:59", "2027-01-02T23:00:00")
    asked = at("2026-12-31T12:00:00", "Europe/Berlin")
    assert found({"next": 3}, asked) == ["2026-12-30T23:00:00+00:00", "2027-01-02T22:59:59+00:00"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "since"),
    [
        ("Asia/Tokyo", ["2025-11-27T15:00:00+00:00", "2025-11-28T14:59:59+00:00"]),
        ("America/Los_Angeles", ["2025-11-28T14:59:59+00:00", "2025-11-28T15:00:00+00:00"]),
    ],
)
def test_the_day_of_the_year_of_an_instant_is_that_of_the_zone(zone, since):
    changed_at(
        *("2025-11-27T14:59:59", "2025-11-27T15:00:00", "2025-11-28T14:59:59", "2025-11-28T15:00:00"),
        *("2026-11-28T12:00:00", "2025-11-29T20:00:00"),
    )
    assert found({"anniversary": {"next": 1}}, at("2026-11-28T12:00:00", zone)) == since


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_instants_can_be_asked_with_the_first_and_the_last_day_that_there_are(zone):
    changed_at("2026-11-28T12:00:00")
    moment, everything = at("2026-11-28T12:00:00", zone), ["2026-11-28T12:00:00+00:00"]
    for value in (
        {"after": "0001-01-01"},
        {"before": "9999-12-31"},
        {"from": "0001-01-01", "to": "9999-12-31"},
    ):
        assert found(value, moment) == everything, value
        assert found(value, moment, "not_within") == [], value
    for value in (
        {"before": "0001-01-01"},
        {"on": "0001-01-01"},
        {"on": "9999-12-31"},
        {"after": "9999-12-31"},
    ):
        assert found(value, moment) == [], value
        assert found(value, moment, "not_within") == everything, value
