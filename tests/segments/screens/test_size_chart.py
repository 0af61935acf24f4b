"""The sizes of a segment as a drawing."""

from datetime import timedelta

from django.utils import timezone

from segments.screens.size_chart import Size, size_chart

NOW = timezone.now()


def chart(*numbers, hours=1):
    sizes = [Size(NOW + timedelta(hours=hours * at), number) for at, number in enumerate(numbers)]
    return size_chart(sizes)


def test_goes_from_step_to_step():
    drawn = chart(0, 10, 5)
    assert drawn.line == "M4.0 92.0 H300.0 V4.0 H596.0 V48.0"
    assert drawn.dots == "M4.0 92.0h0 M300.0 4.0h0 M596.0 48.0h0"
    assert (drawn.least, drawn.most) == (0, 10)


def test_leaves_a_gap_where_nothing_was_counted():
    assert chart(10, None, 10).line == "M4.0 4.0 H300.0 M596.0 4.0"


def test_of_less_than_two_sizes_is_none():
    assert chart() is chart(3) is chart(None, 3) is None


def test_of_one_moment_has_steps_of_one_width():
    assert chart(1, 1, 1, hours=0).dots.startswith("M4.0 4.0h0 M300.0")


def test_of_nobody_is_a_line_at_the_bottom():
    assert chart(0, 0).line == "M4.0 92.0 H596.0 V92.0"
