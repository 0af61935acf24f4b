"""What tests of segments share."""

import pytest

from tests.segments.moments import AT


@pytest.fixture(autouse=True)
def nothing_kept():
    """Segments are defined anew in each test, and the moment that tests share would know them still."""
    AT.kept.clear()
