"""Which pages a replica may answer. That it does, and what else it doesn't: `tests/config/production`."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from django.http import HttpResponse
from django.urls import get_resolver
from environs import EnvError

from config.environment import databases
from config.page_limit import PageLimitMiddleware
from config.replica import ROWS, SEGMENTS, ReplicaMiddleware, may_be_old
from partners.core import replica
from partners.models import Partner
from segments.query.columns.store import STORE
from tests.factories import PartnerGroupFactory

ROOT = Path(settings.BASE_DIR)
FORMS = re.compile(r"_(add|change|edit|delete|import|restore|plan|undo|step|emails)$")


def test_the_pages_are_there_and_none_is_a_form():
    [admin] = [one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "admin"]
    assert set(admin.reverse_dict) >= (ROWS | SEGMENTS)
    assert not [name for name in ROWS | SEGMENTS if FORMS.search(name)]
    assert not ROWS & SEGMENTS
    assert "search" not in ROWS | SEGMENTS


@pytest.mark.parametrize("columns", [True, False])
def test_pages_about_segments_are_left_to_columns_in_memory_where_there_are_some(rf, monkeypatch, columns):
    monkeypatch.setattr(STORE, "is_on", columns)
    assert {name for name in ROWS | SEGMENTS if may_be_old(rf.get("/"), name)} == (
        ROWS if columns else ROWS | SEGMENTS
    )


def test_what_is_sent_is_for_the_primary(rf):
    assert not [name for name in ROWS | SEGMENTS if may_be_old(rf.post("/"), name)]
    assert not may_be_old(rf.get("/"), "segments_segment_change")


def test_lists_that_are_filtered_by_a_segment_are_asked_where_columns_follow(rf, monkeypatch):
    [name, *_others] = ROWS
    for are_on, segment in ((True, "7"), (False, "7"), (True, "")):
        monkeypatch.setattr("config.replica.columns_are_on", lambda are_on=are_on: are_on)
        request = rf.get("/", {"segment": segment})
        assert may_be_old(request, name) is not (are_on and bool(segment))


class TestTheAddress:
    @pytest.fixture
    def read(self, monkeypatch, tmp_path):
        def read(**variables):
            for name, value in variables.items():
                monkeypatch.setenv(name, value)
            return databases(tmp_path / "db.sqlite3")

        return read

    def test_is_that_of_a_second_database(self, read):
        found = read(DATABASE_URL="postgres://a/segments", DATABASE_REPLICA_URL="postgres://b,c/segments")
        assert {alias: one["HOST"] for alias, one in found.items()} == {"default": "a", "replica": "b,c"}

    @pytest.mark.parametrize("primary", ["sqlite:///a", "postgres://a/segments"])
    def test_is_one_of_postgresql_as_the_primary_is(self, read, primary):
        other = "postgres://b/segments" if primary.startswith("sqlite") else "sqlite:///b"
        with pytest.raises(EnvError, match="DATABASE_REPLICA_URL"):
            read(DATABASE_URL=primary, DATABASE_REPLICA_URL=other)


@pytest.mark.parametrize("kept", ["", "-1", "1.5", "one", "9" * 5000])
def test_a_cookie_that_is_no_position_is_none(rf, kept):
    rf.cookies[replica.WRITTEN] = "7"
    assert replica.written_by(rf.get("/")) == 7
    rf.cookies[replica.WRITTEN] = kept
    assert replica.written_by(rf.get("/")) == 0


@pytest.mark.django_db(transaction=True)
class TestWithoutAReplica:
    def test_the_primary_is_asked(self):
        assert not replica.is_configured()
        with replica.reading(0) as attempt:
            assert not attempt.is_on_replica
            assert not replica.is_asked()

    def test_what_is_written_by_the_way_is_written_after_the_transaction(self):
        written = []
        with transaction.atomic():
            replica.write_by_the_way(lambda: written.append(PartnerGroupFactory()))
            assert not written
        assert written

    def test_a_failure_is_raised(self):
        def fail():
            raise replica.DatabaseError

        with pytest.raises(replica.DatabaseError):
            replica.answered(fail, 0)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_page_whose_snapshot_ends_badly_on_the_replica_is_asked_of_the_primary(rf, superuser, monkeypatch):
    """PostgreSQL also ends a snapshot that is in the way of what is replayed while nothing is asked."""
    primary, asked = connections[DEFAULT_DB_ALIAS], []
    commit = primary.commit
    monkeypatch.setattr(replica, "is_configured", lambda: True)
    monkeypatch.setattr(replica.REPLICA, "connected", lambda _written: primary)

    def view(_request):
        asked.append(replica.is_asked())
        Partner.objects.exists()
        return HttpResponse("The answer")

    def fail_on_the_replica():
        if replica.is_asked():
            raise OperationalError("terminating connection due to conflict with recovery")
        commit()

    monkeypatch.setattr(primary, "commit", fail_on_the_replica)
    request = rf.get("/admin/partners/partner/")
    request.user = superuser
    page = convert_exception_to_response(PageLimitMiddleware(view))
    assert ReplicaMiddleware(page)(request).content == b"The answer"
    assert asked == [True, False]


def test_what_is_written_by_the_way_is_never_written_on_a_replica():
    code = [
        file for app in ("config", "partners", "contracts", "segments") for file in (ROOT / app).rglob("*.py")
    ]
    hooks = [file.relative_to(ROOT) for file in code if "on_commit" in file.read_text()]
    assert hooks == [Path("partners/core/replica.py")]
