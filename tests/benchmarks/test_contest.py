"""Ratios, and who is left alone: from contestants whose clocks are set."""

from random import Random

import pytest

from tests.benchmarks import contest
from tests.benchmarks.contest import CAP, Contestant, Outcome, Side, hold, mean_ratio


def contestant(name, side, *seconds, answer=3, alone=()):
    return Contestant(
        name,
        side,
        lambda: answer,
        seconds=list(seconds),
        in_database=list(seconds),
        alone=list(alone),
        answer=answer,
    )


@pytest.fixture
def outcome():
    return Outcome(
        [
            contestant("ours", Side.OURS, 0.3, 0.1, 0.2, alone=(0.1, 0.2, 0.3)),
            contestant("slow", Side.BY_HAND, 0.4, 0.4, 0.4),
            contestant("fast", Side.BY_HAND, 0.1, 0.1, 0.9, alone=(0.05, 0.05)),
            contestant("wrong", Side.BY_HAND, 0.01, 0.01, answer=4),
            contestant("peer", Side.PEER, 1.0, answer=4),
        ],
        right=3,
    )


def test_the_best_is_the_fastest_of_the_right_ones(outcome):
    assert outcome.best.name == "fast"


def test_ratios_are_of_medians(outcome):
    assert outcome.ratio(outcome.find("ours")) == pytest.approx(2)
    assert outcome.database_ratio(outcome.find("ours")) == pytest.approx(2)
    assert outcome.ratio_alone(outcome.find("ours")) == pytest.approx(4)


def test_wrong_answers_are_wrong(outcome):
    assert not outcome.is_right(outcome.find("peer"))


def test_slower_here_and_faster_there_even_out():
    assert mean_ratio([0.1, 10]) == pytest.approx(1)


@pytest.mark.django_db
def test_everybody_is_asked_as_often_and_once_more_to_warm_up(monkeypatch):
    monkeypatch.setattr(contest, "QUICK", 0)
    contestants = three_contestants(asked := [])
    outcome = hold(contestants, right=1, runs=3, rng=Random(1))
    assert sorted(asked[:12]) == sorted(["ours", "by hand", "peer"] * 4)
    assert all(len(one.seconds) == 3 and outcome.is_right(one) for one in contestants)


@pytest.mark.django_db
def test_ours_and_what_is_written_by_hand_are_asked_more_often_where_they_are_quick(monkeypatch):
    monkeypatch.setattr(contest, "QUICK", 100)
    hold(three_contestants(asked := []), right=1, runs=3, rng=Random(1))
    assert sorted(asked[:36]) == sorted(["ours", "by hand"] * 16 + ["peer"] * 4)


@pytest.mark.django_db
@pytest.mark.parametrize(("quick", "times"), [(0, 3), (100, 15)])
def test_then_ours_and_the_best_are_asked_some_times_in_a_row(monkeypatch, quick, times):
    monkeypatch.setattr(contest, "QUICK", quick)
    contestants = three_contestants(asked := [])
    hold(contestants, right=1, runs=3, rng=Random(1))
    assert asked[-2 * times :] == ["ours"] * times + ["by hand"] * times
    assert [len(one.alone) for one in contestants] == [times, times, 0]


def three_contestants(asked):
    sides = {"ours": Side.OURS, "by hand": Side.BY_HAND, "peer": Side.PEER}
    return [Contestant(name, side, lambda name=name: asked.append(name) or 1) for name, side in sides.items()]


def test_where_every_form_was_stopped_the_best_took_all_the_time_there_was():
    stopped = contestant("by hand", Side.BY_HAND, answer=None)
    stopped.stopped = True
    outcome = Outcome([contestant("ours", Side.OURS, CAP / 2), stopped], right=3)
    assert outcome.best is stopped
    assert outcome.ratio(outcome.find("ours")) == pytest.approx(0.5)
