"""Two or three segments side by side: what the page shows, and where it leads."""

import re
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.core.time_limit import TooSlowError
from partners.models import Export, PartnerGroup
from segments.models import Segment
from segments.screens import overlap as compare_pages
from segments.screens.overlap import address
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import (
    ADD,
    EXPIRED,
    JOINED,
    LIST,
    NEW,
    any_of,
    asks,
    fields_of,
    rows_of,
    saved,
    text_of,
)
from tests.segments.query.test_slow_questions import stopping
from tests.segments.screens.test_segment_admin import broken

pytestmark = pytest.mark.django_db


def words(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text_of(answer))).split())


@pytest.fixture
def vip():
    """A group of two: one is a prospect and one has expired; another prospect is in no group."""
    group = PartnerGroupFactory(name="VIP")
    PartnerFactory(name="Newt", prospecting_stage="new")
    PartnerFactory(name="Nora", prospecting_stage="new", groups=[group])
    PartnerFactory(name="Exa", prospecting_stage="expired", groups=[group])
    return saved("VIP", any_of([asks("partner_group", "any_of", [group.pk])]))


@pytest.fixture
def prospects():
    return saved("Prospects", any_of([NEW]))


def part(client, segments, *inside):
    keys = ",".join(str(segment.pk) for segment in inside)
    return client.get(f"{address([segment.pk for segment in segments])}{keys}/")


def names(answer):
    return [partner.name for partner in answer.context["page"].partners]


class TestThePage:
    def test_shows_sizes_sentences_and_parts(self, as_viewer, prospects, vip):
        page = words(as_viewer.get(address([prospects.pk, vip.pk])))
        for text in (
            "3 partners are in any of them",
            "Partners in prospecting stage New.",
            "Partners in group “VIP”.",
            "Only in A 1 Only in A",
            "Only in B 1",
            "In A and B 1",
        ):
            assert text in page

    def test_draws_each_part_as_a_link_without_any_style(self, as_viewer, prospects, vip):
        page = text_of(as_viewer.get(address([prospects.pk, vip.pk])))
        [drawing] = re.findall(r'<svg class="venn".*?</svg>', page, re.DOTALL)
        assert drawing.count("<a href=") == 3
        assert 'aria-label="Only in A: 1 partner"' in drawing
        assert "<title" in drawing
        assert "<desc" in drawing
        assert "style=" not in drawing

    def test_has_seven_parts_of_three(self, as_viewer, prospects, vip):
        third = saved("Third", any_of([EXPIRED], [NEW]))
        page = words(as_viewer.get(address([prospects.pk, vip.pk, third.pk])))
        for text in ("Only in C 0", "In A and B, not in C 0", "In A and C, not in B 1", "In A, B and C"):
            assert text in page

    def test_counts_all_parts_in_one_query(self, as_viewer, prospects, vip):
        with CaptureQueriesContext(connection) as captured:
            as_viewer.get(address([prospects.pk, vip.pk]))
        assert sum("word_0" in query["sql"] for query in captured) == 1

    def test_says_which_segment_needs_attention(self, as_viewer, prospects):
        page = words(as_viewer.get(address([prospects.pk, broken(any_of()).pk])))
        assert "A segment needs at least one group of conditions." in page

    def test_says_so_where_it_takes_too_long(self, as_viewer, prospects, vip, monkeypatch):
        monkeypatch.setattr(compare_pages, "time_limit", stopping(TooSlowError))
        page = words(as_viewer.get(address([prospects.pk, vip.pk])))
        assert "Comparing these segments took too long." in page
        assert "The parts" not in page

    @pytest.mark.parametrize(
        "keys", ["1", "x,y", "1,1", "0,1", "404,405", "1,2,3,4", "9" * 30 + ",1", ",", "%00,1"]
    )
    def test_that_is_guessed_is_not_found(self, as_viewer, prospects, keys):
        assert as_viewer.get(f"{LIST}compare/{keys}/").status_code == 404

    def test_is_not_for_outsiders(self, as_outsider, as_nobody, prospects, vip):
        for answer in (
            as_outsider.get(address([prospects.pk, vip.pk])),
            part(as_outsider, [prospects, vip], vip),
        ):
            assert answer.status_code == 403
            assert "Prospects" not in text_of(answer)
        assert as_nobody.get(address([prospects.pk, vip.pk])).status_code == 302


