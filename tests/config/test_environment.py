"""What the environment may say, and what is said where it can't be so."""

import os
import runpy
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError
from environs import EnvError, ValidationError

from config import environment
from config.environment import (
    CAN_NOT_START,
    kept_key,
    read_brand,
    read_database,
    read_hosts,
    read_origins,
    read_secret_key,
    read_time_zone,
    read_whole_number,
    sqlite,
    told_in_one_line,
)

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)


def run(*arguments, **variables):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )


class TestTheDatabase:
    def test_is_the_file_beside_the_code_whatever_the_folder_is_called(self, monkeypatch, tmp_path):
        folder = tmp_path / "50%20 off? #1"
        (folder / "config").mkdir(parents=True)
        (folder / "config" / "settings.py").write_text((ROOT / "config" / "settings.py").read_text())
        monkeypatch.delenv("DATABASE_URL", raising=False)
        found = runpy.run_path(str(folder / "config" / "settings.py"))
        assert found["DATABASES"]["default"]["NAME"] == folder / "db.sqlite3"

    def test_is_the_file_of_the_address_read_as_addresses_are(self):
        assert read_database("sqlite:////srv/a%20b%23/db.sqlite3") == sqlite("/srv/a b#/db.sqlite3")
        assert read_database("sqlite:///db.sqlite3") == sqlite("db.sqlite3")
        assert read_database("sqlite://:memory:") == sqlite(":memory:")

    def test_is_on_a_server_with_what_its_address_says_besides(self):
        found = read_database("postgres://me:p%23@db.example:5433/segments?sslmode=require")
        assert (found["NAME"], found["PASSWORD"], found["PORT"]) == ("segments", "p#", 5433)
        assert found["OPTIONS"]["sslmode"] == "require"

    def test_may_be_on_any_of_several_servers_of_which_one_takes_writes(self):
        hosts = "me:p%2C@a.example:5433,b.example,[::1]:6000"
        found = read_database(f"postgres://{hosts}/segments?target_session_attrs=read-write")
        assert (found["HOST"], found["PORT"]) == ("a.example,b.example,::1", "5433,5432,6000")
        assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("me", "p,", "segments")
        assert found["OPTIONS"]["target_session_attrs"] == "read-write"

    def test_is_given_up_soon_where_it_does_not_answer_unless_its_address_says_otherwise(self, monkeypatch):
        monkeypatch.setenv("DATABASE_CONNECT_TIMEOUT_S", "9")
        monkeypatch.setenv("DATABASE_KEEP_S", "0")
        found = read_database("postgres://a.example/segments")
        assert (found["OPTIONS"]["connect_timeout"], found["CONN_MAX_AGE"]) == (9, 0)
        found = read_database("postgres://a.example/segments?connect_timeout=2")
        assert found["OPTIONS"]["connect_timeout"] == 2

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("", "empty"),
            (" ", "empty"),
            ("db.sqlite3", "no address"),
            ("postgres://me@host:port/name", "no address"),
            ("postgres://me:secret#1@host/name", "no address"),
            ("postgres://me@host/name#1", "%23"),
            ("postgres://me@a,/name", "no address"),
            ("postgres://me@a:port,b/name", "no address"),
            ("mysql://me@host/name", "Only PostgreSQL and SQLite"),
            ("postgres://me@host", "names no database"),
            ("sqlite://db.sqlite3", "the path of a file"),
            ("sqlite:////srv/db.sqlite3?timeout=20", "the path of a file"),
            ("sqlite://", "the path of a file"),
            ("sqlite:///", "the path of a file"),
            ("sqlite:////srv/%00", "the path of a file"),
        ],
    )
    def test_is_refused_where_its_address_is_none(self, url, said):
        with pytest.raises(ValidationError, match=said):
            read_database(url)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_brand, " "),
        (read_hosts, ""),
        (read_hosts, "https://segments.example"),
        (read_hosts, "segments.example:8000"),
        (read_origins, "segments.example"),
        (read_origins, "https://segments.example/login"),
        (read_secret_key, " "),
        (read_whole_number, "0"),
        (read_whole_number, "two weeks"),
        (read_time_zone, "Mars/Olympus"),
        (read_time_zone, ""),
        (read_time_zone, "../etc/passwd"),
    ],
)
def test_what_is_no_such_value_is_refused(read, text):
    with pytest.raises(ValidationError):
        read(text)


def test_lists_may_have_spaces():
    assert read_hosts("segments.example, .example.org ,[::1],*") == [
        "segments.example",
        ".example.org",
        "[::1]",
        "*",
    ]
    assert read_origins("") == []
    assert read_origins("https://a.example, http://b.example:8000") == [
        "https://a.example",
        "http://b.example:8000",
    ]


