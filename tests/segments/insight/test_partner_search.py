"""Looking a partner up, in the builder and on a segment: who is meant, and why it is in or out."""

import pytest
from django.urls import reverse

from partners.core.time_limit import SupersededError, TooSlowError
from segments.insight import partner_search as lookup
from segments.insight.partner_search import look_up
from tests.factories import PartnerFactory
from tests.segments.forms import (
    ADD,
    EXPIRED,
    JOINED,
    NEW,
    PROSPECTS,
    any_of,
    asks,
    change,
    fields_of,
    form,
    partners_of,
    saved,
    text_of,
)
from tests.segments.query.test_slow_questions import stopping
from tests.segments.screens.test_segment_admin import broken

pytestmark = pytest.mark.django_db

WHY = {"hx-request": "true", "hx-target": "builder-why"}


def why(segment, **asked):
    return reverse("admin:segments_segment_why", args=[segment.pk], query=asked)


def names(found):
    return [partner.name for partner in found]


class TestLookingUp:
    def test_finds_names_by_their_words_in_any_letters_and_order(self):
        for name in ("Éclair Reviews", "Reviews of éclairs", "Moss"):
            PartnerFactory(name=name)
        assert names(look_up(" reviews ÉCLAIR ")) == ["Reviews of éclairs", "Éclair Reviews"]
        assert names(look_up("%")) == []

    def test_finds_a_partner_id_beside_names_with_these_digits(self):
        PartnerFactory(pk=2026, name="Vela")
        PartnerFactory(name="Deals 2026")
        assert names(look_up("2026")) == ["Vela", "Deals 2026"]

    def test_begins_with_the_partner_id_and_then_just_this_name(self):
        for number in range(lookup.MAX_FOUND + 3):
            PartnerFactory(name=f"Deals 7777 {number:02}")
        PartnerFactory(pk=7777, name="Vela")
        PartnerFactory(name="7777")
        found = look_up(" 7777 ")
        assert len(found) == lookup.MAX_FOUND + 1
        assert names(found)[:3] == ["Vela", "7777", "Deals 7777 00"]

    def test_finds_a_name_that_many_others_hold(self):
        for number in range(lookup.MAX_FOUND + 3):
            PartnerFactory(name=f"A media {number:02}")
        PartnerFactory(name="Média")
        PartnerFactory(name="Media")
        assert names(look_up("MEDIA"))[:2] == ["Media", "A media 00"]

    def test_lists_by_name_and_then_by_partner_id(self):
        for pk, name in ((3, "Ada"), (2, "ada"), (1, "Adb")):
            PartnerFactory(pk=pk, name=name)
        assert [partner.pk for partner in look_up("ad")] == [2, 3, 1]

    @pytest.mark.parametrize("text", ["", "  ", "nul\0", "9" * 400, "\ud7ff", "-1", "x" * 5_000])
    def test_finds_nobody_for_what_can_be_no_partner(self, text):
        PartnerFactory()
        assert look_up(text) == []


