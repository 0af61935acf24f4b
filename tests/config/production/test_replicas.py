"""Pages that a streaming replica answers, and all that it must not answer."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg
import pytest
from django.urls import resolve

from config.replica import ROWS, SEGMENTS
from tests.config.production.servers import (
    PASSWORD,
    Browser,
    Cluster,
    Program,
    ask,
    made_clusters,
    served,
    until,
)
from tests.partners.exports.reading import excel_sheets
from tests.segments.forms import NEW, PROSPECTS, any_of, asks, form

pytestmark = [pytest.mark.slow, pytest.mark.once]

BUILDER = "/admin/segments/segment/add/"
SEGMENT = "/admin/segments/segment/1/"
PARTNERS = "/admin/partners/partner/"
CONTRACTS = "/admin/contracts/contract/"
AN_HOUR = "3600"
PAGES = {
    "contracts_contract_changelist": "contracts/contract/",
    "index": "",
    "partners_partner_changelist": "partners/partner/",
    "segments_compare": "segments/segment/compare/1,2/",
    "segments_compare_part": "segments/segment/compare/1,2/1/",
    "segments_compare_part_export": "segments/segment/compare/1,2/1/export/",
    "segments_draft_entering": "segments/segment/drafts/a-draft-key/entering/",
    "segments_draft_export": "segments/segment/drafts/a-draft-key/export/",
    "segments_draft_leaving": "segments/segment/drafts/a-draft-key/leaving/",
    "segments_draft_near_misses": "segments/segment/drafts/a-draft-key/near/1/1/",
    "segments_draft_partners": "segments/segment/drafts/a-draft-key/partners/",
    "segments_draft_why": "segments/segment/drafts/a-draft-key/why/",
    "segments_segment_changelist": "segments/segment/",
    "segments_segment_compare": "segments/segment/1/versions/compare/",
    "segments_segment_entered": "segments/segment/1/versions/1/1/entering/",
    "segments_segment_export": "segments/segment/1/export/",
    "segments_segment_left": "segments/segment/1/versions/1/1/leaving/",
    "segments_segment_partners": "segments/segment/1/partners/",
    "segments_segment_why": "segments/segment/1/why/",
}


@dataclass
class Site:
    """The program with a primary and a standby that it may read from."""

    primary: Cluster
    standby: Cluster
    program: Program

    def browser(self, user="admin"):
        return Browser(self.program.port, user).log_in()

    def write(self, sql):
        """As another program does."""
        with self.primary.connection() as connection:
            connection.execute(sql)

    def asked(self, sql):
        with self.primary.connection() as connection:
            return connection.execute(sql).fetchone()[0]

    def has_replayed(self):
        position = self.asked("SELECT pg_current_wal_insert_lsn()::text")
        sql = f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn"
        until(lambda: self.told_by_replica(sql), "the replica has replayed it")

    def told_by_replica(self, sql):
        """What it answers; None where replaying got in the way, which waits for no question."""
        with suppress(psycopg.errors.SerializationFailure), self.standby.connection() as connection:
            return connection.execute(sql).fetchone()[0]

    @contextmanager
    def paused(self):
        """The replica stands still meanwhile, with all that was written before."""
        self.has_replayed()
        pause = "SELECT pg_wal_replay_pause() IS NOT NULL AND pg_get_wal_replay_pause_state() = 'paused'"
        until(lambda: self.told_by_replica(pause), "the replica pauses")
        try:
            yield
        finally:
            resume = "SELECT pg_wal_replay_resume() IS NOT NULL"
            until(lambda: self.told_by_replica(resume), "the replica goes on")
        self.has_replayed()

    def said(self, text):
        """How many lines of the log say it."""
        return self.program.log.count(text)


def wait_for_pages(standby, at_most="-1"):
    """What is to be replayed waits for pages that it conflicts with: by itself for ever, so none fails."""
    setting = "max_standby_streaming_delay"
    with standby.connection() as connection:
        connection.execute(f"ALTER SYSTEM SET {setting} = '{at_most}'")
        connection.execute("SELECT pg_reload_conf()")

    def is_known():
        with standby.connection() as connection:
            return connection.execute(f"SHOW {setting}").fetchone() == (at_most,)

    until(is_known, "the replica knows how long to wait")


@contextmanager
def made(folder, **variables):
    with made_clusters() as new:
        primary, standby = new(), new()
        primary.make().copy(standby)
        wait_for_pages(standby)
        usual = {"DATABASE_REPLICA_URL": standby.url(), "WEB_CONCURRENCY": "1"}
        variables = {**usual, "DATABASE_REPLICA_MAX_AGE_S": AN_HOUR, **variables}
        with served(folder, primary.url(), **variables) as program:
            program.manage("demo_data", "--partners", "100", "--days", "0")
            program.manage("demo_logins", DJANGO_SUPERUSER_PASSWORD=PASSWORD)
            site = Site(primary, standby, program)
            site.has_replayed()
            # From the first question on the process knows how old an answer may be.
            site.browser().get(PARTNERS)
            yield site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with made(tmp_path_factory.mktemp("replica")) as site:
        yield site


def named(text):
    """Partners with this in their names."""
    return any_of([asks("partner_name", "contains", text)])


def save_segment(browser, name, definition=PROSPECTS):
    answer = browser.post(BUILDER, form(definition, "save", name=name))
    assert answer.status == 302, answer.text


def names_in(answer):
    return {name for name in ("Mine", "Theirs", "Later") if f">{name}<" in answer.text}


def rename_a_partner(site, name):
    site.write(
        f"UPDATE partners_partner SET name = '{name}', name_folded = '{name.lower()}'"
        " WHERE id = (SELECT min(id) FROM partners_partner)"
    )


class TestAMomentLater:
    """The replica has not replayed yet what was written."""

    def test_others_see_what_was_and_the_writer_what_was_written(self, site):
        segments, writer, other = "/admin/segments/segment/", site.browser(), site.browser()
        with site.paused():
            save_segment(writer, "Mine")
            assert names_in(writer.get(segments)) - {"Later"} == {"Mine"}
            assert names_in(other.get(segments)) - {"Later"} == set()
        assert names_in(other.get(segments)) - {"Later"} == {"Mine"}
        with site.paused():
            save_segment(other, "Theirs")
            # The writer's own is there by now, so the replica answers again.
            assert names_in(writer.get(segments)) - {"Later"} == {"Mine"}
            assert names_in(other.get(segments)) - {"Later"} == {"Mine", "Theirs"}

    def test_the_writer_sees_it_though_a_request_of_before_puts_the_session_back(self, site):
        writer = site.browser()
        key = writer.cookies["sessionid"]
        with site.paused(), site.primary.connection() as database:
            of = f"WHERE session_key = '{key}'"
            [before] = database.execute(f"SELECT session_data FROM django_session {of}").fetchone()
            save_segment(writer, "Saved meanwhile")
            database.execute(f"UPDATE django_session SET session_data = %s {of}", [before])
            assert ">Saved meanwhile<" in writer.get("/admin/segments/segment/").text

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_files_have_what_their_reader_wrote_and_of_others_what_was(self, site, kind):
        reader, writer, name = site.browser(), site.browser(), f"Renamed for {kind}"
        save_segment(reader, name, named(name))
        export = f"/admin/segments/segment/{site.asked('SELECT max(id) FROM segments_segment')}/export/"

        def names(browser):
            answer = browser.post(export, {"columns": ["name"], "format": kind, "download": ""})
            assert answer.status == 200
            return answer.text if kind == "csv" else str(excel_sheets(answer.content))

        with site.paused():
            rename_a_partner(site, name)
            save_segment(writer, f"Noted for {kind}")
            assert name not in names(reader)
            assert name in names(writer)
        assert name in names(reader)
        assert site.asked("SELECT count(*) FROM partners_export WHERE rows IS NULL") == 0

    def test_the_builder_asks_the_primary(self, site):
        browser = site.browser()
        with site.paused():
            rename_a_partner(site, "Brand-new name")
            answer = browser.post(BUILDER, form(named("Brand-new"), "preview"))
            assert "Brand-new name" in answer.text

    def test_rights_that_were_taken_are_gone(self, site):
        viewer = site.browser("viewer")
        assert viewer.get(PARTNERS).status == 200
        with site.paused():
            site.write(
                "DELETE FROM auth_user_groups USING auth_user"
                " WHERE auth_user.id = user_id AND username = 'viewer'"
            )
            assert viewer.get(PARTNERS).status == 403

    def test_a_login_that_was_ended_has_ended(self, site):
        browser = site.browser()
        with site.paused():
            site.write("DELETE FROM django_session")
            assert browser.get(PARTNERS).status == 302

    def test_what_was_just_added_is_found_by_those_who_get_its_address(self, site):
        writer, other = site.browser(), site.browser()
        with site.paused():
            save_segment(writer, "Later")
            key = site.asked("SELECT max(id) FROM segments_segment")
            assert other.get(f"/admin/segments/segment/{key}/partners/").status == 200


class TestPages:
    def test_on_the_list_are_answered_by_the_replica_alone(self, site):
        assert PAGES.keys() == ROWS | SEGMENTS
        browser = site.browser()
        before = site.said("Asked again")
        two_conditions = any_of([NEW, asks("partner_name", "contains", "a")])
        sent = form(two_conditions, "see_all", draft="a-draft-key", revision="1")
        assert browser.post("/admin/segments/segment/1/change/", sent).status == 302
        site.has_replayed()
        with site.standby.connection() as standby:
            for name, place in PAGES.items():
                assert resolve(f"/admin/{place}").url_name == name
                begun = transactions(standby)
                assert browser.get(f"/admin/{place}").status == 200, place
                until(
                    lambda begun=begun: transactions(standby) > begun + 1, f"{place} is asked of the replica"
                )
        assert site.said("Asked again") == before

    def test_note_by_the_way_on_the_primary_that_a_segment_was_used(self, site):
        site.write("UPDATE segments_segment SET used_at = '2020-01-01' WHERE id = 1")
        site.has_replayed()
        before = site.said("Asked again")
        assert site.browser().get(f"{SEGMENT}partners/").status == 200
        assert site.asked("SELECT used_at > '2020-01-01' FROM segments_segment WHERE id = 1")
        assert site.said("Asked again") == before


def transactions(standby):
    """How many the program has begun there; the server counts those of a connection within a second."""
    standby.execute("SELECT pg_stat_clear_snapshot()")
    sql = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'segments'"
    return standby.execute(sql).fetchone()[0]


def test_a_snapshot_of_the_replica_names_no_transaction_that_runs_so_columns_can_not_follow_it(site):
    running = "SELECT count(*) FROM pg_snapshot_xip(pg_current_snapshot())"
    with site.primary.connection() as writer, site.standby.connection() as standby:
        writer.execute("BEGIN; UPDATE partners_partner SET name = name")
        site.write("UPDATE segments_segment SET name = name")
        site.has_replayed()
        assert site.asked(running) == 1
        assert standby.execute(running).fetchone()[0] == 0
        writer.execute("ROLLBACK")


@contextmanager
def waiting_for(site, lock):
    """Pages wait where they count groups: on each server for this advisory lock of its own."""
    site.write(
        "ALTER TABLE partners_partnergroup RENAME TO kept; CREATE VIEW partners_partnergroup AS"
        f" SELECT kept.* FROM kept, (SELECT pg_advisory_xact_lock_shared({lock})) AS waiting"
    )
    try:
        site.has_replayed()
        yield
    finally:
        site.write("DROP VIEW partners_partnergroup; ALTER TABLE kept RENAME TO partners_partnergroup")


def test_what_conflicts_with_what_is_replayed_is_asked_of_the_primary(site):
    browser, before = site.browser(), site.said("Asked again")
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"
    wait_for_pages(site.standby, "0")
    with waiting_for(site, 7), site.standby.connection() as standby, ThreadPoolExecutor(1) as pool:
        standby.execute("SELECT pg_advisory_lock(7)")
        answer = pool.submit(browser.get, PARTNERS)
        until(lambda: standby.execute(waits).fetchone()[0], "the page waits on the replica")
        # The rows that the page still sees there are cleared away.
        site.write("UPDATE partners_partner SET name = name")
        site.write("VACUUM partners_partner")
        assert answer.result().status == 200
        assert "</html>" in answer.result().text
    wait_for_pages(site.standby)
    assert site.said("Asked again") == before + 1
    assert "conflict with recovery" in site.program.log


def state_of_the_replica(site):
    """As a page and then `/readyz` find it, which stays ready."""
    assert site.browser().get(PARTNERS).status == 200
    ready = ask(site.program.port, "/readyz")
    assert ready.status == 200
    return json.loads(ready.text)["replica"]


def test_while_the_replica_is_away_the_primary_answers_and_it_is_said_once(site):
    before = site.said("The replica is out of reach")
    site.standby.kill()
    assert {state_of_the_replica(site) for _page in range(3)} == {"out of reach"}
    assert site.said("The replica is out of reach") == before + 1
    site.standby.start()
    until(lambda: state_of_the_replica(site) == "ok", "the replica answers again")


def test_a_replica_that_follows_no_more_is_not_asked_for_long(tmp_path):
    with made(tmp_path, DATABASE_REPLICA_MAX_AGE_S="1") as site:
        browser = site.browser()
        with site.paused():
            rename_a_partner(site, "Brand-new name")
            until(lambda: "Brand-new name" in browser.get(f"{PARTNERS}?q=brand").text, "it is shown")
            until(lambda: state_of_the_replica(site) == "behind", "it is told")
        site.standby.promote()
        save_segment(browser, "Mine")
        assert names_in(browser.get("/admin/segments/segment/")) == {"Mine"}
        assert state_of_the_replica(site) == "no standby"
