"""What the tests know of each field of the catalog: one row a field, from which all samples derive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.models import ContractStage
from partners.models import ProspectingStage
from segments.attributes import MAX_ID

PARTNER, CONTRACT = "partner", "contract"
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
        has=lambda row, program: [(row.columns.get(name, ""), None)],
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
}


def columns(of, value_of):
    """For each plain column of partners or contracts, the value that this function takes from its sample."""
    return {one.column: value_of(one) for one in SAMPLES.values() if one.column and one.of == of}


def usual(sample):
    return sample.values[0]


def wanted(sample):
    return sample.wanted
