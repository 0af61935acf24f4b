"""A clock that tests set, and a segment to be tracked."""

import pytest

from tests.segments.tracking.clock import Clock


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    clock.rule(monkeypatch)
    return clock
