"""The program behind PgBouncer that lends a connection for a transaction, with fewer than there are users."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpResponse

from tests.config.production.servers import CONNECTIONS, Browser, Program, pgbouncer
from tests.crawl.crawler import Crawler
from tests.segments.forms import any_of, asks, form

pytestmark = [pytest.mark.slow, pytest.mark.once]
USERS = 8
VARIABLES = {"DISABLE_SERVER_SIDE_CURSORS": "1", "WEB_THREADS": "8"}
BUILDER = "/admin/segments/segment/add/"
EXPORT = "/admin/segments/segment/1/export/"


class HttpClient:
    """A session at a running server, with answers as Django's client for tests has them."""

    def __init__(self, browser):
        self.browser = browser

    def get(self, address):
        answer = self.browser.get(address)
        response = HttpResponse(answer.text, status=answer.status, headers=dict(answer.headers))
        response.url = answer.header("Location")
        return response


def test_every_page_that_links_lead_to_opens_whichever_connection_is_lent(clusters, tmp_path):
    cluster = clusters().make()
    past_it = Program(tmp_path, cluster.url())
    past_it.prepare()
    past_it.manage("demo_data", "--partners", "60", "--days", "2")
    with pgbouncer(cluster) as url, Program(tmp_path, url, VARIABLES) as program:
        crawler = Crawler(HttpClient(Browser(program.port).log_in()))
        crawler.open("/admin/")
        crawler.follow()
        with cluster.connection() as connection:
            [lent] = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = 'segments' AND pid <> pg_backend_pid()"
            ).fetchone()
    assert not crawler.faults, f"{crawler.faults}\n{program.log[-5000:]}"
    assert len(crawler.opened) > 100
    assert lent == CONNECTIONS


def test_eight_users_share_three_connections(clusters, tmp_path):
    cluster = clusters().make()
    past_it = Program(tmp_path, cluster.url())
    past_it.prepare()
    past_it.manage("demo_data", "--partners", "300", "--days", "2")
    preview = form(any_of([asks("prospecting_stage", "any_of", ["new"])]), "preview")
    with pgbouncer(cluster) as url, Program(tmp_path, url, VARIABLES) as program:

        def work(number):
            browser = Browser(program.port).log_in()
            with_columns = {"columns": ["name", "email"], "format": "csv", "download": ""}
            return {
                "preview": browser.post(BUILDER, preview),
                "list": browser.get("/admin/partners/partner/?q=a"),
                "partners": browser.get("/admin/segments/segment/1/partners/"),
                "export": browser.post(EXPORT, with_columns),
                "excel": browser.post(
                    "/admin/segments/segment/1/export/", {**with_columns, "format": "xlsx"}
                ),
                "start": browser.get("/admin/"),
                "write": browser.post("/admin/partners/partnergroup/add/", {"name": f"Group {number}"}),
            }

        with ThreadPoolExecutor(USERS) as pool:
            answers = [pool.submit(work, number) for number in range(USERS)]
            found = [one.result() for one in answers]
    statuses = {what: {answers[what].status for answers in found} for what in found[0]}
    assert statuses == {what: {302 if what == "write" else 200} for what in statuses}
    assert len({answers["export"].text for answers in found}) == 1
    with cluster.connection() as connection:
        [number] = connection.execute(
            "SELECT count(*) FROM partners_partnergroup WHERE name LIKE 'Group %'"
        ).fetchone()
    assert number == USERS
