"""A group's page: its partners, what can be done with them, and the form behind it."""

import csv
import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from partners.core.row_pages import page_of
from partners.models import Export, Partner, PartnerGroup, StageEdit
from segments.models import Segment
from tests.factories import PartnerFactory, PartnerGroupFactory

pytestmark = pytest.mark.django_db
FILE = {"columns": ["partner_id", "name"], "format": "csv", "download": "1"}


@pytest.fixture
def vip():
    """A group of three; another partner is in none."""
    group = PartnerGroupFactory(name="VIP")
    for name in ("Cedar", "Aurora", "Birch"):
        PartnerFactory(name=name, groups=[group])
    PartnerFactory(name="Elsewhere")
    return group


def edit(group):
    return reverse("admin:partners_partnergroup_edit", args=[group.pk])


def ticked(*partners, **fields):
    return {"_selected_action": [partner.pk for partner in partners], **fields}


def names(answer):
    return [partner.name for partner in answer.context["cl"].result_list]


def named(name):
    return Partner.objects.get(name=name)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def text_of(answer):
    return answer.content.decode()


class TestThePage:
    def test_shows_the_partners_by_name_and_how_many_they_are(self, as_viewer, vip):
        answer = as_viewer.get(page_of(vip))
        assert names(answer) == ["Aurora", "Birch", "Cedar"]
        assert "3 partners</a>" in text_of(answer)

    def test_narrows_them_by_search_and_filters_and_says_how_many_match(self, as_viewer, vip):
        answer = as_viewer.get(page_of(vip), {"q": "ce"})
        assert names(answer) == ["Cedar"]
        assert "3 partners</a> · 1 matches" in text_of(answer)

    def test_counts_no_further_than_a_list_does(self, as_viewer, vip, change_limits):
        change_limits(list_max_counted_rows=2)
        assert "2+ partners" in text_of(as_viewer.get(page_of(vip)))

    def test_of_an_odd_filter_shows_everything_and_says_so(self, as_viewer, vip):
        answer = as_viewer.get(page_of(vip), {"nonsense": "1"}, follow=True)
        assert names(answer) == ["Aurora", "Birch", "Cedar"]
        assert said(answer) == ["There is no such filter. Here is everything."]

    def test_names_the_segments_that_ask_about_it(self, as_viewer, vip):
        condition = {"field": "partner_group", "operator": "any_of", "value": [vip.pk]}
        Segment.objects.create(name="Very", definition={"version": 1, "any": [{"all": [condition]}]})
        assert "<bdi>Very</bdi>" in text_of(as_viewer.get(page_of(vip)))

    def test_offers_no_segment_of_the_filters_that_would_leave_the_group_out(self, as_editor, vip):
        query = {"prospecting_stage__exact": "new"}
        assert "Save these filters" not in text_of(as_editor.get(page_of(vip), query))

    def test_offers_what_the_user_may_do(self, as_editor, as_viewer, vip):
        for client, may in ((as_editor, True), (as_viewer, False)):
            page = text_of(client.get(page_of(vip)))
            assert ("Add partners…" in page) is may
            assert (edit(vip) in page) is may
            assert ("Take out of group…" in page) is may
            assert "Delete…" not in page
            assert reverse("admin:partners_partnergroup_emails", args=[vip.pk]) in page

    @pytest.mark.parametrize("key", ["404", "x", "9" * 30, "nul_00"])
    def test_of_no_group_leads_to_the_start_page(self, as_viewer, key):
        answer = as_viewer.get(f"{reverse('admin:partners_partnergroup_changelist')}{key}/change/")
        assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))

    def test_is_the_form_to_those_who_may_not_see_partners(self, as_outsider, outsider, vip):
        assert as_outsider.get(page_of(vip)).status_code == 403
        outsider.user_permissions.set(Permission.objects.filter(codename="view_partnergroup"))
        page = text_of(as_outsider.get(page_of(vip)))
        assert "VIP" in page
        assert "Aurora" not in page

    def test_is_not_for_those_who_may_see_partners_alone(self, as_outsider, outsider, vip):
        outsider.user_permissions.set(Permission.objects.filter(codename="view_partner"))
        assert as_outsider.get(page_of(vip)).status_code == 403


