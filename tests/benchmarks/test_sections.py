"""What the parts of a run write down."""

import re
from pathlib import Path

from django.contrib.auth.models import User

from partners.models import StageEdit
from segments.models import Segment
from tests.benchmarks.exports import WAYS
from tests.benchmarks.figures import Bench
from tests.benchmarks.sections import exports, saved_segments

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


def shape(line):
    return re.sub(r"[\d.,]+", "0", line)


def test_an_export_says_its_speed_and_its_memory_beside_copy():
    line = exports.figure(100_000, ("CSV, plain columns", 0.25, 1.5, 140.6))
    assert (line.what, line.figure) == ("100,000 as CSV, plain columns", "250 ms")
    assert line.beside == "COPY: ×1.50; 400,000 rows/s; peak 141 MB"


def test_the_page_has_the_lines_of_an_export_as_they_are_written():
    lines = [[cell.strip() for cell in line.split("|")] for line in PAGE.read_text().splitlines()]
    on_page = [(shape(line[2]), shape(line[4])) for line in lines if line[1:2] == [exports.AREA]]
    written = [exports.figure(100_000, (what, 1.5, 1.5, 140)) for what in WAYS if "COPY" not in what]
    assert on_page == [(shape(line.what), shape(line.beside)) for line in written]


def test_saved_segments_are_measured_and_everything_is_as_before(program, monkeypatch):
    monkeypatch.setattr(saved_segments, "SMALL_COUNT", 1)
    monkeypatch.setattr(saved_segments, "LARGE_COUNT", 3)
    before = [list(model.objects.order_by("pk").values()) for model in (Segment, StageEdit, User)]
    lines = saved_segments.run(Bench(partners=100, runs=1, seed=1))
    assert [shape(line.what.removesuffix(", with 3")) for line in lines] == [
        "Start page",
        "A partner's page",
        "Segments",
        "Sizes after 0 contracts would move",
    ]
    assert [list(model.objects.order_by("pk").values()) for model in (Segment, StageEdit, User)] == before


def test_a_line_of_saved_segments_says_what_was_not_counted():
    line = saved_segments.figure("Sizes", 0.1, 0.5, 12)
    assert (line.what, line.figure) == ("Sizes, with 300", "500 ms")
    assert line.beside == "100 ms with 10: ×5.00; 12 not counted in time"
