"""Real workers: several at once, one that is killed in the middle of a run, one that is told to stop."""

import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection

from tests.config.production.servers import PATIENCE_S, ROOT, Program, until

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

TRACK_ALL = """
from segments.models import Segment
from segments.tracking.services import switch_on
for segment in Segment.objects.all():
    switch_on(segment=segment, user=None, guard_percent=None)
"""
CHANGE = """
from django.utils import timezone
from partners.models import Membership, Partner, PartnerGroup
from segments.tracking.queue import ask_for_all_runs
group = PartnerGroup.objects.get(name="VIP")
for partner in Partner.objects.order_by("pk")[{first}:{last}]:
    partner.groups.add(group)
    ask_for_all_runs(reason="Partner {first}", now=timezone.now())
"""
SAVE = """
from partners.core.moment import Moment
from segments.models import Segment
from segments.services import save_segment
inner = Segment.objects.get(name="Contracts that end soon")
for number in range(15):
    save_segment(
        segment=inner, name=f"Saved {number}", definition=inner.read(), user=None, moment=Moment.now()
    )
"""
COMPARE = """
from segments.models import Segment, Stay
for segment in Segment.objects.all():
    there = set(Stay.objects.open().filter(segment=segment).values_list("partner_id", flat=True))
    assert there == set(segment.partners().values_list("pk", flat=True)), segment
"""
KILLED_IN_THE_MIDDLE = """
import os, signal
import django
django.setup()
from django.core.management import call_command
from segments.tracking import running
running._write_day = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
call_command("work")
"""


class Site(Program):
    """A program with a small demo, whose database can be asked."""

    def rows(self, sql):
        if self.database_url.startswith("sqlite"):
            with sqlite3.connect(self.folder / "db.sqlite3", timeout=PATIENCE_S) as raw:
                return raw.execute(sql).fetchall()
        with psycopg.connect(self.database_url.replace("postgres://", "postgresql://")) as raw:
            answer = raw.execute(sql)
            return answer.fetchall() if answer.description else []

    def run(self, code):
        self.manage("shell", "--no-imports", "-c", code)

    def worker(self, *command):
        command = command or (ROOT / "manage.py", "work")
        environment = self.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log
            )


@pytest.fixture
def site(tmp_path):
    if connection.vendor == "sqlite":
        site = Site(tmp_path, f"sqlite:///{tmp_path}/db.sqlite3")
        yield from _filled(site)
        return
    settings, name = connection.settings_dict, f"{connection.settings_dict['NAME']}_workers"
    login = f"{settings['USER']}:{settings['PASSWORD']}" if settings["PASSWORD"] else settings["USER"]
    server = f"postgres://{login}@{settings['HOST']}:{settings['PORT']}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as raw:
        raw.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        raw.execute(f"CREATE DATABASE {name}")
        try:
            yield from _filled(Site(tmp_path, f"{server}/{name}"))
        finally:
            raw.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _filled(site):
    site.manage("migrate", "--verbosity", "0")
    site.manage("demo_data", "--partners", "60", "--days", "0")
    site.run(TRACK_ALL)
    yield site


def ended(worker, by):
    worker.send_signal(by)
    return worker.wait(PATIENCE_S)


def test_two_workers_do_nothing_twice_and_lose_nothing(site):
    workers = [site.worker(), site.worker()]
    try:
        until(lambda: site.rows("SELECT count(*) FROM segments_worker") == [(2,)], "both have begun")
        # Those who save, who change many rows, and who run all lock the same rows.
        with ThreadPoolExecutor() as pool:
            scripts = [SAVE, *(CHANGE.format(first=first, last=first + 15) for first in (0, 15))]
            list(pool.map(site.run, scripts))
        waiting = (
            "SELECT count(*) FROM segments_run WHERE state = 'running' OR state = 'due' AND reason <> ''"
        )
        until(lambda: site.rows(waiting) == [(0,)], "all is done")
    finally:
        codes = [ended(worker, signal.SIGTERM) for worker in workers]
    assert codes == [0, 0]
    site.run(COMPARE)
    states = dict(site.rows("SELECT state, count(*) FROM segments_run GROUP BY state"))
    assert set(states) <= {"done", "due"}
    moves = """
        SELECT segment_id, sum(entered) - sum("left") FROM segments_run WHERE state = 'done'
        GROUP BY 1 HAVING sum(entered) > sum("left")
    """
    stays = "SELECT segment_id, count(*) FROM segments_stay WHERE left_run_id IS NULL GROUP BY 1"
    assert dict(site.rows(moves)) == dict(site.rows(stays))


def test_a_worker_that_is_killed_in_the_middle_of_a_run_leaves_nothing_half_done_and_another_takes_over(site):
    killed = site.worker("-c", KILLED_IN_THE_MIDDLE)
    assert killed.wait(PATIENCE_S) == -signal.SIGKILL
    [(run, attempts)] = site.rows("SELECT id, attempts FROM segments_run WHERE state = 'running'")
    assert attempts == 1
    assert site.rows("SELECT count(*) FROM segments_stay") == [(0,)]
    # As if the minute of the lease were over.
    site.rows(f"UPDATE segments_run SET leased_until = '2026-01-01 00:00:00+00:00' WHERE id = {run}")
    site.manage("work", "--once")
    assert site.rows(f"SELECT state, attempts FROM segments_run WHERE id = {run}") == [("done", 2)]
    assert site.rows("SELECT count(*) FROM segments_run WHERE state <> 'done'") == [(0,)]
    site.run(COMPARE)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_ends_well(site, by):
    worker = site.worker()
    until(lambda: site.rows("SELECT count(*) FROM segments_worker") == [(1,)], "the worker has begun")
    assert ended(worker, by) == 0
    assert "Traceback" not in site.log