class TestThePartners:
    def test_of_each_part_are_exactly_its_own(self, as_viewer, prospects, vip):
        both = [prospects, vip]
        assert names(part(as_viewer, both, prospects)) == ["Newt"]
        assert names(part(as_viewer, both, vip)) == ["Exa"]
        assert names(part(as_viewer, both, prospects, vip)) == ["Nora"]

    def test_are_named_by_the_segments(self, as_viewer, prospects, vip):
        answer = part(as_viewer, [prospects, vip, saved("Third", any_of([JOINED]))], prospects, vip)
        assert answer.context["title"] == "In “Prospects” and “VIP”, not in “Third”"
        assert "Back to the comparison" in text_of(answer)

    def test_can_be_filtered(self, as_viewer, prospects, vip):
        PartnerFactory(name="Nils", prospecting_stage="new")
        where = f"{address([prospects.pk, vip.pk])}{prospects.pk}/"
        assert names(as_viewer.get(where, {"name": "nil"})) == ["Nils"]
        assert names(as_viewer.get(where, {"prospecting_stage": ["bogus"]})) == []

    def test_of_no_part_are_not_found(self, as_viewer, prospects, vip):
        for guessed in ("404", "x", f"{vip.pk},{prospects.pk}", ","):
            assert as_viewer.get(f"{address([prospects.pk, vip.pk])}{guessed}/").status_code == 404


class TestWhatIsDoneWithAPart:
    """With its partners, whether or not a segment could ask for them."""

    @pytest.fixture
    def unsayable(self):
        """Two segments on a term. Both has a contract for each: who is in both can't be said as a segment."""
        term = TemplateTermFactory()
        on_term = asks("template_term", "any_of", [term.pk])
        both = PartnerFactory(name="Both")
        for stage in ("joined", "expired"):
            ContractFactory(template_term=term, partner=both, stage=stage)
            ContractFactory(template_term=term, partner=PartnerFactory(name=stage), stage=stage)
        ended = asks("contract_stage", "any_of", ["expired"])
        return saved("A", any_of([JOINED, on_term])), saved("B", any_of([ended, on_term]))

    def address(self, segments, page=""):
        keys = ",".join(str(segment.pk) for segment in segments)
        return f"{address([segment.pk for segment in segments])}{keys}/{page}"

    def test_is_offered_for_every_part(self, as_editor, as_viewer, unsayable):
        where = address([segment.pk for segment in unsayable])
        page = text_of(as_editor.get(where))
        assert "Can't be said as a segment." in page
        assert page.count('value="add_to_group"') == 3
        assert page.count("/export/?as_of=") == 3
        page = text_of(as_viewer.get(where))
        assert 'value="add_to_group"' not in page
        assert page.count("/export/?as_of=") == 3

    def test_all_come_into_a_group(self, as_editor, editor, unsayable):
        vip, where = PartnerGroupFactory(name="VIP"), self.address(unsayable)
        data = {"action": "add_to_group", "select_across": "1"}
        assert "Add 1 partner to a group" in text_of(as_editor.post(where, data))
        answer = as_editor.post(where, {**data, "confirm": "yes", "group": vip.pk})
        assert (answer.status_code, answer["Location"]) == (302, where)
        assert [partner.name for partner in vip.partners.all()] == ["Both"]
        assert LogEntry.objects.get(user=editor).get_change_message() == "Partners added: 1."

    def test_ticked_ones_are_exported(self, as_editor, unsayable):
        page = as_editor.get(self.address(unsayable))
        assert 'class="tick"' in text_of(page)
        [partner] = page.context["page"].partners
        data = {"action": "export", "_selected_action": partner.pk}
        assert "1 partner" in text_of(as_editor.post(self.address(unsayable), data))

    def test_all_are_exported_in_the_order_of_the_list(self, as_viewer, prospects, vip):
        PartnerFactory(name="Nils", prospecting_stage="new")
        segments = [prospects, vip]
        where = f"{address([one.pk for one in segments])}{prospects.pk}/export/?sort=-name"
        assert "2 partners" in words(as_viewer.get(where))
        data = {"columns": ["name"], "format": "csv", "download": "1"}
        answer = as_viewer.post(where, data)
        lines = b"".join(answer.streaming_content).decode("utf-8-sig").split()
        assert lines == ["Name", "Nils", "Newt"]
        assert Export.objects.get().what == "Only in “Prospects”"

    def test_filters_that_can_not_be_understood_let_nobody_through(self, as_editor, unsayable):
        data = {"action": "add_to_group", "select_across": "1"}
        answer = as_editor.post(f"{self.address(unsayable)}?prospecting_stage=bogus", data, follow=True)
        assert "None of these partners exists any more." in text_of(answer)

    def test_is_refused_to_those_who_may_only_look(self, as_viewer, as_outsider, unsayable):
        data = {"action": "add_to_group", "select_across": "1", "confirm": "yes", "new_group": "Mine"}
        for client in (as_viewer, as_outsider):
            assert client.post(self.address(unsayable), data).status_code == 403
        assert as_outsider.get(self.address(unsayable, "export/")).status_code == 403
        assert not PartnerGroup.objects.filter(name="Mine").exists()

    def test_of_no_part_is_not_found(self, as_editor, prospects, vip):
        assert as_editor.get(f"{address([prospects.pk, vip.pk])}404/export/").status_code == 404


