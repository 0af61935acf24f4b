"""The program that the benchmark asks about, as small as it can be."""

import pytest

from contracts.models import TemplateTerm
from segments.demo.program import fill
from tests.benchmarks.program import PILOT, add_campaigns


@pytest.fixture
def program(db):
    fill(100, days=0, quiet=True)
    TemplateTerm.objects.create(name=PILOT)
    list(add_campaigns())
