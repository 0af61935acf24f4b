"""Writes what a run found into the documentation: between two marks, so that the text around it stays."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import django
from django.db import connection

from contracts.models import Contract
from partners.models import Membership, Partner
from tests.benchmarks.chart import draw
from tests.benchmarks.figures import Bench, Figure
from tests.benchmarks.peers import PEERS
from tests.benchmarks.tables import between_marks, contests_table, figures_table

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, CHART = DOCS / "benchmarks.md", DOCS / "images" / "benchmarks.svg"


def circumstances(bench: Bench) -> str:
    """Where, on what and with how much data; asked while the database is there."""
    sizes = [
        f"{model._default_manager.count():,} {model._meta.verbose_name_plural}"
        for model in (Partner, Contract, Membership)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()" if connection.vendor == "postgresql" else "SELECT sqlite_version()")
        database = cursor.fetchone()[0].split(" on ")[0]
    database = f"SQLite {database}" if connection.vendor == "sqlite" else database
    peers = ", ".join(f"{name} {version(name)}" for name in PEERS)
    machine = f"{_processor()}, {os.cpu_count()} cores, {_memory()}"
    versions = f"{database}, its settings as installed; Python {platform.python_version()}"
    today = f"{datetime.now(UTC):%-d %B %Y}"
    how = f"{bench.runs} runs after a warm-up, in turns, in a random order; medians"
    again = f"make bench PARTNERS={bench.partners} RUNS={bench.runs} SEED={bench.seed}"
    lines = [
        f"{today}; {machine}; {versions}, Django {django.get_version()}, {peers}.",
        f"{', '.join(sizes)}. {how}.",
        f"Repeat it: `{again}`, with `DATABASE_URL` set.",
    ]
    return "\n\n".join(lines)


def text_of(bench: Bench, figures: list[Figure], where: str) -> str:
    """Everything that was found."""
    parts = [where, figures_table(figures)]
    if bench.counts:
        parts += [
            f"![How many times slower than the best hand-written SQL](images/{CHART.name})",
            "### Count",
            contests_table(bench, bench.counts, counts=True),
            "### First page",
            contests_table(bench, bench.pages, counts=False),
        ]
    return "\n\n".join(parts)


def write(bench: Bench, text: str) -> None:
    """Write the page and draw the chart."""
    if bench.counts:
        draw(bench, CHART)
    PAGE.write_text(between_marks(PAGE.read_text(), text))


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * size / 2**30:.0f} GB"
