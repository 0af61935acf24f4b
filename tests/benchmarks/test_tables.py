"""How a run is written down."""

import pytest

from tests.benchmarks.contest import Contestant, Outcome, Side
from tests.benchmarks.figures import Bench, Figure, seconds, times
from tests.benchmarks.tables import BEGIN, END, between_marks, contests_table, figures_table, table


def cells(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]


def test_a_table_is_as_wide_as_its_widest_cells():
    assert table(["a", "b"], [["long", "1"]]) == "| a    | b |\n| ---- | - |\n| long | 1 |"


@pytest.mark.parametrize(
    ("number", "text"), [(0.0004321, "0.432 ms"), (0.1234, "123 ms"), (1.005, "1.00 s"), (0, "0 ms")]
)
def test_seconds_are_written_for_people(number, text):
    assert seconds(number) == text


@pytest.mark.parametrize(("ratio", "text"), [(1.049, "×1.05"), (9.99, "×9.99"), (1234.5, "×1,234")])
def test_ratios_are_written_for_people(ratio, text):
    assert times(ratio) == text


def test_goals_are_met_or_not():
    rows = cells(
        figures_table(
            [
                Figure("Count", "Mean", "×1.05", goal="×1.1", met=True),
                Figure("Count", "Worst", "×3.00", goal="×2", met=False),
                Figure("Screens", "Builder", "9 a second"),
            ]
        )
    )
    assert [row[-1] for row in rows[2:]] == ["met", "**not met**", ""]


def test_a_line_says_who_was_how_fast_who_was_wrong_and_who_has_no_words_for_it():
    contestants = [
        Contestant("ours", Side.OURS, int, seconds=[0.03], in_database=[0.02], answer=3),
        Contestant("IN", Side.BY_HAND, int, seconds=[0.01], in_database=[0.01], answer=3),
        Contestant("djangoql", Side.PEER, int, seconds=[0.1], in_database=[0.1], answer=4),
    ]
    bench = Bench(10, 7, 1, unsaid={"Big group": {"django-filter": "no “or”"}})
    [_head, _line, row] = cells(contests_table(bench, {"Big group": Outcome(contestants, 3)}, counts=True))
    assert row == [
        "Big group", "3", "30 ms", "20 ms", "10 ms", "IN", "×2.00", "**wrong**, 100 ms (×10)", "– (no “or”)",
    ]  # fmt: skip


def test_who_was_stopped_is_shown_with_the_limit():
    contestants = [
        Contestant("ours", Side.OURS, int, stopped=True),
        Contestant("IN", Side.BY_HAND, int, seconds=[0.01], in_database=[0.01], answer=3),
    ]
    [_head, _line, row] = cells(
        contests_table(Bench(10, 7, 1, unsaid={"A": {}}), {"A": Outcome(contestants, 3)}, counts=True)
    )
    assert row[2] == "> 4 s"


def test_what_stands_around_the_marks_stays():
    page = f"# Title\n\n{BEGIN}\nold\n{END}\nLast words\n"
    assert between_marks(page, "new") == f"# Title\n\n{BEGIN}\n\nnew\n\n{END}\nLast words\n"


def test_a_page_without_marks_is_not_overwritten():
    with pytest.raises(ValueError, match="marks"):
        between_marks("# Title", "new")
