"""A few rows are kept as many are."""

from collections.abc import Iterator

import pytest

from segments.query.columns import answers, bits, paging, rows


@pytest.fixture(autouse=True, scope="module")
def as_of_many_rows() -> Iterator[None]:
    """There is an index of two rows, bits of a value that half of all partners have, and fewer are few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "INDEXED_FROM", 2)
        patch.setattr(rows, "COMMON", 2)
        for module in (answers, bits, paging):
            patch.setattr(module, "FEW", 2)
        yield
