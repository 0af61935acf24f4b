"""Who edits in bulk."""

import pytest

from tests.factories import UserFactory


@pytest.fixture
def anna(db):
    return UserFactory(username="anna", is_superuser=True)
