"""Ready definitions that a new segment can start from."""

import pytest

from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError
from segments.analysis.findings import findings
from segments.builder import starters
from segments.builder.starters import STARTERS, sizes
from tests.factories import PartnerFactory
from tests.segments.forms import ADD, NEW, any_of, change, fields_of, form, rows_of, saved, text_of
from tests.segments.query.test_slow_questions import stopping

pytestmark = pytest.mark.django_db
PART = {"hx-request": "true", "hx-target": "builder-starters"}


def test_there_are_ten_or_more_and_nothing_looks_wrong_with_any():
    assert len(STARTERS) >= 10
    assert len({starter.key for starter in STARTERS}) == len(STARTERS)
    for starter in STARTERS:
        assert findings(starter.definition) == [], starter.key


def test_an_empty_builder_offers_them_and_one_that_asks_something_does_not(as_editor):
    PartnerFactory()
    page = text_of(as_editor.get(ADD))
    for starter in STARTERS:
        assert f'href="?starter={starter.key}"' in page
    for other in (
        as_editor.post(ADD, form(any_of([NEW]), "preview")),
        as_editor.get(change(saved(definition=any_of([NEW])))),
    ):
        assert "?starter=" not in text_of(other)


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.key)
def test_each_opens_as_rows_under_its_name(as_editor, starter):
    page = as_editor.get(ADD, {"starter": starter.key})
    assert fields_of(page)["name"] == [str(starter.name)]
    assert page.context["builder"].definition == starter.definition


def test_an_unknown_one_is_an_empty_builder(as_editor):
    assert rows_of(as_editor.get(ADD, {"starter": "x"})) == [("", "", [""])]


def test_their_numbers_come_after_the_page_or_with_it_where_they_are_asked_for(as_editor):
    PartnerFactory(prospecting_stage="new")
    assert sizes(Moment.now())["new"] == 1
    one = '<span class="starter-size">1<span'
    assert one not in text_of(as_editor.get(ADD))
    assert one in text_of(as_editor.post(ADD, {"row": "0", "row-0-group": "0"}, headers=PART))
    page = text_of(as_editor.post(ADD, {"row": "0", "row-0-group": "0", "starters": "1"}))
    assert one in page
    assert "<html" in page


def test_a_program_without_partners_is_not_told_so_by_each(as_editor):
    page = text_of(as_editor.post(ADD, {"row": "0", "row-0-group": "0"}, headers=PART))
    assert '<span class="starter-size"></span>' in page
    assert '<span class="starter-size">0' not in page


def test_numbers_that_take_too_long_are_left_out(monkeypatch):
    monkeypatch.setattr(starters, "time_limit", stopping(TooSlowError))
    assert sizes(Moment.now()) == {}
