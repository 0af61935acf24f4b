"""CSV files: what they hold, in which order, and that nothing has to be held in memory."""

import csv
from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.core.names import fold
from partners.exports.columns import COLUMNS, chosen
from partners.exports.expressions import SIGNS, SPACES, harmless
from partners.exports.table import ExportTable, email_list
from partners.exports.writers import csv_writer as comma_separated
from partners.exports.writers.csv_writer import csv_chunks
from partners.imports.parsing.cells import content
from partners.imports.parsing.name_lists import read_names
from partners.models import Membership, Partner, PartnerGroup
from segments.attributes import storable
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, UserFactory
from tests.laws import law
from tests.partners.exports.reading import csv_rows

pytestmark = pytest.mark.django_db


def made(table):
    """The file's rows without the heading, and how many it says there are."""
    chunks, parts = csv_chunks(table), []
    while True:
        try:
            parts.append(next(chunks))
        except StopIteration as end:
            return csv_rows(b"".join(parts)), end.value


def exported(partners=None, *keys):
    partners = Partner.objects.all() if partners is None else partners
    columns = chosen(keys, COLUMNS) if keys else tuple(COLUMNS)
    rows, number = made(ExportTable(columns, partners))
    assert number == len(rows) - 1
    return rows


@pytest.fixture(params=[False, True], ids=["few", "many"])
def size(request, change_limits):
    """As a file of few partners, and as one of so many that they come by Partner ID."""
    if request.param:
        change_limits(export_sorted_max_rows=0)
    return request.param


def test_every_column_reads_as_agreed(size):
    groups = [PartnerGroupFactory(name=name) for name in ("VIP", 'The "best"; of all', "beta")]
    partner = PartnerFactory(
        id=700123,
        name="Éclair, Reviews",
        email="ada@eclair.example",
        website="https://eclair.example",
        prospecting_stage="rejected_by_you",
        country="DE",
        business_model="content_reviews",
        original_joined_date=date(2025, 2, 3),
        last_transition_date=date(2026, 1, 31),
        owner=UserFactory(username="@ada"),
        last_contacted=date(2026, 3, 4),
        next_step="=Call",
        next_step_date=date(2026, 4, 5),
        groups=groups,
    )
    for stage in ("expired", "joined", "expired"):
        ContractFactory(partner=partner, stage=stage)
    assert exported() == [
        [
            "Partner ID",
            "Name",
            "E-mail",
            "Website",
            "Prospecting stage",
            "Groups",
            "Country",
            "Business model",
            "Original joined date",
            "Last transition date",
            "Owner",
            "Last contacted",
            "Next step",
            "Next step date",
            "Contract stages",
        ],
        [
            "700123",
            "Éclair, Reviews",
            "ada@eclair.example",
            "https://eclair.example",
            "Rejected by You",
            'beta; "The ""best""; of all"; VIP',
            "DE",
            "Content/Reviews",
            "2025-02-03",
            "2026-01-31",
            "'@ada",
            "2026-03-04",
            "'=Call",
            "2026-04-05",
            "Joined; Expired",
        ],
    ]


def test_what_is_blank_is_an_empty_cell(size):
    PartnerFactory(id=5, name="Moss")
    assert exported() == [[str(one.label) for one in COLUMNS], ["5", "Moss", "", "", "New", *[""] * 10]]


@pytest.mark.parametrize("key", ["country", "groups", "original_joined_date"])
def test_a_blank_cell_that_is_all_of_its_line_is_a_line_all_the_same(size, key):
    PartnerFactory.create_batch(2)
    assert exported(None, key)[1:] == [[""], [""]]


def test_only_the_chosen_columns_in_the_order_of_the_file():
    PartnerFactory(id=5, name="Moss", country="DE")
    assert exported(None, "country", "partner_id") == [["Partner ID", "Country"], ["5", "DE"]]


def test_the_lines_are_the_same_bytes_on_both_databases(size):
    PartnerFactory(id=5, name='A "b", c', country="DE")
    columns = chosen(["partner_id", "name", "country", "groups"], COLUMNS)
    content = b"".join(csv_chunks(ExportTable(columns, Partner.objects.all())))
    assert content == b'\xef\xbb\xbfPartner ID,Name,Groups,Country\n5,"A ""b"", c",,DE\n'


def test_nobody_is_a_heading():
    assert exported(Partner.objects.none()) == [[str(one.label) for one in COLUMNS]]
    assert exported(Partner.objects.filter(pk=7)) == [[str(one.label) for one in COLUMNS]]


def test_partners_come_in_the_order_of_the_list_unless_they_are_too_many(monkeypatch, change_limits):
    for pk, name in ((1, "Vela"), (2, "aurora"), (3, "Moss")):
        PartnerFactory(id=pk, name=name)
    assert [row[0] for row in exported(None, "name")[1:]] == ["aurora", "Moss", "Vela"]
    backwards = Partner.objects.order_by("-name_folded")
    assert [row[0] for row in exported(backwards, "name")[1:]] == ["Vela", "Moss", "aurora"]
    change_limits(export_sorted_max_rows=3)
    assert [row[0] for row in exported(backwards, "name")[1:]] == ["Vela", "Moss", "aurora"]
    change_limits(export_sorted_max_rows=2)
    assert [row[0] for row in exported(backwards, "name")[1:]] == ["Vela", "aurora", "Moss"]


