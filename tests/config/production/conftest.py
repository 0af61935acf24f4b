"""Clusters of PostgreSQL that a test makes for itself."""

import pytest

from tests.config.production.servers import made_clusters


@pytest.fixture
def clusters():
    with made_clusters() as new:
        yield new
