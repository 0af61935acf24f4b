"""Rows say the same of their partners in layers, beyond them, sorted and looked up in an index."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.arrays import ArrayColumn, Digests, Keys, Values
from segments.query.columns import rows as layout
from segments.query.columns.bits import bits_at, bools_of, number_of, places_of
from segments.query.columns.rows import WholeTexts, compact, row_block
from tests.laws import law

KEY, TEXT = ArrayColumn("key", Keys()), ArrayColumn("text", Digests())
MAX_PARTNERS = 20


@st.composite
def partners_and_rows(draw):
    """How many partners there are, and of each row the place of its partner and a value."""
    many = draw(st.integers(1, MAX_PARTNERS))
    return many, draw(st.lists(st.tuples(st.integers(0, many - 1), st.integers(1, 4)), max_size=40))


def kept(many, rows, sorted_by=None):
    places, values = (np.array([row[at] for row in rows], np.int64) for at in (0, 1))
    return row_block(many, places.astype(np.int32), {KEY: values}, sorted_by)


def met(block, wanted):
    values = Values((block.columns[KEY],), Keys(), indexes=(block.indexes.get(KEY),))
    [part] = values.isin(wanted).parts
    return part


def places(bits, many):
    return np.flatnonzero(bools_of(bits, many)).tolist()


@law(300)
@given(
    partners_and_rows(), st.sets(st.integers(1, 5)), st.sampled_from([2, 10_000]), st.sampled_from([0, 1, 3])
)
def test_who_has_a_row_that_meets_something_and_how_many(given_rows, wanted, indexed_from, padded):
    many, rows = given_rows
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "INDEXED_FROM", indexed_from)
        patch.setattr(layout, "PADDED", padded)
        block = kept(many, rows)
    assert len(block.layers) * many <= padded * len(rows)
    some, others = met(block, list(wanted)), ~met(block, list(wanted))
    for part, holds in ((some, wanted.__contains__), (others, lambda value: value not in wanted)):
        expected = [partner for partner, value in rows if holds(value)]
        assert places(block.met_by(part), many) == sorted(set(expected))
        assert block.counts(part).tolist() == [expected.count(partner) for partner in range(many)]
    assert places(block.owners, many) == sorted({partner for partner, _value in rows})


@law(100)
@given(partners_and_rows(), st.sets(st.integers(0, MAX_PARTNERS)), st.sampled_from([None, KEY]))
def test_the_rows_of_some_partners_are_those_that_were_given(given_rows, some, sorted_by):
    many, rows = given_rows
    some = [partner for partner in some if partner < many]
    block = kept(many, rows, sorted_by)
    partners, columns = block.of(bits_at(np.array(some, np.int32), many), np.arange(many) + 100)
    found = zip(partners.tolist(), columns[KEY].tolist(), strict=True)
    assert sorted(found) == sorted((partner + 100, value) for partner, value in rows if partner in some)


@law(200)
@given(partners_and_rows(), st.sets(st.integers(1, 5)), st.sampled_from([0, 1, 3]))
def test_rows_are_found_by_whole_texts_and_given_back_as_they_were(given_rows, wanted, padded):
    many, rows = given_rows
    digests = TEXT.encoding.encode([None if value == 4 else f"S-{value}" for _partner, value in rows])
    at = np.array([partner for partner, _value in rows], np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "PADDED", padded)
        block = row_block(many, at, {TEXT: digests}, None)
    texts = WholeTexts((), TEXT.encoding, sorted_indexes=(block.sorted_indexes[TEXT],))
    [found] = texts.isin([f"S-{value}" for value in wanted]).parts
    expected = [partner for partner, value in rows if value in wanted - {4}]
    assert places(block.met_by(found), many) == sorted(set(expected))
    assert block.counts(found).tolist() == [expected.count(partner) for partner in range(many)]
    [missing] = texts.missing().parts
    assert places(block.met_by(missing), many) == sorted({partner for partner, value in rows if value == 4})
    partners, columns = block.of(bits_at(np.arange(many), many), np.arange(many))
    given_back = zip(partners.tolist(), columns[TEXT].tolist(), strict=True)
    assert sorted(given_back) == sorted(zip(at.tolist(), digests.tolist(), strict=True))


@law(100)
@given(partners_and_rows(), st.sets(st.integers(1, 5)), st.sampled_from([1, 2, 32]))
def test_who_has_one_of_several_values(given_rows, wanted, common):
    many, rows = given_rows
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "COMMON", common)
        block = kept(many, rows, KEY)
    expected = sorted({partner for partner, value in rows if value in wanted})
    assert places(block.having(list(wanted)), many) == expected


@law(100)
@given(st.integers(0, 2_000), st.data())
def test_bits_are_the_places_that_they_were_made_of(many, data):
    some = sorted(data.draw(st.sets(st.integers(0, max(0, many - 1)), max_size=min(many, 30))))
    bits = bits_at(np.array(some, np.int32), many)
    assert places(bits, many) == places_of(bits, many).tolist() == some
    assert number_of(bits) == len(some)
    assert number_of(~bits & bits_at(np.arange(many), many)) == many - len(some)


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [([], np.int8), ([-128, 127], np.int8), ([128], np.int16), ([-(2**31)], np.int32), ([2**31], np.int64)],
)
def test_numbers_take_as_few_bytes_as_they_need(numbers, kind):
    found = compact(np.array(numbers, np.int64))
    assert found.dtype == kind
    assert found.tolist() == numbers
