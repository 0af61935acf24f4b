"""A clock that tests set, and a segment of a group whose partners come and go."""

import pytest

from segments.tracking import running
from segments.tracking.services import switch_on
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.tracking.clock import Clock, in_group, run_all, segment_of


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    clock.rule(monkeypatch)
    return clock


@pytest.fixture
def group():
    return PartnerGroupFactory(name="Watched group")


@pytest.fixture
def segment(group):
    """Partners 1 to 10 of twenty are in it."""
    for key in range(1, 11):
        PartnerFactory(id=key, name=f"Inside {key:02}", groups=[group])
    for key in range(11, 21):
        PartnerFactory(id=key, name=f"Outside {key}")
    return segment_of(in_group(group.pk))


@pytest.fixture
def tracked(clock, segment):
    """The segment, after its baseline."""
    switch_on(segment=segment, user=None)
    run_all(clock)
    return segment


@pytest.fixture
def held(clock, tracked, group, monkeypatch):
    """A run that would let three leave and one enter."""
    monkeypatch.setattr(running, "ALWAYS_ALLOWED", 0)
    clock.turn(days=1)
    group.partners.remove(1, 2, 3)
    group.partners.add(11)
    [run] = run_all(clock)
    return run
