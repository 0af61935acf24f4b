"""Failover by Patroni, for real: `make failover`.

etcd, two servers of PostgreSQL under Patroni, HAProxy in front, and the program, which eight users keep busy.
The leader is killed as a machine that loses its power. Fails where an acknowledged write is lost, where the
program does not take writes again within 30 seconds by itself, and where an answer in between is not 503.

On Debian: apt install patroni etcd-server haproxy postgresql
"""
# ruff: noqa: T201 - a script that talks

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.config.production.servers import (  # noqa: E402 - once Django is set up
    Browser,
    Cluster,
    Program,
    accepts,
    ask,
    free_port,
    postgresql_bin,
    until,
)

USERS = 8
AGAIN_WITHIN_S = 30
BUSY_FOR = 3 * USERS
"""So many writes are acknowledged before the leader is killed, and after."""
READS = ("/admin/", "/admin/partners/partner/", "/admin/segments/segment/1/partners/")
TTL_S, LOOP_S = 20, 5
"""How long a leader that says nothing is waited for, and how often it says that it lives."""


@dataclass
class Node:
    """A server of PostgreSQL under Patroni."""

    cluster: Cluster
    etcd: int
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    @property
    def name(self) -> str:
        return self.cluster.folder.name

    def start(self) -> None:
        folder = self.cluster.folder
        settings = folder / "patroni.json"
        settings.write_text(json.dumps(self._settings()))
        self.process = started(folder, "patroni", "patroni", settings)

    def kill(self) -> None:
        """As a machine that loses its power."""
        self.process.send_signal(signal.SIGKILL)
        self.cluster.kill()
        self.process.wait()

    def is_leader(self) -> bool:
        return self._is("primary")

    def is_synchronous(self) -> bool:
        return self._is("synchronous")

    def _is(self, role: str) -> bool:
        with suppress(OSError, HTTPException):
            return ask(self.port, f"/{role}").status == 200
        return False

    def _settings(self) -> dict[str, Any]:
        folder = self.cluster.folder
        usual = {"ttl": TTL_S, "loop_wait": LOOP_S, "retry_timeout": LOOP_S, "synchronous_mode": True}
        trusted = [f"host {what} all 127.0.0.1/32 trust" for what in ("all", "replication")]
        return {
            "scope": "segments",
            "name": self.name,
            "restapi": {"listen": f"127.0.0.1:{self.port}"},
            "etcd3": {"host": f"127.0.0.1:{self.etcd}"},
            "bootstrap": {"dcs": usual, "initdb": [{"encoding": "UTF8"}]},
            "postgresql": {
                "listen": f"127.0.0.1:{self.cluster.port}",
                "data_dir": str(self.cluster.data),
                "bin_dir": str(postgresql_bin()),
                "pgpass": str(folder / "pgpass"),
                "pg_hba": trusted,
                "use_pg_rewind": True,
                "authentication": {
                    "superuser": {"username": "postgres", "password": "trusted"},
                    "replication": {"username": "replicator", "password": "trusted"},
                },
                "parameters": {"unix_socket_directories": str(folder), "hot_standby_feedback": "on"},
            },
        }


