"""Real servers: the program behind Gunicorn, and clusters of PostgreSQL, each in a folder of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import psycopg
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PATIENCE_S = 120
"""For what happens at once, on however busy a machine."""
PASSWORD = "a long password"
CONNECTIONS = 3
"""How many PgBouncer has to a database."""
AS_POSTGRES = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
"""PostgreSQL refuses to run as root."""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def accepts(port):
    """Whether something listens there."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def until(happens, why):
    """Wait until something happens."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := happens():
            return found
        time.sleep(0.05)
    raise AssertionError(f"It did not happen: {why}")


@dataclass
class Program:
    """The program with an environment of its own."""

    folder: Path
    database_url: str
    variables: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    @property
    def environment(self):
        usual = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.database_url,
            "DJANGO_SECRET_KEY": "s" * 60,
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_CONCURRENCY": "2",
        }
        return usual | self.variables

    @property
    def log(self):
        return (self.folder / "log").read_text()

    def manage(self, *arguments, **variables):
        """The output of a command of the program."""
        command = [sys.executable, ROOT / "manage.py", *arguments]
        done = subprocess.run(
            command, env=self.environment | variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def prepare(self):
        """Make the tables and the superuser `admin`."""
        self.manage("migrate", "--verbosity", "0")
        self.manage(
            "createsuperuser",
            "--no-input",
            *("--username", "admin", "--email", "admin@example.com"),
            DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        )

    def __enter__(self):
        command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "config.wsgi"]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        until(self._lives, f"the server starts:\n{self.log}")
        return self

    def __exit__(self, *_error):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)

    def _lives(self):
        assert self.process.poll() is None, self.log
        with suppress(OSError):
            return ask(self.port, "/healthz").status == 200
        return False


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    content: bytes

    @property
    def text(self):
        return self.content.decode(errors="replace")

    def header(self, name):
        return dict(self.headers).get(name)


def ask(port, path, data=None, **headers):
    """The answer to a request."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        if data is None:
            connection.request("GET", path, headers=headers)
        else:
            headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers
            connection.request("POST", path, urlencode(data, doseq=True), headers)
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())
    finally:
        connection.close()


class Browser:
    """A session at a server: it keeps cookies."""

    def __init__(self, port, user="admin"):
        self.port, self.cookies = port, {}
        self.user = user

    def get(self, path):
        return self._kept(ask(self.port, path, **self._headers()))

    def post(self, path, data):
        return self._kept(ask(self.port, path, data, **self._headers()))

    def log_in(self):
        self.get("/admin/login/")
        answer = self.post("/admin/login/", {"username": self.user, "password": PASSWORD})
        assert answer.status == 302, answer
        return self

    def _headers(self):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies, "X-CSRFToken": self.cookies.get("csrftoken", "")}

    def _kept(self, answer):
        for name, text in answer.headers:
            if name == "Set-Cookie":
                self.cookies |= re.findall(r"^(\w+)=([^;]*)", text)
        return answer


@contextmanager
def served(folder, url, **variables):
    """The program behind Gunicorn on an empty database; columns in memory only where a test wants them."""
    program = Program(folder, url, {"COLUMNS_MAX_MB": "0", "LOG_FORMAT": "json", **variables})
    program.prepare()
    with program:
        yield program


def postgresql_bin():
    """The folder with PostgreSQL's own programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("pg_ctl")
    assert found or on_path, "pg_ctl of PostgreSQL is missing"
    return found[-1].parent if found else Path(on_path).resolve().parent


def _lives(process):
    """Whether it does; one that has ended may still be listed."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


@dataclass
class Cluster:
    """A cluster of PostgreSQL."""

    folder: Path
    port: int = field(default_factory=free_port)
    runs: bool = False

    @property
    def data(self):
        return self.folder / "data"

    def url(self, name="segments"):
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def make(self, **options):
        """A new one, with a database for the program."""
        self._own_folder()
        self._run("initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "-N")
        self.start(**options)
        with self.connection("postgres") as connection:
            connection.execute("CREATE DATABASE segments")
        return self

    def copy(self, standby, **options):
        """A standby that follows this one."""
        standby._own_folder()
        source = f"host=127.0.0.1 port={self.port} user=postgres"
        standby._run("pg_basebackup", "-d", source, "-D", standby.data, "-R", "-X", "stream", "-c", "fast")
        standby.start(**options)
        return standby

    def start(self, **options):
        usual = {"port": self.port, "unix_socket_directories": self.folder, "listen_addresses": "127.0.0.1"}
        given = " ".join(f"-c {name}={value}" for name, value in {**usual, "fsync": "off", **options}.items())
        command = ("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", given, "start")
        # What is left of one that was killed, its memory and its port, may take a moment to go.
        until(lambda: self._code(*command) == 0, f"the cluster in {self.folder} starts")
        self.runs = True
        return self

    def stop(self):
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")
        self.runs = False

    def promote(self):
        self._run("pg_ctl", "-D", self.data, "-w", "promote")

    def kill(self):
        """As a machine that loses its power: no process of it lives on."""
        # It must not begin others between the look at them and their end.
        os.kill(self.processes()[0], signal.SIGSTOP)
        killed = self.processes()
        for process in killed:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        until(lambda: not any(map(_lives, killed)), "the processes end")
        # It names a process that may be listed for a while yet, and would be taken for a server that runs.
        (self.data / "postmaster.pid").unlink()
        self.runs = False

    def processes(self):
        """The one that began, and those that it started."""
        leader = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        return [leader, *map(int, children)]

    def limit_files(self, size):
        """Let no file be written past this size, as on a full disk. A part of a page may still fit."""
        for process in self.processes():
            command = [*AS_POSTGRES, "prlimit", "--pid", str(process), f"--fsize={size}:"]
            subprocess.run(command, check=False)  # any but the first may have ended meanwhile

    def connection(self, name="segments"):
        return psycopg.connect(self.url(name), autocommit=True)

    def _own_folder(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")

    def _run(self, program, *arguments):
        assert self._code(program, *arguments) == 0, (self.folder / "output").read_text()

    def _code(self, program, *arguments):
        command = [*AS_POSTGRES, postgresql_bin() / program, *arguments]
        # What it starts keeps its output open, so this is not waited for through a pipe.
        with (self.folder / "output").open("a+") as output:
            return subprocess.run(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
            ).returncode


@contextmanager
def made_clusters():
    """Makes clusters; all are stopped and deleted afterwards."""
    made = []
    # Not pytest's own folder, which only its owner may enter.
    with TemporaryDirectory(prefix="clusters-") as name:
        folder = Path(name)
        folder.chmod(0o755)

        def new():
            made.append(Cluster(folder / str(len(made))))
            return made[-1]

        try:
            yield new
        finally:
            for cluster in made:
                if cluster.runs:
                    cluster.stop()


@contextmanager
def pgbouncer(cluster):
    """One in front of a cluster; its address. Each transaction gets another connection than the last one."""
    folder, port = cluster.folder, free_port()
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host=127.0.0.1 port={cluster.port} user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nunix_socket_dir =\n"
        f"pool_mode = transaction\ndefault_pool_size = {CONNECTIONS}\nmax_client_conn = 100\n"
        f"min_pool_size = {CONNECTIONS}\nserver_round_robin = 1\n"
    )
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    with (folder / "pgbouncer.log").open("w") as log:
        process = subprocess.Popen([*AS_POSTGRES, program, settings], stdout=log, stderr=log)
    try:
        until(lambda: accepts(port), "PgBouncer starts")
        yield f"postgres://postgres@127.0.0.1:{port}/segments"
    finally:
        process.terminate()
        process.wait()
