"""Texts are found in the names as Python finds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.query.columns.names import Names
from tests.laws import law

LETTERS = st.text(alphabet="ab ü✓🦓", max_size=6)


@law(300)
@given(st.lists(LETTERS, max_size=12), LETTERS)
def test_texts_are_found_where_they_are(texts, sought):
    texts = sorted(texts)
    names = Names.of(texts)
    assert sorted(set(names.containing(sought).tolist())) == [
        at for at, text in enumerate(texts) if sought in text
    ]
    starting = names.starting_with(sought)
    assert texts[starting] == [text for text in texts if text.startswith(sought)]


@pytest.mark.parametrize("texts", [[], [""], ["", "a", "ab", "b"]])
def test_each_name_is_kept_as_it_is(texts):
    assert [name.decode() for name in Names.of(texts)] == texts
