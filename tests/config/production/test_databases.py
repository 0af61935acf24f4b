"""PostgreSQL that is stopped, full or replaced by its standby, under the program behind Gunicorn."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from threading import Event

import pytest

from tests.config.production.servers import Browser, ask, served, until

pytestmark = [pytest.mark.slow, pytest.mark.once]

ADD_GROUP = "/admin/partners/partnergroup/add/"
PARTNERS = "/admin/partners/partner/"
USERS = 8
WAL_FILE_BYTES, PAGE_BYTES, MOST_OF_20_000_ROWS = 16 * 2**20, 8192, 1_200_000


def status_of(browser, path, data=None):
    """The status of the answer; None where none came."""
    try:
        return (browser.post(path, data) if data else browser.get(path)).status
    except (OSError, HTTPException):
        return None


def add_group(browser, name):
    return status_of(browser, ADD_GROUP, {"name": name})


def asked(connection, sql):
    return connection.execute(sql).fetchone()[0]


def test_while_the_database_is_away_pages_say_so_and_come_back_with_it(clusters, tmp_path):
    cluster = clusters().make()
    with served(tmp_path, cluster.url()) as program:
        browser = Browser(program.port).log_in()
        assert ask(program.port, "/readyz").status == 200
        cluster.stop()
        answer = browser.get("/admin/")
        assert (answer.status, answer.header("Retry-After")) == (503, "10")
        assert "The database can&#x27;t be reached" in answer.text
        assert ask(program.port, "/healthz").status == 200
        away = ask(program.port, "/readyz")
        assert (away.status, json.loads(away.text)) == (503, {"database": "out of reach"})
        cluster.start()
        assert ask(program.port, "/readyz").status == 200
        assert browser.get("/admin/").status == 200


def test_where_the_database_has_no_connection_left_pages_say_so(clusters, tmp_path):
    cluster = clusters().make(max_connections=6, superuser_reserved_connections=0, max_wal_senders=0)
    with served(tmp_path, cluster.url()) as program:
        browser = Browser(program.port).log_in()
        with cluster.connection() as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            others = [cluster.connection() for _other in range(5)]
            answer = browser.get("/admin/")
            assert (answer.status, answer.header("Retry-After")) == (503, "10")
            for other in others:
                other.close()
        assert browser.get("/admin/").status == 200


def test_where_the_disk_of_the_database_is_full_it_is_said_and_nothing_is_half_done(clusters, tmp_path):
    cluster = clusters().make()
    with served(tmp_path, cluster.url()) as program, cluster.connection() as connection:
        program.manage("demo_data", "--partners", "1000")
        browser = Browser(program.port).log_in()
        assert add_group(browser, "Everybody") == 302
        group = asked(connection, "SELECT id FROM partners_partnergroup WHERE name = 'Everybody'")
        members = f"SELECT count(*) FROM partners_membership WHERE group_id = {group}"
        everybody = {"action": "add_to_group", "_selected_action": "1", "select_across": "1"}
        confirmed = {**everybody, "group": group, "confirm": "1"}
        # Files of the log (WAL) have 16 MiB. The change log comes close to that, and grows by 1,000 rows.
        sql = "INSERT INTO partners_partnerchange (transaction, partner) SELECT 0, generate_series(1, 20000)"
        size = "SELECT pg_relation_size('partners_partnerchange')"
        while asked(connection, size) < WAL_FILE_BYTES - MOST_OF_20_000_ROWS:
            connection.execute(sql)
        while asked(connection, size) < WAL_FILE_BYTES - PAGE_BYTES * 2:
            connection.execute(sql.replace("20000", "100"))
        cluster.limit_files(WAL_FILE_BYTES + PAGE_BYTES // 2)
        answer = browser.post(PARTNERS, confirmed)
        assert answer.status == 503
        assert "The server is full" in answer.text
        assert asked(connection, members) == 0
        assert browser.get(PARTNERS).status == 200
        cluster.limit_files("unlimited")
        assert browser.post(PARTNERS, confirmed).status == 302
        assert asked(connection, members) == 1000


def test_the_standby_takes_over_from_a_primary_that_is_gone_and_has_all_that_was_acknowledged(
    clusters, tmp_path
):
    primary, standby = clusters(), clusters()
    primary.make().copy(standby)
    with primary.connection() as connection:
        # From now on a commit is acknowledged when the standby has it.
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        connection.execute("SELECT pg_reload_conf()")
    hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
    url = f"postgres://postgres@{hosts}/segments?target_session_attrs=read-write"
    with served(tmp_path, url, DATABASE_REPLICA_URL=standby.url()) as program:
        browsers = [Browser(program.port).log_in() for _user in range(USERS)]
        acknowledged, statuses, is_over = set(), set(), Event()

        def work(number):
            done = 0
            while not is_over.is_set():
                name = f"Group {number} {done}"
                statuses.add(status := add_group(browsers[number], name))
                if status == 302:
                    acknowledged.add(name)
                statuses.add(status_of(browsers[number], PARTNERS))
                done += 1

        with ThreadPoolExecutor(USERS) as pool:
            working = [pool.submit(work, number) for number in range(USERS)]
            until(lambda: len(acknowledged) >= 3 * USERS, "groups are added")
            primary.kill()
            until(lambda: 503 in statuses, "the primary is missed")
            standby.promote()
            before = len(acknowledged)
            until(lambda: len(acknowledged) >= before + 3 * USERS, "groups are added again")
            is_over.set()
            for one in working:
                one.result()
        with standby.connection() as connection:
            kept = {name for (name,) in connection.execute("SELECT name FROM partners_partnergroup")}
    assert acknowledged <= kept
    assert statuses == {200, 302, 503}