class TestTheForm:
    def test_stands_behind_edit_and_leads_back(self, as_editor, vip):
        answer = as_editor.post(edit(vip), {"name": "Makers"})
        assert (answer.status_code, answer["Location"]) == (302, page_of(vip))
        assert PartnerGroup.objects.get().name == "Makers"

    def test_is_what_a_window_shows_that_only_edits(self, as_editor, vip):
        page = text_of(as_editor.get(page_of(vip), {"_popup": "1"}))
        assert 'name="name" value="VIP"' in page
        as_editor.post(page_of(vip), {"name": "Makers", "_popup": "1"})
        assert PartnerGroup.objects.get().name == "Makers"

    def test_is_not_for_viewers(self, as_viewer, vip):
        assert as_viewer.post(edit(vip), {"name": "Mine"}).status_code == 403


class TestTheToolbar:
    def test_takes_ticked_partners_out_of_this_group(self, as_editor, vip):
        data = ticked(named("Aurora"), named("Birch"), action="remove_from_group")
        page = as_editor.post(page_of(vip), {**data, "index": "0"})
        assert "Take 2 partners out of a group" in text_of(page)
        assert f'<option value="{vip.pk}" selected>' in text_of(page)
        answer = as_editor.post(page_of(vip), {**data, "confirm": "yes", "group": vip.pk})
        assert (answer.status_code, answer["Location"]) == (302, page_of(vip))
        assert names(as_editor.get(page_of(vip))) == ["Cedar"]

    def test_offers_to_put_a_single_partner_back(self, as_editor, vip):
        data = ticked(named("Aurora"), action="remove_from_group", confirm="yes", group=vip.pk)
        page = text_of(as_editor.post(page_of(vip), data, follow=True))
        assert "1 partner taken out of VIP." in page
        found = re.search(r'formaction="([^"]+)" name="back" value="(\d+)"', page)
        answer = as_editor.post(unescape(found[1]), {"back": found[2]})
        assert answer["Location"] == page_of(vip)
        assert "Aurora" in names(as_editor.get(page_of(vip)))

    def test_offers_it_for_no_more_than_one_and_for_none_that_stayed(self, as_editor, vip):
        several = ticked(named("Aurora"), named("Birch"), action="remove_from_group")
        outside = ticked(PartnerFactory(name="Yew"), action="remove_from_group")
        for data in (outside, several):
            data |= {"confirm": "yes", "group": vip.pk}
            assert "message-undo" not in text_of(as_editor.post(page_of(vip), data, follow=True))

    def test_takes_all_of_the_group_and_nobody_else(self, as_editor, vip):
        other = PartnerGroupFactory(name="Other")
        data = ticked(named("Aurora"), action="add_to_group", select_across="1")
        as_editor.post(page_of(vip), {**data, "confirm": "yes", "group": other.pk})
        assert {partner.name for partner in other.partners.all()} == {"Aurora", "Birch", "Cedar"}

    def test_plans_the_stages_of_all_of_the_group(self, as_superuser, vip):
        data = ticked(named("Aurora"), action="change_stage", select_across="1", index="0")
        answer = as_superuser.post(page_of(vip), data)
        assert StageEdit.objects.get().number_chosen == 3
        assert as_superuser.get(answer["Location"]).context["back"] == page_of(vip)

    def test_exports_all_of_the_group_under_its_name(self, as_viewer, vip):
        data = ticked(named("Aurora"), action="export", select_across="1")
        answer = as_viewer.post(page_of(vip), {**data, **FILE})
        rows = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
        assert [row[1] for row in rows[1:]] == ["Aurora", "Birch", "Cedar"]
        assert Export.objects.get().what == "Group “VIP”, all that match"

    def test_deletes_no_partner(self, as_superuser, vip):
        data = ticked(named("Aurora"), action="delete_selected", post="yes")
        as_superuser.post(page_of(vip), data)
        assert Partner.objects.count() == 4

    def test_does_nothing_where_no_action_was_sent(self, as_editor, vip):
        answer = as_editor.post(page_of(vip), {"name": "Sent to the wrong address"})
        assert (answer.status_code, answer["Location"]) == (302, page_of(vip))
        assert PartnerGroup.objects.get().name == "VIP"

    @pytest.mark.parametrize("action", ["add_to_group", "remove_from_group", "change_stage"])
    def test_does_nothing_for_viewers(self, as_viewer, vip, action):
        data = ticked(named("Aurora"), action=action, confirm="yes", group=vip.pk)
        as_viewer.post(page_of(vip), data)
        assert vip.partners.count() == 3
        assert not StageEdit.objects.exists()