class TestInTheBuilder:
    @pytest.fixture(autouse=True)
    def program(self):
        self.newt = PartnerFactory(pk=700_001, name="Newt Media", prospecting_stage="new")
        self.exa = PartnerFactory(pk=700_002, name="Exa Media", prospecting_stage="expired")

    def ask(self, client, definition=PROSPECTS, address=ADD, headers=WHY, **asked):
        return client.post(address, form(definition, **asked), headers=headers)

    def test_one_partner_is_explained(self, as_editor):
        page = text_of(self.ask(as_editor, look_for="newt", look_up="1"))
        assert "<html" not in page
        for part in (
            "Newt Media",
            "700001",
            ">In the segment<",
            "through group 1",
            "Prospecting Stage: New",
            "✓",
        ):
            assert part in page
        page = text_of(self.ask(as_editor, look_for="700002", look_up="1"))
        for part in (">Not in the segment<", "its group is not met", "Prospecting Stage: Expired", "✗"):
            assert part in page

    def test_who_is_left_out_is_told_by_which_exception(self, as_editor):
        definition = PROSPECTS | {"version": 2, "except": [{"all": [asks("partner_id", "any_of", [700001])]}]}
        page = text_of(self.ask(as_editor, definition, explain="700001"))
        for part in (
            ">Not in the segment<",
            "in through group 1, but excepted by exception 1",
            'aria-label="Exception 1"',
        ):
            assert part in page

    def test_of_several_one_is_chosen(self, as_editor):
        page = text_of(self.ask(as_editor, look_for="media", look_up="1"))
        assert "Which of these?" in page
        assert page.index("Exa Media") < page.index("Newt Media")
        assert 'name="explain" value="700001"' in page
        page = text_of(self.ask(as_editor, look_for="media", explain="700001"))
        assert "through group 1" in page
        assert "Exa Media" not in page

    def test_no_more_than_ten_are_listed(self, as_editor, monkeypatch):
        monkeypatch.setattr(lookup, "MAX_FOUND", 1)
        page = text_of(self.ask(as_editor, look_for="media", look_up="1"))
        assert "More than 1 partner is found." in page
        assert page.count('name="explain"') == 1

    @pytest.mark.parametrize(
        "asked", [{"look_for": "nobody", "look_up": "1"}, {"explain": "404"}, {"explain": "x"}]
    )
    def test_who_is_not_there_is_said_not_to_be(self, as_editor, asked):
        assert "No partner has this Partner ID" in text_of(self.ask(as_editor, **asked))

    def test_nothing_is_asked_of_an_empty_box(self, as_editor):
        assert text_of(self.ask(as_editor, look_for=" ", look_up="1")).strip() == ""

    def test_explains_what_stands_in_the_form_and_saves_nothing(self, as_editor):
        segment = saved()
        page = text_of(self.ask(as_editor, any_of([NEW], [EXPIRED]), change(segment), explain="700002"))
        assert "through group 2" in page
        segment.refresh_from_db()
        assert (segment.definition, segment.revision) == (PROSPECTS, 1)

    def test_says_so_while_rows_are_not_complete(self, as_editor):
        page = text_of(self.ask(as_editor, look_for="newt", look_up="1", **{"row-0-value": []}))
        assert "The rows are not complete yet." in page
        assert "Newt Media" in page

    def test_without_javascript_comes_with_the_page_and_loses_nothing(self, as_editor):
        definition = any_of([NEW], [JOINED, EXPIRED])
        page = self.ask(as_editor, definition, headers={}, name=" My name ", look_for="newt", look_up="1")
        assert "<html" in text_of(page)
        assert "through group 1" in text_of(page)
        sent = {
            name: values for name, values in form(definition, name=[" My name "]).items() if values != [""]
        }
        shown = fields_of(page)
        assert {name: shown.get(name) for name in sent} == sent | {"draft": shown["draft"]}
        assert 'name="look_for" value="newt"' in text_of(page)

    def test_is_explained_anew_with_each_preview(self, as_editor):
        asked = {"look_for": "media", "looked_for": "media", "explained": "700002"}
        page = text_of(self.ask(as_editor, any_of([EXPIRED]), headers={}, preview="1", **asked))
        assert "through group 1" in page
        for target in ("builder-rows", "builder-preview"):
            headers = {"hx-request": "true", "hx-target": target}
            page = text_of(self.ask(as_editor, any_of([EXPIRED]), headers=headers, **asked))
            assert '<div id="builder-why" hx-swap-oob="innerHTML">' in page
        page = text_of(self.ask(as_editor, any_of([EXPIRED]), **asked | {"look_for": "other", "again": "1"}))
        assert "Exa Media" in page

    def test_another_text_is_another_question(self, as_editor):
        asked = {"look_for": "newt", "looked_for": "media", "explained": "700002"}
        page = text_of(self.ask(as_editor, headers={}, preview="1", **asked))
        assert "Newt Media</bdi></a> <span" in page
        assert "through group 1" in page

    def test_a_preview_without_a_look_up_says_nothing(self, as_editor):
        page = text_of(self.ask(as_editor, headers={"hx-request": "true", "hx-target": "builder-preview"}))
        assert "builder-why" not in page

    def test_says_so_where_it_takes_too_long(self, as_editor, monkeypatch):
        monkeypatch.setattr(lookup, "time_limit", stopping(TooSlowError))
        assert "took too long" in text_of(self.ask(as_editor, look_for="newt", look_up="1"))

    def test_an_overtaken_look_up_changes_nothing(self, as_editor, monkeypatch):
        monkeypatch.setattr(lookup, "time_limit", stopping(SupersededError))
        assert self.ask(as_editor, look_for="newt", look_up="1").status_code == 204

    def test_a_viewer_may_and_an_outsider_is_told_nothing(self, as_viewer, as_outsider, as_nobody):
        segment = saved()
        asked = {"look_for": "newt", "look_up": "1"}
        assert "through group 1" in text_of(self.ask(as_viewer, address=change(segment), **asked))
        for client, status in ((as_outsider, 403), (as_nobody, 401)):
            for headers in (WHY, {}):
                answer = self.ask(client, address=change(segment), headers=headers, **asked)
                assert answer.status_code == status
                assert "Newt Media" not in text_of(answer)

    def test_names_are_shown_as_they_are(self, as_editor):
        PartnerFactory(name="<b>Bold</b>")
        assert "&lt;b&gt;Bold&lt;/b&gt;" in text_of(self.ask(as_editor, look_for="bold", look_up="1"))
        page = text_of(self.ask(as_editor, headers={}, look_for='"><b>', look_up="1"))
        assert "&quot;&gt;&lt;b&gt;" in page