hostile = st.text(
    st.sampled_from([*SIGNS, *SPACES, *"'\";,%\\.a1é😀"]) | st.characters(exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=6,
).filter(fold)


@given(
    names=st.lists(hostile, max_size=4),
    groups=st.lists(hostile.filter(storable), max_size=3, unique_by=str.casefold),
)
@settings(law(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_people_typed_comes_through_and_runs_nothing(size, names, groups):
    with transaction.atomic():
        Partner.objects.bulk_create(
            Partner(id=number, name=name, email=name) for number, name in enumerate(names, start=1)
        )
        held = [PartnerGroup.objects.create(name=f"{number}{name}") for number, name in enumerate(groups)]
        Membership.objects.bulk_create(
            Membership(partner_id=partner, group=group)
            for partner in range(1, len(names) + 1)
            for group in held
        )
        rows = exported(Partner.objects.order_by("pk"), "name", "email", "groups")[1:]
        transaction.set_rollback(True)
    assert [row[0] for row in rows] == [harmless(name) for name in names]
    assert [row[1] for row in rows] == [harmless(name) for name in names]
    assert [parted(row[2]) for row in rows] == [[group.name for group in held]] * len(names)


def parted(cell):
    return next(csv.reader([cell], delimiter=";", skipinitialspace=True), [])


@pytest.mark.parametrize("name", ["##", "#####", "'###", "''##", "#", "'#", "##1", "'##'", "a##"])
def test_a_name_that_looks_like_a_number_too_wide_to_be_shown_is_marked(size, name):
    PartnerFactory(name=name, groups=[PartnerGroupFactory(name=name)])
    [cell, groups] = exported(None, "name", "groups")[1]
    assert cell == harmless(name)
    assert read_names(content(groups), {}) == [name]


def test_a_country_that_would_run_does_not(size):
    PartnerFactory(country="=1")
    assert exported(None, "country")[1] == ["'=1"]


@pytest.mark.parametrize("name", ["=cmd", "\uff1dcmd", " \u3000@cmd", '"; "x'])
def test_a_group_that_would_run_does_not(size, name):
    PartnerFactory(groups=[PartnerGroupFactory(name=name)])
    [cell] = exported(None, "groups")[1]
    assert cell == (harmless(name) if '"' not in name else '"""; ""x"')


def test_a_text_is_never_sql(size):
    name = "'; DROP TABLE partners_partner; -- %s %(x)s {} $1 \\"
    PartnerFactory(name=name, groups=[PartnerGroupFactory(name=f"a{name}")])
    found = exported(Partner.objects.filter(name=name), "name", "groups")[1]
    assert found == [harmless(name), f'"a{name}"']


def test_it_comes_in_chunks_of_many_lines(monkeypatch):
    monkeypatch.setattr(comma_separated, "LINES_PER_CHUNK", 10)
    monkeypatch.setattr("partners.exports.writers.postgresql_copy.CHUNK_BYTES", 60)
    PartnerFactory.create_batch(25)
    chunks = list(csv_chunks(ExportTable(chosen(["name"], COLUMNS), Partner.objects.all())))
    assert 3 <= len(chunks) <= 8
    assert sum(chunk.count(b"\n") for chunk in chunks) == 26


def test_it_is_one_question_however_many_rows_and_columns(size):
    queries = {}
    for number in (1, 30):
        PartnerFactory.create_batch(number, groups=[PartnerGroupFactory()])
        with CaptureQueriesContext(connection) as captured:
            exported()
        queries[number] = [
            query["sql"] for query in captured if "FROM" in query["sql"] and "LIMIT" not in query["sql"]
        ]
    # On PostgreSQL the one question is a COPY, which Django does not see.
    expected = 0 if connection.vendor == "postgresql" else 1
    assert [len(asked) for asked in queries.values()] == [expected, expected]


class TestEmailList:
    def test_has_each_address_once_and_no_blanks(self):
        for email in ("moss@one.example", "", "Ada@one.example", "ada@ONE.example", "moss@one.example"):
            PartnerFactory(email=email)
        rows, number = made(email_list(Partner.objects.all()))
        assert rows == [["E-mail"], ["ada@one.example"], ["moss@one.example"]]
        assert number == 2

    def test_keeps_letters_that_are_not_ascii(self):
        for email in ("É@one.example", "é@one.example"):
            PartnerFactory(email=email)
        assert len(made(email_list(Partner.objects.all()))[0]) == 3

    def test_runs_nothing(self):
        PartnerFactory(email="+tag@one.example")
        assert made(email_list(Partner.objects.all()))[0][1] == ["'+tag@one.example"]

    def test_of_nobody_is_a_heading(self):
        assert made(email_list(Partner.objects.none()))[0] == [["E-mail"]]
