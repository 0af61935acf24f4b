"""What people see when counting takes too long, or when they went on meanwhile."""

from contextlib import contextmanager

import pytest

from partners.core.moment import Moment
from partners.core.time_limit import SupersededError, TooSlowError
from partners.models import Membership
from segments import services
from segments.builder import responses as pages
from segments.definition import Definition
from segments.insight import changes, funnel, near_misses, preview
from segments.insight import data_findings as sense
from segments.insight import partner_search as lookup
from segments.language.labels import Labels
from segments.models import Segment
from segments.query import sql
from segments.screens import partner_lists as lists
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory
from tests.queries import OF_A_BLOCK
from tests.segments.forms import (
    ADD,
    EXPIRED,
    JOINED,
    LIST,
    PROSPECTS,
    any_of,
    asks,
    change,
    form,
    partners_of,
    saved,
    text_of,
)

pytestmark = pytest.mark.django_db


def stopping(error, *, times=100):
    """In place of `limited`: stops the first so many blocks."""
    left = iter(range(times))

    @contextmanager
    def limited(**_options):
        yield
        if next(left, None) is not None:
            raise error

    return limited


def htmx(target):
    return {"HX-Request": "true", "HX-Target": target}


@pytest.fixture
def partners(monkeypatch):
    monkeypatch.setattr(sql, "SAMPLE_EVERY", 2)
    return [PartnerFactory(pk=pk, prospecting_stage="new") for pk in (1, 2, 3, 4)]


class TestAPreviewThatTakesTooLong:
    def test_offers_an_estimate_and_says_that_it_is_one(self, as_editor, partners, monkeypatch):
        monkeypatch.setattr(preview, "time_limit", stopping(TooSlowError, times=1))
        answer = as_editor.post(ADD, form(PROSPECTS, "preview"))
        assert answer.context["preview"].count is None
        assert "≈ 4</strong> partners, an estimate" in text_of(answer)
        assert "took too long and was stopped" in text_of(answer)
        assert "Partners in prospecting stage New." in text_of(answer)
        assert "No partner is in this segment" not in text_of(answer)

    def test_says_so_where_not_even_an_estimate_is_quick(self, as_editor, partners, monkeypatch):
        monkeypatch.setattr(preview, "time_limit", stopping(TooSlowError))
        answer = as_editor.post(ADD, form(PROSPECTS, "preview"))
        assert "Counting takes too long" in text_of(answer)
        assert "estimate" not in text_of(answer)

    def test_leaves_the_stored_number_alone(self, as_editor, partners, monkeypatch):
        segment = saved(definition=PROSPECTS, partner_count=7)
        monkeypatch.setattr(preview, "time_limit", stopping(TooSlowError))
        as_editor.get(change(segment))
        segment.refresh_from_db()
        assert segment.partner_count == 7


class TestAPreviewThatWasOvertaken:
    @pytest.fixture(autouse=True)
    def overtaken(self, monkeypatch):
        monkeypatch.setattr(preview, "time_limit", stopping(SupersededError))

    def test_changes_nothing_on_the_page(self, as_editor):
        answer = as_editor.post(ADD, form(PROSPECTS), headers=htmx(pages.PREVIEW_PART))
        assert (answer.status_code, answer.content) == (204, b"")

    def test_still_draws_the_rows_that_were_asked_for(self, as_editor):
        answer = as_editor.post(ADD, form(PROSPECTS, "and:0"), headers=htmx(pages.ROWS_PART))
        assert answer.status_code == 200
        answer = as_editor.post(ADD, form(PROSPECTS, "preview"), headers=htmx(pages.ROWS_PART))
        assert "Counting…" in text_of(answer)


QUESTIONS = [
    (preview, pages.PREVIEW_PART),
    (sense, pages.SENSE_PART),
    (changes, pages.SENSE_PART),
    (funnel, pages.FUNNEL_PART),
    (lookup, pages.WHY_PART),
    (near_misses, pages.NEAR_PART),
]


def test_each_question_has_a_name_by_which_the_page_overtakes_it(as_editor, partners, monkeypatch):
    """The same name each time; another for each question, and for the same question of another page."""
    names = []

    @contextmanager
    def limited(*, page="", **_options):
        names.append(page)
        yield

    def asked(module, part, draft):
        data = form(any_of([EXPIRED, JOINED]), draft=draft, look_for="1")
        with monkeypatch.context() as patch:
            patch.setattr(module, "time_limit", limited)
            as_editor.post(change(segment), data, headers=htmx(part))
        found = set(names)
        names.clear()
        return found

    segment, told = saved(), []
    for module, part in QUESTIONS:
        for draft in ("abcdefgh", "hgfedcba"):
            first, again = (asked(module, part, draft) for _time in range(2))
            assert first == again
            told += first
    assert all(told)
    assert len(set(told)) == len(told) == 2 * len(QUESTIONS)


def test_a_segment_whose_count_takes_too_long_is_saved_all_the_same(as_editor, partners, monkeypatch):
    monkeypatch.setattr(services, "time_limit", stopping(TooSlowError))
    answer = as_editor.post(ADD, form(PROSPECTS, "save", name="Slow"))
    segment = Segment.objects.get()
    assert (segment.name, segment.partner_count, segment.counted_at) == ("Slow", None, None)
    assert "Counting its partners took too long." in text_of(as_editor.get(answer.url))


def test_counting_again_says_which_segments_took_too_long(as_editor, partners, monkeypatch):
    quick, slow = saved("Quick"), saved("Slow")
    asked = services.count
    monkeypatch.setattr(
        "segments.admin.count", lambda one, moment: None if one == slow else asked(one, moment)
    )
    ticked = {"action": "count_again", "_selected_action": [quick.pk, slow.pk]}
    answer = as_editor.post(LIST, ticked, follow=True)
    assert "Counted the partners of 1 segment." in text_of(answer)
    assert "Counting took too long: Slow." in text_of(answer)
    quick.refresh_from_db()
    assert quick.partner_count == 4


def test_a_list_that_takes_too_long_says_so(as_editor, partners, monkeypatch):
    monkeypatch.setattr(lists, "time_limit", stopping(TooSlowError))
    answer = as_editor.get(partners_of(saved()))
    assert answer.status_code == 200
    assert "Finding these partners took too long" in text_of(answer)
    assert "4 partners" not in text_of(answer)


def test_a_whole_preview_is_six_queries_at_most(partners, django_assert_num_queries):
    contract, group = ContractFactory(partner=partners[0]), PartnerGroupFactory()
    Membership.objects.create(partner=partners[1], group=group)
    definition = Definition.from_json(
        any_of(
            [asks("contract_id", "any_of", [contract.number, "S-404"])],
            [asks("template_term", "none_of", [contract.template_term_id])],
            [asks("partner_group", "any_of", [group.pk])],
            [asks("partner_name", "any_of", [3]), asks("partner_id", "any_of", [3, 404])],
        )
    )
    with django_assert_num_queries(5 + OF_A_BLOCK):
        found = preview.preview(definition, Labels.of(definition), Moment.now(), page="a page")
    assert found.count == 4
    assert len(found.unknown) == 2
    assert [len(partner.contracts.all()) for partner in found.partners] == [1, 0, 0, 0]
