"""The rows whose number is in a list are found, however wide the numbers are and however they are kept."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segments.arrays import Keys, Values
from tests.laws import law

# Lists of up to 24 bytes are compared, and longer ones looked up in a table.
LISTS = st.lists(st.integers(-130, 300), max_size=40)


@law(300)
@example([-100, 100], list(range(90, 120)), np.int8)
@given(st.lists(st.integers(-128, 127)), LISTS, st.sampled_from([np.int8, np.int16, np.int32, np.int64]))
@pytest.mark.parametrize("is_sorted", [False, True])
def test_the_rows_with_a_number_of_a_list_are_found(is_sorted, numbers, wanted, kind):
    numbers = sorted(numbers) if is_sorted else numbers
    values = Values((np.array(numbers, kind),), Keys(), is_sorted)
    [found] = values.isin(wanted).parts
    assert np.unpackbits(found, count=len(numbers)).tolist() == [one in wanted for one in numbers]
