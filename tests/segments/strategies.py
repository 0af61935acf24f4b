"""Random small programs, and random definitions over the whole catalog.

Both draw from the same few ids, stages and pieces of names, so that they meet often; and from some that no
program has.
"""

from contextlib import contextmanager

from django.db import transaction
from hypothesis import strategies as st

from contracts.models import Contract, TemplateTerm
from partners.models import Membership, Partner, PartnerGroup
from segments.attributes import MAX_ID
from segments.conditions import CATALOG
from segments.models import Cause, Run, RunState, Segment, Stay, Tracking
from tests.segments.evaluator import ContractRow, PartnerRow, Program, StayRow
from tests.segments.operators import OPERATORS, few
from tests.segments.samples import (
    CONTRACT,
    INNER,
    NUMBERS,
    PARTNER,
    SMALL_IDS,
    columns,
    currency_of,
    for_model,
    starts,
    store_owners,
)
from tests.segments.texts import OTHER_LETTERS, folded, names

ids = st.sampled_from(SMALL_IDS) | st.sampled_from([9, MAX_ID])


def _no_two_alike(rows):
    return len({folded(name) for name in rows.values()}) == len(rows)


def _several(sized, most):
    """Between two and this many; one time in five only one, or none."""
    several, fewer = sized(min_size=2, max_size=most), sized(max_size=1)
    return st.one_of(fewer, several, several, several, several)


def _values_of_columns(of):
    """For each plain column of partners or contracts one of its values, most often one of the first few."""
    values = columns(of, lambda one: few(one.values))
    return st.tuples(*values.values()).map(lambda drawn: dict(zip(values, drawn, strict=True)))


# Made once and not in each program: Hypothesis takes longer to make a strategy than to draw from it.
_named = _several(lambda **sizes: st.dictionaries(st.sampled_from(SMALL_IDS), names, **sizes), most=3)
_named = _named.filter(_no_two_alike)
_keys = _several(lambda **sizes: st.lists(ids, unique=True, **sizes), most=5)
_in_groups = st.frozensets(st.sampled_from(SMALL_IDS))
_columns = {of: _values_of_columns(of) for of in (PARTNER, CONTRACT)}
_contracts = st.lists(st.tuples(_columns[CONTRACT], st.sampled_from(SMALL_IDS)), max_size=3)
_first_numbers = st.integers(0, 3)
_turns = st.sets(st.sampled_from(starts(0, 1, -1, -6, -7, -29, -30, -365)), max_size=5)
_histories = st.fixed_dictionaries({segment: st.tuples(_turns, st.booleans()) for segment in INNER})
GONE_PARTNER = 7
"""No program has a partner with this ID, but its stays may be there still."""


def _stays_of(partner, history):
    """Up to three stays of a partner in each tracked segment, one after the other."""
    for segment, (turns, from_start) in history.items():
        instants = [*sorted(turns), None]
        pairs = zip(instants[:-1:2], instants[1::2], strict=False)
        for number, (entered, left) in enumerate(pairs):
            yield StayRow(segment, partner, entered, left, from_start and number == 0)


@st.composite
def programs(draw):
    """Partners, each in some groups and with up to three contracts: as many as there are numbers.

    Mostly several partners, groups and template terms; sometimes one or none of these.
    """
    groups, terms, first = draw(_named), draw(_named), draw(_first_numbers)
    unused = iter(NUMBERS[first:] + NUMBERS[:first])

    def contracts():
        for held, which in draw(_contracts) if terms else ():
            yield ContractRow(next(unused), sorted(terms)[which % len(terms)], held)

    keys = draw(_keys)
    return Program(
        partners=tuple(
            PartnerRow(
                id=number,
                name=draw(names),
                columns=draw(_columns[PARTNER]),
                groups=draw(_in_groups) & groups.keys(),
                contracts=tuple(contracts()),
            )
            for number in keys
        ),
        groups=groups,
        terms=terms,
        segments=INNER,
        stays=tuple(stay for number in (*keys, GONE_PARTNER) for stay in _stays_of(number, draw(_histories))),
    )