def test_the_largest_segments_are_compared(as_viewer):
    """Lists of up to 50 are as many parameters: two segments have 40,000 of them."""
    partner = PartnerFactory(id=9)
    groups = [
        [
            asks("partner_id", "any_of", [9, *range(100_000 * number, 100_000 * number + 49)])
            for number in range(1, 21)
        ]
        for _group in range(20)
    ]
    first, second = saved("First", any_of(*groups)), saved("Second", any_of(*groups[:19]))
    page = as_viewer.get(address([first.pk, second.pk]))
    assert page.status_code == 200
    assert page.context["comparison"].parts == {(0,): 0, (1,): 0, (0, 1): 1}
    part = as_viewer.get(f"{address([first.pk, second.pk])}{first.pk},{second.pk}/")
    assert partner.name in text_of(part)


class TestTheAction:
    def press(self, client, *segments):
        ticked = [segment.pk for segment in segments]
        return client.post(LIST, {"action": "compare", "_selected_action": ticked})

    def test_leads_to_the_page(self, as_viewer, prospects, vip):
        answer = self.press(as_viewer, vip, prospects)
        assert answer.url == address([prospects.pk, vip.pk])

    def test_asks_for_two_or_three(self, as_viewer, prospects, vip):
        more = [saved(f"More {number}") for number in range(2)]
        for several in ([prospects], [prospects, vip, *more]):
            answer = self.press(as_viewer, *several)
            assert "Tick two or three segments" in text_of(as_viewer.get(answer.url))

    def test_is_not_for_outsiders(self, as_outsider, prospects, vip):
        assert self.press(as_outsider, prospects, vip).status_code == 403


class TestSavingAPart:
    def links(self, answer):
        return [unescape(link) for link in re.findall(r'href="([^"]*\?compare=[^"]*)"', text_of(answer))]

    def test_opens_the_builder_with_it_and_saves_nothing(self, as_editor, prospects, vip):
        links = self.links(as_editor.get(address([prospects.pk, vip.pk])))
        assert len(links) == 3
        answer = as_editor.get(links[0])
        group = str(vip.read().conditions()[0].value[0])
        assert rows_of(answer) == [
            ("prospecting_stage", "any_of", ["new"]),
            ("partner_group", "none_of", [group]),
        ]
        assert fields_of(answer)["name"] == ["Only in Prospects"]
        assert Segment.objects.count() == 2

    def test_can_be_saved_from_there(self, as_editor, prospects, vip):
        fields = fields_of(as_editor.get(self.links(as_editor.get(address([prospects.pk, vip.pk])))[2]))
        as_editor.post(ADD, {**fields, "save": "1"})
        segment = Segment.objects.get(name="In Prospects and VIP")
        assert [partner.name for partner in segment.partners()] == ["Nora"]

    def test_is_not_offered_where_it_can_not_be_said_and_says_why(self, as_editor, vip):
        term = TemplateTermFactory()
        ContractFactory(template_term=term)
        on_term = asks("template_term", "any_of", [term.pk])
        ended = asks("contract_stage", "any_of", ["expired"])
        joined, expired = saved("A", any_of([JOINED, on_term])), saved("B", any_of([ended, on_term]))
        answer = as_editor.get(address([joined.pk, expired.pk]))
        assert len(self.links(answer)) == 2
        assert "and for another contract beside it." in text_of(answer)
        keys = f"{joined.pk},{expired.pk}"
        guessed = as_editor.get(ADD, {"compare": keys, "inside": keys})
        assert "can&#x27;t be said as a segment any more" in text_of(guessed)

    def test_is_not_offered_to_who_may_not_add_segments(self, as_viewer, prospects, vip):
        page = as_viewer.get(address([prospects.pk, vip.pk]))
        assert self.links(page) == []
        assert "As a segment" not in text_of(page)
        keys = {"compare": f"{prospects.pk},{vip.pk}", "inside": f"{vip.pk}"}
        assert as_viewer.get(ADD, keys).status_code == 403

    @pytest.mark.parametrize(("compare", "inside"), [("x", "y"), ("1", "1"), ("404,405", "404"), ("", "")])
    def test_of_nothing_opens_an_empty_builder_that_says_so(self, as_editor, compare, inside):
        answer = as_editor.get(ADD, {"compare": compare, "inside": inside})
        assert answer.status_code == 200
        assert "can&#x27;t be said as a segment any more" in text_of(answer)

    def test_of_no_part_says_so_too(self, as_editor, prospects, vip):
        answer = as_editor.get(ADD, {"compare": f"{prospects.pk},{vip.pk}", "inside": "404"})
        assert "can&#x27;t be said as a segment any more" in text_of(answer)

    def test_has_a_name_that_fits(self, as_editor, vip):
        long = saved("L" * 200, any_of([NEW]))
        keys = {"compare": f"{long.pk},{vip.pk}", "inside": f"{long.pk}"}
        assert len(fields_of(as_editor.get(ADD, keys))["name"][0]) == 200
