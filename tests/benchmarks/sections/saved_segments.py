"""What shows saved segments, with many of them beside few."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from tqdm import tqdm

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.models import StageEdit
from segments.insight.stage_effects import sizes_after
from segments.models import Segment, SegmentReference
from tests.benchmarks.figures import Bench, Figure, seconds, times
from tests.benchmarks.questions import random_ones, sample_of_partners
from tests.benchmarks.stage_edits import planned

AREA = "Saved segments"
SMALL_COUNT, LARGE_COUNT = 10, 300
MAX_MOVED = 100_000
RUNS = 3
Step = Callable[[], int]
"""Does something with all saved segments, and says how many it left out."""


def run(bench: Bench) -> list[Figure]:
    """In this process, so without a server; what is written for it is taken back."""
    with transaction.atomic():
        SegmentReference.objects.all().delete()
        Segment.objects.all().delete()
        steps, drawn = _steps(bench), list(random_ones(bench.rng("saved"), LARGE_COUNT).items())
        _save(drawn[:SMALL_COUNT])
        few = {name: _measured(step) for name, step in steps.items()}
        _save(drawn[SMALL_COUNT:])
        many = {name: _measured(step) for name, step in steps.items()}
        transaction.set_rollback(True)
    return [figure(name, few[name][0], *many[name]) for name in steps]


def figure(name: str, few: float, many: float, left_out: int) -> Figure:
    """The line of the table."""
    beside = f"{seconds(few)} with {SMALL_COUNT}: {times(many / few)}"
    if left_out:
        beside += f"; {left_out:,} not counted in time"
    return Figure(AREA, f"{name}, with {LARGE_COUNT}", seconds(many), beside)


def _steps(bench: Bench) -> dict[str, Step]:
    user = User.objects.create_superuser("bench-saved-segments")
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    partner = sample_of_partners(bench.rng("saved"))[0]
    moved = min(MAX_MOVED, max(100, bench.partners // 10))
    edit = planned(moved, user)
    pages = {
        "Start page": reverse("admin:index"),
        "A partner's page": reverse("admin:partners_partner_change", args=[partner.pk]),
        "Segments": reverse("admin:segments_segment_changelist"),
    }
    return {
        **{name: partial(_open, client, path) for name, path in pages.items()},
        f"Sizes after {edit.number_chosen:,} contracts would move": partial(_sizes_after, edit),
    }


def _open(client: Client, path: str) -> int:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}.")
    return 0


def _sizes_after(edit: StageEdit) -> int:
    return len(
        sizes_after(
            edit, Segment.objects.all(), Moment.now(), seconds=limits().stage_effects_timeout_s
        ).uncounted
    )


def _save(drawn: list[tuple[str, dict[str, object]]]) -> None:
    for name, definition in drawn:
        Segment.objects.create(name=name, definition=definition)


def _measured(step: Step) -> tuple[float, int]:
    """The median after a warm-up, and how many segments were left out at the end."""
    left_out, spent = step(), []
    for _run in tqdm(
        range(RUNS), desc=f"{Segment.objects.count()} saved segments", unit=" runs", leave=False
    ):
        start = time.perf_counter()
        left_out = step()
        spent.append(time.perf_counter() - start)
    return median(spent), left_out
