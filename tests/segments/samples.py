"""What the tests know of each field of the catalog: one row a field, from which all samples derive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from contracts.models import ContractStage
from partners.models import BusinessModel, ProspectingStage
from segments.attributes import MAX_ID
from tests.segments.moments import AT, days_from_today

PARTNER, CONTRACT = "partner", "contract"
ABSENT = "\0"
"""What a contract that is not there has in its columns: nothing is like it, and it is not empty."""
INNER = {
    2**40 + 1: {
        "version": 1,
        "any": [
            {"all": [{"field": "prospecting_stage", "operator": "any_of", "value": ["new", "joined"]}]},
            {"all": [{"field": "partner_group", "operator": "any_of", "value": [1]}]},
        ],
    },
    2**40 + 2: {
        "version": 2,
        "any": [
            {
                "all": [
                    {"field": "contract_stage", "operator": "any_of", "value": ["none", "joined"]},
                    {"field": "contract_end", "operator": "not_within", "value": {"last": 30}},
                ]
            }
        ],
        "except": [{"all": [{"field": "partner_group", "operator": "is_empty"}]}],
    },
}
"""The definitions of two segments that every random program has, by keys that no database gives out."""
SMALL_IDS = range(1, 5)
"""The primary keys that most rows of random programs have."""
NUMBERS = ["S-1", "s-1", "S_1", "S%1", "S\\1", "1", "01", "é", "e\u0301", "É", "'", '"', "S/1", "😀", "%"]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A field: what rows have there, and what its lists hold.

    `of` says whose field it is, and `has` what one of these rows (and the program it is from) has there:
    values, each with the text that texts are compared to. Of `values`, the first four are drawn most often.
    `wanted` and `filler` are for the compiler's long lists: a value that the partner Aurora has (or its one
    contract) and Vela has not, and so many values that neither has. `column`, where the field is nothing but
    a column: the rows of random programs are given one of the values, the first of which is what most have.
    """

    of: str
    has: Callable[[Any, Any], list[tuple[Any, str | None]]]
    values: Sequence[Any]
    wanted: Any
    filler: Callable[[int], Sequence[Any]]
    column: str = ""


def keys(many):
    return range(2**62, 2**62 + many)


def numbers(many):
    return [f"Ж-{number}" for number in range(many)]


def column(of, name, values, filler=None):
    """A column of partners or contracts; of choices, the last stands for values that no row has."""
    return Sample(
        of=of,
        has=lambda row, program: [(row.columns.get(name, ABSENT), None)],
        values=values,
        wanted=values[1],
        filler=filler or (lambda many: [values[-1]] * many),
        column=name,
    )


def picked(of, has):
    """Rows that are named by their primary keys, as numbers or as they are typed."""
    held = [*SMALL_IDS, 9, MAX_ID]
    typed = [*map(str, held), *(f" {key}\n" for key in held)]
    return Sample(of=of, has=has, values=[*held, *typed], wanted=7, filler=keys)


def days(of, name, values):
    """A column of days or instants, among them some at the edges of what conditions ask for."""
    return Sample(
        of=of,
        has=lambda row, program: [(day_of(row.columns.get(name, ABSENT)), None)],
        values=values,
        wanted=values[1],
        filler=lambda many: [],
        column=name,
    )


def day_of(value):
    return timezone.localdate(value) if isinstance(value, datetime) else value


def around(*numbers):
    return [days_from_today(number) for number in numbers]


def starts(*numbers):
    """Instants a second before and at the beginning of days."""
    begins = [AT.start_of(days_from_today(number)) for number in numbers]
    return [instant - timedelta(seconds=second) for instant in begins for second in (0, 1)]


def stays(day_of_stay):
    """The days on which a partner entered or left segments, each with the segment; None: it doesn't count."""

    def has(row, program):
        own = [stay for stay in program.stays if stay.partner == row.id]
        return [((stay.segment, day_of(at)), None) for stay in own if (at := day_of_stay(stay))]

    return Sample(of=PARTNER, has=has, values=[*INNER], wanted=min(INNER), filler=lambda many: [])


def currency_of(term):
    """All template terms of random programs have one of two."""
    return "EUR" if term % 2 else "USD"


