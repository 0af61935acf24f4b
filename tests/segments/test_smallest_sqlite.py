"""The largest definitions on an SQLite with the limits that it has unless it is built with others."""

import sqlite3

import pytest
from django.db import connection

from partners.exports.columns import COLUMNS
from partners.exports.comma_separated import csv_chunks
from partners.exports.tables import Table
from segments.changes import change, crowd_of
from segments.compare import compare, members_of_part
from segments.definition import MAX_CONDITIONS, MAX_GROUPS, Definition
from segments.explain import explain
from segments.exports import source_of
from segments.funnel import funnel
from segments.labels import Labels
from segments.near_misses import missed_by
from segments.preview import preview
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory
from tests.segments.forms import any_of, asks, partners_of, saved, text_of

pytestmark = pytest.mark.django_db

LIMITS = {
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 32_766,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 500,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 1_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 2_000,
}
MANY = 50


@pytest.fixture(autouse=True)
def _smallest_build(db):
    """The limits of the documentation, whatever this machine's SQLite was built with."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    before = {limit: connection.connection.setlimit(limit, most) for limit, most in LIMITS.items()}
    yield
    for limit, most in before.items():
        connection.connection.setlimit(limit, most)


@pytest.fixture
def partner():
    """In none of the groups that are kept out, and in the one of each other group that lets in."""
    return ContractFactory(partner=PartnerFactory(groups=[PartnerGroupFactory(pk=7)])).partner


def groups(operator, first, *, number=MAX_CONDITIONS, also=7):
    """Conditions on that many lists of groups; partners in group 7 are let in or, if `also` is 0, are not."""
    lists = (list(range(first + MANY * at, first + MANY * (at + 1) - 1)) for at in range(number))
    return [asks("partner_group", operator, [*some, also or first]) for some in lists]


KEPT_OUT = groups("none_of", 1_000, also=0)
TWO_MORE = (groups("any_of", 5_000), groups("any_of", 7_000))
ONE_IS_NEGATIVE = any_of(KEPT_OUT, *TWO_MORE)
NO_CONTRACT_OR = asks("contract_stage", "any_of", ["none", "joined", "expired"])
ALL_GROUPS = any_of(
    *[
        {"all": [NO_CONTRACT_OR, *groups("any_of", 9_000 + 1_000 * at, number=MAX_CONDITIONS - 1)]}
        for at in range(MAX_GROUPS)
    ]
)
largest = pytest.mark.parametrize(
    "stored", [ONE_IS_NEGATIVE, ALL_GROUPS], ids=["one is negative", "all groups"]
)


@largest
def test_the_builder_counts_and_shows_them(partner, stored):
    definition = Definition.from_json(stored)
    found = preview(definition, Labels.of(definition))
    assert (found.count, found.partners) == (1, [partner])


def test_lists_have_them(as_viewer, partner):
    answer = as_viewer.get(partners_of(saved("Largest", ONE_IS_NEGATIVE)))
    assert partner.name in text_of(answer)


@largest
def test_files_have_them(partner, stored):
    source = source_of(stored, name="", what="")
    assert source.number() == 1
    assert partner.name in b"".join(csv_chunks(Table(COLUMNS, source.partners))).decode()


def test_it_is_explained_why_a_partner_is_in(partner):
    definition = Definition.from_json(ALL_GROUPS)
    assert explain(definition, partner, Labels.of(definition)).is_in


def test_conditions_are_counted(partner):
    found = funnel(Definition.from_json(ONE_IS_NEGATIVE))
    assert [group.size for group in found.groups] == [1, 1, 1]


def test_they_are_compared(partner):
    definitions = [Definition.from_json(one) for one in (ALL_GROUPS, ONE_IS_NEGATIVE)]
    assert compare(definitions).parts[0, 1] == 1
    assert members_of_part(definitions, (0, 1)).page(10) == [partner]


def test_changes_and_near_misses_are_found(partner):
    stored, new = (Definition.from_json(one) for one in (any_of(*TWO_MORE), ALL_GROUPS))
    assert not change(stored, new).enter.count
    assert crowd_of(missed_by(Definition.from_json(ONE_IS_NEGATIVE), 2, 1)).count == 0