@st.composite
def texts_of(draw, program):
    """A part of a name that the program has, in other letters; of any name where it has none."""
    held = [row.name for row in program.partners] + sorted(program.terms.values())
    name = draw(st.sampled_from(held) if held else names)
    start = draw(st.integers(0, len(name) - 1))
    part = name[start : start + draw(st.integers(1, 3))]
    return draw(st.sampled_from(OTHER_LETTERS))(part) if folded(part) else name


@contextmanager
def stored(program):
    """The program's rows in the database, until the block ends."""
    with transaction.atomic():
        store(program)
        yield
        transaction.set_rollback(True)


def store_stays(segments, stays):
    """Have segments tracked, with these stays in them."""
    Tracking.objects.bulk_create(Tracking(segment_id=segment) for segment in segments)
    moments = {(one.segment, at) for one in stays for at in (one.entered, one.left) if at}
    runs = Run.objects.bulk_create(
        Run(segment_id=segment, due_at=at, at=at, day=at, state=RunState.DONE, revision=1, size=0)
        for segment, at in sorted(moments)
    )
    keys = {(run.segment_id, run.at): run.pk for run in runs}
    Stay.objects.bulk_create(
        Stay(
            partner_id=one.partner,
            segment_id=one.segment,
            entered_run_id=keys[one.segment, one.entered],
            entered_cause=Cause.START if one.from_start else Cause.DATA,
            left_run_id=keys.get((one.segment, one.left)),
            left_cause=one.left and Cause.TIME,
        )
        for one in stays
    )


def store(program):
    PartnerGroup.objects.bulk_create(PartnerGroup(id=pk, name=name) for pk, name in program.groups.items())
    TemplateTerm.objects.bulk_create(
        TemplateTerm(id=pk, name=name, currency=currency_of(pk)) for pk, name in program.terms.items()
    )
    Segment.objects.bulk_create(
        Segment(id=pk, name=f"Inner {pk}", definition=definition)
        for pk, definition in program.segments.items()
    )
    store_stays(program.segments, program.stays)
    store_owners()
    Partner.objects.bulk_create(
        Partner(id=row.id, name=row.name, **for_model(row.columns)) for row in program.partners
    )
    Membership.objects.bulk_create(
        Membership(partner_id=row.id, group_id=group) for row in program.partners for group in row.groups
    )
    Contract.objects.bulk_create(
        Contract(number=one.number, partner_id=row.id, template_term_id=one.term, **one.columns)
        for row in program.partners
        for one in row.contracts
    )


def condition(attribute, operator):
    """A condition of this field with this operator."""
    asked = {"field": attribute.key, "operator": operator.key}
    return OPERATORS[operator.key].values.drawn(attribute).map(lambda rest: asked | rest)


def conditions(kinds=None, version=2):
    """One condition of any field (or of one of these), with any operator that this version has."""
    by_pair = {
        (attribute.key, operator.key): condition(attribute, operator)
        for attribute in kinds or CATALOG.values()
        for operator in attribute.operators
        if max(attribute.version, operator.version) <= version
    }
    return st.sampled_from(list(by_pair)).flatmap(by_pair.__getitem__)


on_one_row = [attribute for attribute in CATALOG.values() if attribute.relation.one_row]
on_contracts = conditions(on_one_row)
"""Conditions of which several in a group speak of one contract."""


def _groups(version):
    return st.fixed_dictionaries(
        {
            "all": st.lists(
                conditions(version=version) | conditions(on_one_row, version), min_size=1, max_size=3
            )
        },
        optional={"contracts": st.sampled_from(["same", "any"])},
    )


groups = _groups(version=2)
definitions = st.fixed_dictionaries(
    {"version": st.just(2), "any": st.lists(groups, min_size=1, max_size=3)},
    optional={"except": st.lists(groups, min_size=1, max_size=2)},
)
definitions_of_version_1 = st.fixed_dictionaries(
    {"version": st.just(1), "any": st.lists(_groups(version=1), min_size=1, max_size=3)}
)