OWNERS = {"ada": 2**30 + 1, "bo.Marsh": 2**30 + 2, "cy": 2**30 + 3}
"""Users whom random programs have, by keys that no database gives out soon."""


def store_owners():
    """Have these users in the database."""
    owners = [User(pk=key, username=name, is_staff=True) for name, key in OWNERS.items()]
    User.objects.bulk_create(owners, ignore_conflicts=True)


def for_model(columns):
    """The values of columns as the model takes them: an owner by primary key."""
    stored = dict(columns)
    if "owner" in stored:
        stored["owner_id"] = OWNERS.get(stored.pop("owner"))
    return stored


def of_model(row, names):
    """The values that a row of the model has in these columns: an owner by user name."""
    names_by_key = {key: name for name, key in OWNERS.items()}
    return {
        name: names_by_key.get(row.owner_id, "") if name == "owner" else getattr(row, name) for name in names
    }


SAMPLES = {
    "contract_stage": column(CONTRACT, "stage", ContractStage.values),
    "partner_group": picked(PARTNER, lambda row, program: [(key, program.groups[key]) for key in row.groups]),
    "prospecting_stage": column(PARTNER, "prospecting_stage", ProspectingStage.values),
    "contract_id": Sample(
        of=CONTRACT,
        has=lambda row, program: [(row.number, None)],
        values=[*NUMBERS, "S-9", " S-1\t", "none", "joined"],
        wanted="Ж\"'\\😀%s",
        filler=numbers,
    ),
    "partner_name": picked(PARTNER, lambda row, program: [(row.id, row.name)]),
    "partner_id": picked(PARTNER, lambda row, program: [(row.id, None)]),
    "template_term": picked(CONTRACT, lambda row, program: [(row.term, program.terms.get(row.term))]),
    "country": column(PARTNER, "country", ["", "DE", "AT", "NA", "US", "ZW"]),
    "business_model": column(PARTNER, "business_model", ["", *BusinessModel.values]),
    "email": column(PARTNER, "email", ["", "a@example.com"]),
    "owner": column(PARTNER, "owner", ["", *OWNERS]),
    "next_step": column(PARTNER, "next_step", ["", "Send the offer"]),
    "contract_start": days(CONTRACT, "start_date", around(0, -1, -29, -30, -31, -365, -366, -1000)),
    "contract_end": days(CONTRACT, "end_date", [None, *around(0, 1, 29, 30, 31, 400)]),
    "contract_stage_since": days(CONTRACT, "stage_since", starts(0, 1, -29, -30, -365)),
    "contract_currency": Sample(
        of=CONTRACT,
        has=lambda row, program: [(currency_of(row.term) if row.term else ABSENT, None)],
        values=["EUR", "USD", " CHF "],
        wanted="EUR",
        filler=lambda many: ["XTS"] * many,
    ),
    "original_joined_date": days(PARTNER, "original_joined_date", [None, *around(0, -1, -30, -365, -1460)]),
    "last_transition_date": days(PARTNER, "last_transition_date", [None, *around(-7, 0, 1, -8, -272)]),
    "last_contacted": days(PARTNER, "last_contacted", [None, *around(-1, 0, -30, -365)]),
    "next_step_date": days(PARTNER, "next_step_date", [None, *around(1, 0, -1, 30)]),
    "contracts": Sample(
        of=PARTNER,
        has=lambda row, program: [(len(row.contracts), None)],
        values=[],
        wanted=1,
        filler=lambda many: [],
    ),
    "segment": Sample(
        of=PARTNER,
        has=lambda row, program: [(key, None) for key in program.segments if row.id in program.members(key)],
        values=[*INNER, *map(str, INNER)],
        wanted=min(INNER),
        filler=lambda many: [max(INNER)] * many,
    ),
    "segment_since": stays(lambda stay: None if stay.left else stay.entered),
    "segment_entered": stays(lambda stay: None if stay.from_start else stay.entered),
    "segment_left": stays(lambda stay: stay.left),
}


def columns(of, value_of):
    """For each plain column of partners or contracts, the value that this function takes from its sample."""
    return {one.column: value_of(one) for one in SAMPLES.values() if one.column and one.of == of}


def usual(sample):
    return sample.values[0]


def wanted(sample):
    return sample.wanted