class TestOnASegment:
    @pytest.fixture(autouse=True)
    def program(self):
        self.newt = PartnerFactory(pk=700_001, name="Newt Media", prospecting_stage="new")
        PartnerFactory(pk=700_002, name="Exa Media", prospecting_stage="expired")

    def test_its_list_leads_there_and_back(self, as_viewer):
        segment = saved()
        page = text_of(as_viewer.get(partners_of(segment), {"name": "exa"}))
        assert "Why not?" in page
        answer = as_viewer.get(why(segment, look_for="newt"))
        for part in ("Why is a partner in “Prospects”, or not?", "through group 1", partners_of(segment)):
            assert part in text_of(answer)

    def test_of_several_one_is_chosen(self, as_viewer):
        segment = saved()
        page = as_viewer.get(why(segment, look_for="media"))
        day = page.context["as_of"]
        assert f'href="?explain=700002&amp;look_for=media&amp;as_of={day}"' in text_of(page)
        assert ">Not in the segment<" in text_of(
            as_viewer.get(why(segment, look_for="media", explain="700002"))
        )

    def test_without_a_question_it_asks_for_one(self, as_viewer):
        page = as_viewer.get(why(saved()))
        assert page.status_code == 200
        assert "No partner has" not in text_of(page)

    def test_of_a_draft_explains_the_draft(self, as_editor):
        listed = as_editor.post(ADD, form(any_of([EXPIRED]), "see_all", name="Draft"))["Location"]
        address = listed.replace("/partners/", "/why/")
        page = text_of(as_editor.get(address, {"look_for": "exa"}))
        assert "through group 1" in page
        assert "Why is a partner in “Draft”, or not?" in page
        assert as_editor.get(reverse("admin:segments_draft_why", args=["abcdefgh"])).status_code == 404

    def test_nobody_is_in_what_is_broken(self, as_viewer):
        page = text_of(as_viewer.get(why(broken(any_of()), explain="700001")))
        assert "its definition needs attention, so no partner is" in page

    def test_lists_of_who_enters_offer_no_look_up(self, as_editor):
        answer = as_editor.post(change(saved()), form(any_of([EXPIRED]), "entering"), follow=True)
        assert "../why/" not in text_of(answer)