def started(folder: Path, log: str, program: str, *arguments: object) -> subprocess.Popen:
    """A program of Debian's that writes into a folder; as root it runs as `postgres`."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/usr/bin")
    if found is None:
        sys.exit(f"{program} is missing. On Debian: apt install patroni etcd-server haproxy postgresql")
    owner = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    with (folder / f"{log}.log").open("a") as file:
        command = [found, *map(str, arguments)]
        return subprocess.Popen(command, cwd=folder, stdout=file, stderr=file, **owner)


def main() -> int:
    """Make it all, have it fail, and tell what was seen."""
    with TemporaryDirectory(prefix="failover-") as name, ExitStack() as running:
        folder = Path(name)
        folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        etcd = _etcd(folder, running)
        nodes = [Node(Cluster(_own(folder / one)), etcd) for one in ("a", "b")]
        for node in nodes:
            node.start()
            running.callback(_end, node)
        until(lambda: any(node.is_leader() for node in nodes), "there is a leader")
        until(lambda: any(node.is_synchronous() for node in nodes), "there is a standby that has each commit")
        primary, replica = _haproxy(folder, nodes, running)
        until(lambda: accepts(primary), "HAProxy answers")
        until(lambda: _is_made(primary), "the database is made")
        variables = {"DATABASE_REPLICA_URL": f"postgres://postgres@127.0.0.1:{replica}/segments"}
        program = Program(folder, f"postgres://postgres@127.0.0.1:{primary}/segments", variables)
        program.prepare()
        program.manage("demo_data", "--partners", "1000")
        with program:
            return _fail_over(program, nodes)


def _own(folder: Path) -> Path:
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    return folder


def _etcd(folder: Path, running: ExitStack) -> int:
    port = free_port()
    clients, peers = (f"http://127.0.0.1:{one}" for one in (port, free_port()))
    process = started(
        folder,
        "etcd",
        "etcd",
        *("--data-dir", folder / "etcd", "--initial-cluster", f"default={peers}"),
        *("--listen-client-urls", clients, "--advertise-client-urls", clients),
        *("--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers),
    )
    running.callback(_stop, process)
    until(lambda: accepts(port), "etcd answers")
    return port


def _haproxy(folder: Path, nodes: list[Node], running: ExitStack) -> tuple[int, int]:
    """Where it leads to the server that takes writes, and to one that follows it."""
    ports = free_port(), free_port()
    lines = [
        "defaults",
        "  mode tcp",
        "  timeout connect 2s",
        "  timeout client 30m",
        "  timeout server 30m",
    ]
    for port, role in zip(ports, ("primary", "replica"), strict=True):
        lines += [f"listen {role}", f"  bind 127.0.0.1:{port}", f"  option httpchk GET /{role}"]
        lines += ["  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions"]
        lines += [f"  server {one.name} 127.0.0.1:{one.cluster.port} check port {one.port}" for one in nodes]
    settings = folder / "haproxy.cfg"
    settings.write_text("\n".join(lines) + "\n")
    running.callback(_stop, started(folder, "haproxy", "haproxy", "-db", "-f", settings))
    return ports


def _is_made(port: int) -> bool:
    with suppress(psycopg.OperationalError):
        with psycopg.connect(f"postgres://postgres@127.0.0.1:{port}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE segments")
        return True
    return False


def _fail_over(program: Program, nodes: list[Node]) -> int:
    [leader] = [node for node in nodes if node.is_leader()]
    [other] = [node for node in nodes if node is not leader]
    answers, is_over = Answers(), Event()
    browsers = [Browser(program.port).log_in() for _user in range(USERS)]
    with ThreadPoolExecutor(USERS) as pool:
        working = [pool.submit(_work, browsers[user], user, answers, is_over) for user in range(USERS)]
        try:
            until(lambda: len(answers.acknowledged) >= BUSY_FOR, "groups are added")
            killed_at = time.monotonic()
            leader.kill()
            until(lambda: answers.since(killed_at, 503), "the leader is missed")
            before = len(answers.acknowledged)
            until(lambda: len(answers.acknowledged) >= before + BUSY_FOR, "groups are added again")
        finally:
            is_over.set()
        for one in working:
            one.result()
    with other.cluster.connection() as connection:
        kept = {name for (name,) in connection.execute("SELECT name FROM partners_partnergroup")}
    lost = answers.acknowledged.keys() - kept
    _rejoin(leader)
    return _told(answers, killed_at, lost)


def _rejoin(node: Node) -> None:
    """The machine that was lost comes back, and follows the other one."""
    begun = time.monotonic()
    node.start()
    until(node.is_synchronous, "the server that was lost follows the new leader")
    print(f"Started again, the lost server has each commit {time.monotonic() - begun:.0f} s later.")


@dataclass
class Answers:
    """When which status came, and which writes were acknowledged when."""

    all: list[tuple[float, int | None]] = field(default_factory=list)
    acknowledged: dict[str, float] = field(default_factory=dict)
    slowest_s: float = 0.0

    def since(self, begin: float, status: int) -> list[float]:
        return [at for at, one in list(self.all) if at >= begin and one == status]


def _work(browser: Browser, user: int, answers: Answers, is_over: Event) -> None:
    """Adds groups, and looks at pages in between."""
    done = 0
    while not is_over.is_set():
        name, begun = f"Group {user} {done}", time.monotonic()
        status = None
        with suppress(OSError, HTTPException):
            if done % 2:
                status = browser.get(READS[done // 2 % len(READS)]).status
            else:
                status = browser.post("/admin/partners/partnergroup/add/", {"name": name}).status
        now = time.monotonic()
        answers.slowest_s = max(answers.slowest_s, now - begun)
        answers.all.append((now, status))
        if status == 302:
            answers.acknowledged[name] = now
        done += 1


def _told(answers: Answers, killed_at: float, lost: set[str]) -> int:
    missed_at = min(answers.since(killed_at, 503))
    missed_s = missed_at - killed_at
    again_s = min(at for at in answers.acknowledged.values() if at > missed_at) - killed_at
    statuses = Counter(status for _at, status in answers.all)
    print(f"{len(answers.all):,} answers to {USERS} users, by status: {dict(statuses)}")
    print(f"The first 503 came {missed_s:.1f} s after the leader was killed, a write after {again_s:.1f} s.")
    print(f"The slowest answer took {answers.slowest_s:.1f} s.")
    print(f"{len(answers.acknowledged):,} writes were acknowledged, {len(lost)} of them lost.")
    faults = [f"lost: {sorted(lost)}"] if lost else []
    if again_s > AGAIN_WITHIN_S:
        faults.append(f"no write for {again_s:.0f} s")
    faults += [f"{number} × {status}" for status, number in statuses.items() if status not in (200, 302, 503)]
    print("\n".join(faults) or "No fault")
    return 1 if faults else 0


def _end(node: Node) -> None:
    _stop(node.process)
    if (node.cluster.data / "postmaster.pid").exists():
        node.cluster.kill()


def _stop(process: subprocess.Popen) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
        return
    process.kill()
    process.wait()


if __name__ == "__main__":
    sys.exit(main())
