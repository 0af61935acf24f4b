"""Numbers of the start page are kept for a while; no test is to see those of another."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()
    yield
    cache.clear()
