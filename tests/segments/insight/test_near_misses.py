"""Partners whom a single condition keeps out of a segment."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from partners.core.limits import limits
from partners.core.time_limit import SupersededError, TooSlowError
from segments.definition import Definition
from segments.insight import near_misses
from segments.insight.near_misses import missed_by
from segments.language.labels import Labels
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.laws import law
from tests.segments.evaluator import matching
from tests.segments.forms import ADD, EXPIRED, JOINED, NEW, any_of, asks, form, saved, text_of
from tests.segments.forms import change as address_of
from tests.segments.masks import answered_by_masks
from tests.segments.moments import AT
from tests.segments.query.test_slow_questions import stopping
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db

NEAR = {"hx-request": "true", "hx-target": "builder-near"}


def missed(definition):
    read = Definition.from_json(definition)
    return near_misses.near_misses(read, Labels.of(read), AT)


@law(120)
@given(programs(), definitions, st.booleans())
def test_they_are_those_whom_removing_one_condition_lets_in(program, definition, masks):
    with stored(program), answered_by_masks(yes=masks):
        found = {
            (miss.group, miss.condition): ({one.pk for one in miss.crowd.partners}, miss.crowd.count)
            for conditions in missed(definition)
            for miss in conditions
        }
    members = matching(definition, program)
    expected = {}
    for number, group in enumerate(definition["any"], start=1):
        for place in range(len(group["all"])):
            rest = group["all"][:place] + group["all"][place + 1 :]
            if rest:
                without = definition["any"][:]
                without[number - 1] = {**group, "all": rest}
                let_in = matching({**definition, "any": without}, program) - members
                expected[number, place + 1] = (let_in, len(let_in))
    assert found == expected


@pytest.mark.parametrize(
    ("group", "condition"), [(0, 1), (1, 0), (2, 1), (1, 3), (3, 1), (10**30, 1), (1, 10**30)]
)
def test_of_no_condition_or_an_only_one_there_are_none(group, condition):
    with pytest.raises(LookupError):
        missed_by(Definition.from_json(any_of([NEW, JOINED], [NEW])), group, condition, AT)


class TestInTheBuilder:
    """Gold wants Joined on Gold: Silver is on other terms, Was is Expired on Gold, Nix is neither."""

    @pytest.fixture(autouse=True)
    def program(self):
        gold, silver = TemplateTermFactory(name="Gold"), TemplateTermFactory(name="Silver")
        for name, stage, term in (
            ("Aurora", "joined", gold),
            ("Silver Media", "joined", silver),
            ("Was Gold", "expired", gold),
            ("Nix", "expired", silver),
        ):
            ContractFactory(partner=PartnerFactory(name=name), stage=stage, template_term=term)
        self.definition = any_of([JOINED, asks("template_term", "any_of", [gold.pk])])

    def ask(self, client, definition=None, address=ADD, **options):
        return client.post(address, form(definition or self.definition, tab="near"), **options)

    def test_are_listed_by_condition(self, as_editor):
        page = text_of(self.ask(as_editor, headers=NEAR))
        assert "<html" not in page
        stage, _colon, term = page.partition("Partner Template Term is any of “Gold”</strong>")
        assert "Contract Stage is any of Joined</strong>: 1 partner" in stage
        assert "Was Gold" in stage
        assert "Silver Media" in term
        assert "Nix" not in page
        assert "Aurora" not in page

    def test_are_asked_for_and_never_come_with_the_preview(self, as_editor):
        for headers in ({}, {"hx-request": "true", "hx-target": "builder-preview"}):
            page = text_of(as_editor.post(ADD, form(self.definition, "preview"), headers=headers))
            assert 'hx-trigger="intersect once"' in page
            assert "Was Gold" not in page

    def test_come_with_the_page_for_who_has_no_javascript(self, as_editor):
        page = text_of(self.ask(as_editor))
        assert "<html" in page
        assert "Was Gold" in page
        assert 'hx-trigger="intersect once"' not in page

    def test_are_none_where_nothing_would_be_left_to_ask(self, as_editor):
        page = text_of(self.ask(as_editor, any_of([NEW], [EXPIRED]), headers=NEAR))
        assert "Each group has a single condition" in page

    def test_of_several_groups_are_named_by_group(self, as_editor):
        page = text_of(self.ask(as_editor, any_of([NEW], self.definition["any"][0]["all"]), headers=NEAR))
        assert "<h3>Group 2</h3>" in page
        assert "no partner" in page

    def test_wait_for_rows_that_are_not_complete(self, as_editor):
        data = form(self.definition, "near_misses") | {"row-0-value": []}
        assert "The rows are not complete yet." in text_of(as_editor.post(ADD, data, headers=NEAR))
        assert "Choose at least one value." in text_of(as_editor.post(ADD, data))

    def test_all_of_them_are_one_step_away_and_back_again(self, as_editor):
        segment = saved()
        answer = as_editor.post(
            address_of(segment), form(self.definition, fields={"near": "1:1"}), follow=True
        )
        assert [partner.name for partner in answer.context["page"].partners] == ["Was Gold"]
        page = text_of(answer)
        for part in (
            "Near misses of",
            "if group 1 did not ask this: Contract Stage is any of Joined.",
            f"{address_of(segment)}?draft=",
        ):
            assert part in page
        assert "Export…" not in page
        assert (
            list(as_editor.get(answer.request["PATH_INFO"], {"name": "nix"}).context["page"].partners) == []
        )

    def test_all_of_them_are_paged(self, as_editor):
        vip = PartnerGroupFactory()
        length = limits().segment_list_page_rows
        PartnerFactory.create_batch(length + 1, prospecting_stage="expired", groups=[vip])
        definition = any_of([NEW, asks("partner_group", "any_of", [vip.pk])])
        page = as_editor.post(ADD, form(definition, fields={"near": "1:1"}), follow=True)
        assert page.context["page"].count == length + 1
        second = as_editor.get(page.request["PATH_INFO"], page.context["page"].next)
        assert len(second.context["page"].partners) == 1

    @pytest.mark.parametrize("place", ["", "x", "9:9", "1:1:1", "0:1", "-1:2", "9" * 30 + ":1", "1:\0"])
    def test_of_a_guessed_place_there_is_no_list(self, as_editor, place):
        answer = as_editor.post(ADD, form(any_of([NEW]), fields={"near": place}), follow=True)
        assert answer.status_code == 404

    def test_of_another_session_there_is_no_list(self, as_editor):
        address = reverse("admin:segments_draft_near_misses", args=["abcdefgh", 1, 1])
        assert as_editor.get(address).status_code == 404

    def test_a_viewer_may_and_an_outsider_is_told_nothing(self, as_viewer, as_outsider):
        segment = saved()
        page = self.ask(as_viewer, address=address_of(segment), headers=NEAR)
        assert "Was Gold" in text_of(page)
        answer = self.ask(as_outsider, address=address_of(segment), headers=NEAR)
        assert answer.status_code == 403
        assert "Was Gold" not in text_of(answer)
        listed = as_viewer.post(address_of(segment), form(self.definition, fields={"near": "1:1"}))[
            "Location"
        ]
        assert as_viewer.get(listed).status_code == 200
        assert as_outsider.get(listed).status_code == 403

    def test_say_so_where_they_take_too_long(self, as_editor, monkeypatch, change_limits):
        monkeypatch.setattr(near_misses, "time_limit", stopping(TooSlowError, times=1))
        page = text_of(self.ask(as_editor, headers=NEAR))
        assert page.count("looking took too long") == 1
        assert "Silver Media" in page
        change_limits(near_misses_timeout_s=0)
        assert text_of(self.ask(as_editor, headers=NEAR)).count("looking took too long") == 2

    def test_say_so_of_all_where_masks_take_too_long(self, as_editor, monkeypatch):
        def too_slow(*_asked):
            raise TooSlowError

        monkeypatch.setattr(near_misses, "first_of_each", too_slow)
        with answered_by_masks():
            assert text_of(self.ask(as_editor, headers=NEAR)).count("looking took too long") == 2

    def test_an_overtaken_look_changes_nothing(self, as_editor, monkeypatch):
        monkeypatch.setattr(near_misses, "time_limit", stopping(SupersededError))
        assert self.ask(as_editor, headers=NEAR).status_code == 204
