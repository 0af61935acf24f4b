"""Files whose partners columns in memory have found: they are read by their IDs, as of the same moment."""

from dataclasses import replace
from io import BytesIO

import pytest
from django.db import connection

from partners.core.moment import Moment
from partners.exports.columns import COLUMNS, chosen
from partners.exports.services import write
from partners.models import Partner
from partners.models.exports import Format
from segments.query import members
from segments.query.columns.store import ColumnStore
from segments.screens.exports import source_of
from segments.screens.overlap import address
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.partners.exports.reading import csv_rows, excel_sheets
from tests.segments.forms import NEW, any_of, asks, saved
from tests.segments.masks import answered_by_masks
from tests.segments.query.columns.database import in_another_thread, of_several_connections
from tests.segments.screens.test_exports import names

NAMES = chosen(["name"], COLUMNS)
ASKED_IN_SQL = '"prospecting_stage" IN'


@pytest.fixture
def found():
    """Aurora and Fern, who are prospects; Moss is none."""
    PartnerFactory(name="Fern", email="a@one.example")
    PartnerFactory(name="Aurora", email="")
    PartnerFactory(name="Moss", prospecting_stage="joined")
    return source_of(any_of([NEW]), Moment.now(), name="Prospects", what="Prospects")


def written(table, source, kind=Format.CSV):
    """The file, and all that the database was asked for it."""
    file, asked = BytesIO(), []

    def note(execute, sql, params, *rest):
        asked.append(f"{sql} {params}")
        return execute(sql, params, *rest)

    with connection.execute_wrapper(note):
        write(source, table, kind, file)
    return file.getvalue(), " ".join(asked)


@pytest.mark.django_db
class TestAFile:
    @pytest.fixture(autouse=True)
    def _by_columns(self):
        with answered_by_masks():
            yield

    def test_asks_for_the_partners_by_their_ids(self, found):
        content, asked = written(found.table(NAMES), found)
        assert csv_rows(content) == [["Name"], ["Aurora"], ["Fern"]]
        assert ASKED_IN_SQL not in asked

    def test_of_many_is_asked_in_sql(self, found, monkeypatch):
        monkeypatch.setattr(members, "MAX_LISTED", 1)
        content, asked = written(found.table(NAMES), found)
        assert csv_rows(content) == [["Name"], ["Aurora"], ["Fern"]]
        assert ASKED_IN_SQL in asked

    def test_is_in_the_order_of_ids_where_they_are_many_to_sort(self, found, change_limits):
        change_limits(export_sorted_max_rows=1)
        content, _asked = written(found.table(NAMES), found)
        assert csv_rows(content) == [["Name"], ["Fern"], ["Aurora"]]

    def test_of_excel_and_of_addresses_holds_the_same_partners(self, found):
        content, _asked = written(found.table(NAMES), found, Format.EXCEL)
        assert excel_sheets(content) == {"Partners": [{"A": "Name"}, {"A": "Aurora"}, {"A": "Fern"}]}
        content, _asked = written(found.email_list(), found)
        assert csv_rows(content) == [["E-mail"], ["a@one.example"]]

    def test_of_nobody_has_a_heading(self):
        source = source_of(any_of([NEW]), Moment.now(), name="Nobody", what="Nobody")
        assert csv_rows(written(source.table(NAMES), source)[0]) == [["Name"]]

    def test_of_a_part_of_compared_segments_holds_that(self, found, as_viewer):
        vip = PartnerGroupFactory()
        PartnerFactory(name="Vela", prospecting_stage="new", groups=[vip])
        one, two = saved(), saved("VIP", any_of([asks("partner_group", "any_of", [vip.pk])]))
        assert names(as_viewer, f"{address([one.pk, two.pk])}{one.pk}/export/") == ["Aurora", "Fern"]


@pytest.mark.session
@pytest.mark.django_db(transaction=True)
def test_a_file_is_of_the_moment_at_which_its_partners_were_found(found, monkeypatch, tmp_path):
    with of_several_connections(tmp_path):
        store = ColumnStore()
        store.is_on = True
        store.build()
        monkeypatch.setattr(members, "STORE", store)
        table = found.table(NAMES)

        def find_and_change():
            ids = table.find()
            in_another_thread(Partner.objects.all().delete)
            return ids

        content, asked = written(replace(table, find=find_and_change), found)
        assert csv_rows(content) == [["Name"], ["Aurora"], ["Fern"]]
        assert ASKED_IN_SQL not in asked
        assert not Partner.objects.exists()
