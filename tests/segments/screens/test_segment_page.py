"""A segment's own page: what stands above its tabs, and a search for partners who are not in it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from partners.core.time_limit import TooSlowError
from segments.query.sql import SqlQuery
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory
from tests.segments.forms import (
    ADD,
    PROSPECTS,
    any_of,
    asks,
    change,
    delete,
    form,
    partners_of,
    saved,
    text_of,
)

pytestmark = pytest.mark.django_db
BROKEN = {"version": 7}


def versions_of(segment):
    return reverse("admin:segments_segment_versions", args=[segment.pk])


def export_of(segment):
    return reverse("admin:segments_segment_export", args=[segment.pk])


def why_of(segment):
    return reverse("admin:segments_segment_why", args=[segment.pk])


class TestHead:
    @pytest.fixture
    def segment(self):
        PartnerFactory.create_batch(3)
        PartnerFactory(prospecting_stage="joined")
        return saved()

    @pytest.mark.parametrize("address", [partners_of, versions_of])
    def test_says_what_the_segment_is_and_leads_to_what_one_does_with_it(self, as_editor, segment, address):
        segment.partner_count, segment.counted_at = 3, timezone.now()
        segment.save()
        page = text_of(as_editor.get(address(segment)))
        for part in (
            "<bdi>Prospects</bdi></h1>",
            "Partners in prospecting stage New.",
            ">3</strong> of 4",
            "75 %",
        ):
            assert part in page
        for link in (change(segment), export_of(segment), f"{ADD}?clone={segment.pk}", delete(segment)):
            assert f'href="{link}' in page
        assert f'href="{address(segment)}" aria-current="page"' in page

    def test_offers_a_viewer_no_edit_and_no_ticks(self, as_viewer, segment):
        page = text_of(as_viewer.get(partners_of(segment)))
        assert ">Edit<" not in page
        assert ">See the conditions<" in page
        assert 'type="checkbox" class="tick' not in page
        assert 'name="action"' not in page
        assert delete(segment) not in page
        assert export_of(segment) in page

    def test_counts_anew_and_keeps_the_number(self, as_viewer, segment, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            as_viewer.get(partners_of(segment))
        segment.refresh_from_db()
        assert segment.partner_count == 3

    def test_counts_the_whole_segment_whatever_the_list_is_filtered_by(self, as_viewer, segment):
        segment.partner_count, segment.counted_at = 3, timezone.now()
        segment.save()
        page = text_of(as_viewer.get(partners_of(segment), {"name": "nobody"}))
        assert ">3</strong> of 4" in page

    @pytest.mark.parametrize(("others", "percentage"), [(0, "100 %"), (1, "50 %"), (100, "&lt;1 %")])
    def test_says_which_share_that_is(self, as_viewer, others, percentage):
        PartnerFactory()
        PartnerFactory.create_batch(others, prospecting_stage="joined")
        assert percentage in text_of(as_viewer.get(partners_of(saved())))

    def test_of_a_program_without_partners_is_zero(self, as_viewer):
        assert "0 %" in text_of(as_viewer.get(partners_of(saved())))

    def test_keeps_the_last_number_where_counting_takes_too_long(self, as_viewer, segment, monkeypatch):
        def too_slow(_members):
            raise TooSlowError

        monkeypatch.setattr(SqlQuery, "count_of_all", too_slow)
        page = text_of(as_viewer.get(partners_of(segment)))
        assert "Finding these partners took too long" in page
        assert "Counting took too long." in page
        assert "not counted yet" in text_of(as_viewer.get(versions_of(segment)))


class TestTrouble:
    @pytest.mark.parametrize("address", [partners_of, versions_of])
    def test_of_a_broken_segment_stands_in_place_of_the_number(self, as_editor, address):
        segment = saved("Broken", BROKEN)
        page = text_of(as_editor.get(address(segment)))
        assert "notice-error" in page
        assert "Needs attention: " in page
        assert "Partners now" not in page
        assert export_of(segment) not in page
        assert f'class="button button-primary" href="{change(segment)}"' in page

    def test_that_leaves_the_rest_answered_stands_above_the_number(self, as_editor):
        definition = any_of([asks("partner_group", "any_of", [404])])
        page = text_of(as_editor.get(partners_of(saved("Old", definition))))
        assert "notice-warning" in page
        assert "Partner Group names what has been deleted" in page
        assert "Partners now" in page


class TestSearch:
    @pytest.fixture
    def segment(self):
        PartnerFactory(id=700123, name="Aurora Media")
        PartnerFactory(id=700124, name="Éclair <b>", prospecting_stage="joined")
        return saved()

    def test_by_partner_id_finds_just_that_partner(self, as_viewer, segment):
        PartnerFactory(id=700125, name="Number 700123")
        page = as_viewer.get(partners_of(segment), {"name": " 700123 "})
        assert [partner.name for partner in page.context["page"].partners] == ["Aurora Media"]

    def test_by_a_number_that_is_no_id_finds_names(self, as_viewer, segment):
        PartnerFactory(name="24 hours")
        page = as_viewer.get(partners_of(segment), {"name": "24"})
        assert [partner.name for partner in page.context["page"].partners] == ["24 hours"]

    @pytest.mark.parametrize("text", ["éclair", "700124"])
    def test_that_finds_a_partner_who_is_not_in_it_says_so_and_offers_why(self, as_viewer, segment, text):
        answer = as_viewer.get(partners_of(segment), {"name": text})
        page = text_of(answer)
        assert "<bdi>Éclair &lt;b&gt;</bdi> 700124 is not in it." in page
        link = f"{why_of(segment)}?explain=700124"
        assert link in page
        assert "Not in the segment" in text_of(as_viewer.get(link))

    def test_says_so_of_nobody_who_is_in_it_but_left_out_by_another_filter(self, as_viewer, segment):
        page = text_of(as_viewer.get(partners_of(segment), {"name": "aurora", "contract_stage": "joined"}))
        assert "No partner of this segment matches the filters" in page
        assert "is not in it." not in page

    def test_names_the_first_of_many_and_leads_to_the_others(self, as_viewer, segment):
        for number in range(5):
            PartnerFactory(name=f"Moss {number}", prospecting_stage="joined")
        page = text_of(as_viewer.get(partners_of(segment), {"name": "moss"}))
        assert page.count("is not in it.") == 3
        assert f"{why_of(segment)}?look_for=moss" in page

    @pytest.mark.parametrize("text", ["nobody", "nul\0", "", " ", "9" * 40])
    def test_that_means_nobody_says_nothing_of_anybody(self, as_viewer, segment, text):
        answer = as_viewer.get(partners_of(segment), {"name": text})
        assert answer.status_code == 200
        assert "is not in it." not in text_of(answer)


class TestRows:
    def test_show_the_latest_contract_two_groups_and_how_many_more(self, as_viewer):
        groups = [PartnerGroupFactory(name=name) for name in ("EU", "Travel", "VIP")]
        partner = PartnerFactory(groups=groups)
        for stage, start in (("joined", "2026-01-01"), ("expired", "2024-01-01"), ("archived", "2023-01-01")):
            ContractFactory(partner=partner, stage=stage, start_date=start)
        page = text_of(as_viewer.get(partners_of(saved())))
        assert 'title="Expired, Archived">+2' in page
        assert 'title="VIP">+1' in page

    def test_lead_to_why_the_partner_is_in_it(self, as_viewer):
        partner, segment = PartnerFactory(), saved()
        page = text_of(as_viewer.get(partners_of(segment)))
        assert f'href="{why_of(segment)}?explain={partner.pk}&amp;as_of=' in page


def test_the_list_of_a_draft_says_that_it_is_one_and_has_no_ticks(as_editor):
    PartnerFactory()
    answer = as_editor.post(ADD, form(PROSPECTS, "see_all", name="Draft"))
    page = text_of(as_editor.get(answer["Location"]))
    assert "Draft, not saved." in page
    assert page.count(f'href="{answer["Location"].partition("/drafts/")[0]}/add/?draft=') == 2
    assert 'class="tick"' not in page