def test_server_side_cursors_can_be_switched_off(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://me@host/name")
    for value, expected in (("1", True), ("0", False)):
        monkeypatch.setenv("DISABLE_SERVER_SIDE_CURSORS", value)
        found = runpy.run_path(str(ROOT / "config" / "settings.py"))["DATABASES"]["default"]
        assert found["DISABLE_SERVER_SIDE_CURSORS"] is expected


class TestTheKey:
    def test_is_made_once_and_for_its_owner_only(self, tmp_path):
        path = tmp_path / ".secret_key"
        before = os.umask(0)
        try:
            key = kept_key(path)
        finally:
            os.umask(before)
        assert len(key) == environment.MIN_KEY_LENGTH
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert kept_key(path) == path.read_text() == key

    def test_is_the_same_for_processes_that_start_at_once(self, tmp_path):
        code = (
            "import pathlib, sys; from config.environment import kept_key; "
            "sys.stdin.readline(); print(kept_key(pathlib.Path(sys.argv[1])))"
        )
        command = [sys.executable, "-c", code, str(tmp_path / ".secret_key")]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
        processes = [subprocess.Popen(command, **pipes) for _ in range(4)]
        with ThreadPoolExecutor(4) as together:
            found = list(together.map(lambda one: one.communicate("\n")[0].strip(), processes))
        assert found == [(tmp_path / ".secret_key").read_text()] * 4

    def test_is_made_where_a_start_broke_off_before_it_was_written(self, tmp_path):
        path = tmp_path / ".secret_key"
        path.touch(mode=0o600)
        assert len(kept_key(path)) == environment.MIN_KEY_LENGTH

    def test_is_not_used_where_it_is_not_whole(self, tmp_path):
        path = tmp_path / ".secret_key"
        path.write_text("half a key")
        with pytest.raises(EnvError, match="no whole key"):
            kept_key(path)
        assert path.read_text() == "half a key"

    def test_is_asked_for_where_it_cannot_be_kept(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(EnvError, match="DJANGO_SECRET_KEY"):
            kept_key(tmp_path / "file" / ".secret_key")


class TestAStartThatFails:
    @pytest.mark.parametrize("unit", sorted((ROOT / "deploy").glob("*.service")), ids=lambda unit: unit.stem)
    def test_is_not_tried_again_by_systemd(self, unit):
        assert f"\nRestartPreventExitStatus={CAN_NOT_START}\n" in unit.read_text()

    @pytest.mark.parametrize(
        "variables",
        [{"DATABASE_URL": ""}, {"SITE_HTTPS": "perhaps"}, {"DJANGO_SESSION_SECONDS": "-1"}],
        ids=lambda variables: next(iter(variables)),
    )
    def test_says_which_variable_is_wrong(self, variables):
        done = run("manage.py", "migrate", **variables)
        assert (done.returncode, done.stdout) == (CAN_NOT_START, "")
        [line] = done.stderr.splitlines()
        assert next(iter(variables)) in line

    @pytest.mark.parametrize(
        "command",
        [["manage.py", "migrate"], ["manage.py", "runserver", "--skip-checks"], ["-c", "import config.wsgi"]],
    )
    def test_says_where_the_database_would_be(self, command):
        variables = {"DATABASE_URL": "sqlite:////nowhere/db.sqlite3", "DJANGO_SECRET_KEY": "k" * 50}
        # Before the first demo there is no folder of static files, of which WhiteNoise warns.
        done = run(*command, PYTHONWARNINGS="ignore", **variables)
        assert done.returncode == CAN_NOT_START
        [line] = done.stderr.splitlines()
        assert "/nowhere/db.sqlite3" in line

    def test_says_that_others_are_writing(self, capsys):
        with pytest.raises(SystemExit), told_in_one_line():
            raise OperationalError("database is locked")
        [line] = capsys.readouterr().err.splitlines()
        assert "The database is busy" in line

    def test_says_which_file_cannot_be_written(self, capsys):
        with pytest.raises(SystemExit), told_in_one_line():
            raise PermissionError(13, "Permission denied", "/srv/staticfiles/theme")
        assert "/srv/staticfiles/theme can't be written: Permission denied." in capsys.readouterr().err

    def test_says_nothing_of_the_kind_where_the_database_was_opened(self, tmp_path):
        """A command that fails closes its connection on the way out, whatever it failed for."""
        done = run("manage.py", "demo_logins", DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
        assert done.returncode == 1
        assert "Traceback" in done.stderr
        assert done.stderr.splitlines()[-1].endswith("no such table: auth_user")

    @pytest.mark.django_db
    def test_leaves_other_trouble_with_its_traceback(self):
        with pytest.raises(OperationalError), told_in_one_line():
            raise OperationalError("deadlock")
        with pytest.raises(FileNotFoundError), told_in_one_line():
            raise FileNotFoundError(2, "No such file", "partners.csv")
