"""Eight users at mixed work for some minutes, and what that leaves behind: `make soak MINUTES=15`.

The program behind Gunicorn with columns in memory, on a cluster of PostgreSQL of its own. Fails where an
answer is no success, where a process takes more memory at the end than after the first minute, and where
connections or temporary files pile up.
"""
# ruff: noqa: T201 - a script that talks

import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from contracts.stages import ContractStage  # noqa: E402 - once Django is set up
from partners.stages.choices import ProspectingStage  # noqa: E402 - once Django is set up
from tests.config.production.servers import Browser, Cluster, Program  # noqa: E402 - once Django is set up
from tests.segments.forms import any_of, asks, form  # noqa: E402 - once Django is set up

USERS, PROCESSES, THREADS = 8, 2, 4
PARTNERS = 5_000
SAMPLE_S, SETTLED_S = 5, 60
GROWTH = 1.1
"""How many times the memory after the first minute a process may take at the end."""
BUILDER, LIST, EXPORT = (
    "/admin/segments/segment/add/",
    "/admin/segments/segment/1/partners/",
    "/admin/segments/segment/1/export/",
)
CSV = {"columns": ["partner_id", "name"], "format": "csv", "download": ""}
EXCEL = {**CSV, "format": "xlsx"}


def main() -> int:
    """Make it all, let them work, and tell what was seen."""
    minutes = float(os.environ.get("MINUTES", "15"))
    with TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = Cluster(folder / "cluster").make()
        try:
            return _soak(folder, cluster, minutes * 60)
        finally:
            cluster.stop()


def _soak(folder: Path, cluster: Cluster, seconds: float) -> int:
    temporary = folder / "tmp"
    temporary.mkdir()
    variables = {"TMPDIR": str(temporary), "WEB_CONCURRENCY": str(PROCESSES), "WEB_THREADS": str(THREADS)}
    program = Program(folder, cluster.url(), variables)
    program.prepare()
    program.manage("demo_data", "--partners", str(PARTNERS))
    end = time.monotonic() + seconds
    with program, cluster.connection() as connection, ThreadPoolExecutor(USERS) as pool:
        users = [pool.submit(_work, program.port, number, end) for number in range(USERS)]
        samples = []
        while time.monotonic() < end:
            time.sleep(SAMPLE_S)
            [connections] = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = 'segments'"
            ).fetchone()
            samples.append((_memory(program.process.pid), connections, len(list(temporary.iterdir()))))
        answers = sum((one.result() for one in users), Counter())
    return _told(answers, samples)


def _work(port: int, number: int, end: float) -> Counter:
    """What one user gets until the time is over: how many answers of each action and status."""
    choose, browser, answers = random.Random(number), Browser(port).log_in(), Counter()
    reads = [
        "/admin/",
        "/admin/partners/partner/",
        "/admin/partners/partner/?q=media",
        "/admin/segments/segment/",
        LIST,
    ]
    while time.monotonic() < end:
        action = choose.choice(["read", "read", "preview", "preview", "preview", "export", "write"])
        if action == "read":
            answer = browser.get(choose.choice(reads))
        elif action == "preview":
            answer = browser.post(BUILDER, form(_definition(choose), "preview"))
        elif action == "export":
            answer = browser.post(EXPORT, choose.choice([CSV, EXCEL]))
        else:
            answer = browser.post("/admin/partners/partnergroup/add/", {"name": f"{number} {time.time_ns()}"})
        answers[action, answer.status] += 1
    return answers


def _definition(choose: random.Random) -> dict[str, Any]:
    """Two groups, about stages and names."""

    def some(stages: list[str]) -> list[str]:
        return choose.sample(stages, choose.randint(1, 3))

    joined = asks("contract_stage", choose.choice(["any_of", "none_of"]), some(ContractStage.values))
    named = asks("partner_name", "contains", choose.choice("aeiou") + choose.choice("lmnrst"))
    return any_of([joined, named], [asks("prospecting_stage", "any_of", some(ProspectingStage.values))])


def _memory(leader: int) -> dict[int, int]:
    """The megabytes that each process of the server has in memory."""
    found = {}
    with suppress(FileNotFoundError, ProcessLookupError):
        for process in Path(f"/proc/{leader}/task/{leader}/children").read_text().split():
            pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
            found[int(process)] = pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    return found


def _told(answers: Counter, samples: list[tuple[dict[int, int], int, int]]) -> int:
    settled = samples[SETTLED_S // SAMPLE_S :] or samples
    faults = [
        f"{number} × {action}: {status}"
        for (action, status), number in answers.items()
        if status not in (200, 302)
    ]
    print(f"{sum(answers.values()):,} answers: {dict(answers)}")
    for process in sorted({one for memory, *_rest in samples for one in memory}):
        taken = [memory[process] for memory, *_rest in settled if process in memory]
        if not taken:
            continue
        first, last = median(taken[:6]), median(taken[-6:])
        print(f"Process {process}: {first:.0f} MB after the first minute, {last:.0f} MB at the end")
        if last > first * GROWTH:
            faults.append(f"process {process} grew from {first:.0f} to {last:.0f} MB")
    connections = max(number for _memory, number, _files in samples)
    files = max(number for _memory, _connections, number in samples)
    print(f"Connections at most {connections}; temporary files at most {files}, at the end {samples[-1][2]}")
    if connections > PROCESSES * (THREADS + 1) + 1:
        faults.append(f"{connections} connections")
    if samples[-1][2] > USERS:
        faults.append(f"{samples[-1][2]} temporary files left")
    print("\n".join(faults) or "No fault")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
