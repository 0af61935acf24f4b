"""The program behind Gunicorn: what supervisors, proxies and those who watch it ask and are told."""

import json
import os
import signal
import socket

import pytest

from tests.config.production.servers import PASSWORD, PATIENCE_S, Browser, Program, ask, until

pytestmark = [pytest.mark.slow, pytest.mark.once]

TOKEN = "a token"
GROUPS = "/admin/partners/partnergroup/"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("program")
    variables = {"METRICS_TOKEN": TOKEN, "LOG_FORMAT": "json"}
    program = Program(folder, f"sqlite:///{folder}/db.sqlite3", variables)
    program.prepare()
    with program:
        yield program


def lines_of(program, request_id):
    """The events of a request, oldest first."""

    def found():
        events = [json.loads(line) for line in program.log.splitlines()]
        return [one for one in events if one.get("request_id") == request_id]

    return until(found, f"{request_id} is logged")


class TestProbes:
    def test_say_that_it_lives_and_can_serve_whatever_the_host_is_called(self, program):
        for path, said in (("/healthz", "ok"), ("/readyz", '{"database": "ok", "migrations": "ok"}')):
            answer = ask(program.port, path, Host="10.0.0.7:8000")
            assert (answer.status, answer.text) == (200, said)
            assert answer.header("Set-Cookie") is None

    def test_are_the_only_pages_for_hosts_that_are_not_named(self, program):
        assert ask(program.port, "/admin/login/", Host="10.0.0.7:8000").status == 400

    def test_say_that_the_tables_are_not_those_of_the_program(self, tmp_path):
        with Program(tmp_path, f"sqlite:///{tmp_path}/db.sqlite3") as program:
            assert ask(program.port, "/healthz").status == 200
            answer = ask(program.port, "/readyz")
            assert (answer.status, json.loads(answer.text)["migrations"]) == (503, "missing")
            program.manage("migrate", "--verbosity", "0")
            assert ask(program.port, "/readyz").status == 200


class TestMetrics:
    def test_are_for_those_who_have_the_token(self, program):
        for sent in ({}, {"Authorization": "Bearer another"}, {"Authorization": TOKEN}):
            assert ask(program.port, "/metrics", **sent).status == 404

    def test_count_the_requests_of_all_processes_by_view_and_status(self, program):
        for _request in range(20):
            ask(program.port, "/admin/login/")
        answer = ask(program.port, "/metrics", Authorization=f"Bearer {TOKEN}")
        counted = [
            float(line.split()[-1])
            for line in answer.text.splitlines()
            if line.startswith("django_http_responses_total_by_status_view_method_total")
            and all(part in line for part in ('view="admin:login"', 'status="200"', 'method="GET"'))
        ]
        assert answer.status == 200
        assert sum(counted) >= 20


class TestTheLog:
    def test_has_a_line_for_each_request_with_the_id_of_the_proxy_which_is_given_back(self, program):
        answer = ask(program.port, "/admin/login/?q=Aurora", **{"X-Request-ID": "of-the-proxy.1"})
        [event] = lines_of(program, "of-the-proxy.1")
        assert answer.header("X-Request-ID") == "of-the-proxy.1"
        assert (event["logger"], event["level"]) == ("requests", "INFO")
        assert (event["method"], event["path"], event["status"]) == ("GET", "/admin/login/", 200)
        assert event["duration_ms"] > 0
        assert "Aurora" not in json.dumps(event)

    def test_has_the_events_of_the_audit_log(self, program):
        Browser(program.port).log_in()
        [first, *_others] = [
            one for one in map(json.loads, program.log.splitlines()) if one["logger"] == "audit"
        ]
        assert (first["kind"], first["who"], first["address"]) == ("logged_in", "admin", "127.0.0.1")

    def test_names_the_user(self, program):
        browser = Browser(program.port).log_in()
        request_id = browser.get("/admin/").header("X-Request-ID")
        assert lines_of(program, request_id)[-1]["user"] == "admin"

    def test_takes_over_no_id_that_could_be_read_as_something_else(self, program):
        answer = ask(program.port, "/admin/login/", **{"X-Request-ID": 'a"} {"level": "none"'})
        assert answer.header("X-Request-ID").isalnum()

    def test_tells_a_refusal_without_a_traceback(self, program):
        request_id = ask(program.port, "/nothing").header("X-Request-ID")
        events = lines_of(program, request_id)
        assert {event["status"] for event in events if "status" in event} == {404}
        assert not any("exc_info" in event for event in events)

    def test_is_json_from_the_first_line_to_the_last(self, program):
        assert [json.loads(line)["level"] for line in program.log.splitlines()]


def test_a_request_in_flight_is_finished_when_the_server_is_told_to_stop(tmp_path):
    program = Program(tmp_path, f"sqlite:///{tmp_path}/db.sqlite3")
    program.prepare()
    with program:
        browser = Browser(program.port)
        browser.get("/admin/login/")
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        form = f"username=admin&password={PASSWORD.replace(' ', '+')}"
        head = (
            "POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            f"X-CSRFToken: {browser.cookies['csrftoken']}\r\nCookie: {cookies}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", program.port), timeout=PATIENCE_S) as client:
            client.sendall(head.encode())
            assert client.recv(100).startswith(b"HTTP/1.1 100")
            os.kill(program.process.pid, signal.SIGTERM)
            until(lambda: "Handling signal: term" in program.log, "the server begins to stop")
            client.sendall(form.encode())
            answer = client.recv(100)
        assert answer.startswith(b"HTTP/1.1 302")
        assert program.process.wait(PATIENCE_S) == 0
