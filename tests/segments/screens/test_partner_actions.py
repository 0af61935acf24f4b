"""What is done with partners that are ticked on a segment's page, or with all of them."""

import csv

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from partners.models import Export, Partner, PartnerGroup, StageEdit
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.forms import any_of, asks, partners_of, saved, text_of

pytestmark = pytest.mark.django_db
FILE = {"columns": ["partner_id", "name"], "format": "csv", "download": "1"}
NO_ACTION = "There is no such action. Nothing was changed."


@pytest.fixture
def partners():
    return [PartnerFactory(name=name) for name in ("Aurora", "Birch", "Cedar")]


@pytest.fixture
def segment(partners):
    PartnerFactory(name="Elsewhere", prospecting_stage="joined")
    return saved()


def ticked(*partners, **fields):
    return {"_selected_action": [partner.pk for partner in partners], **fields}


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def names(group):
    return sorted(group.partners.values_list("name", flat=True))


class TestGroups:
    def test_ticked_partners_come_into_one_after_a_page_that_asks(self, as_editor, segment, partners):
        vip = PartnerGroupFactory(name="VIP")
        address = partners_of(segment)
        data = ticked(*partners[:2], action="add_to_group")
        page = as_editor.post(address, data)
        assert "Add 2 partners to a group" in text_of(page)
        assert names(vip) == []
        answer = as_editor.post(address, data | {"confirm": "yes", "group": vip.pk})
        assert (answer.status_code, answer["Location"]) == (302, address)
        assert said(answer) == ["2 partners added to VIP."]
        assert names(vip) == ["Aurora", "Birch"]

    def test_all_of_the_segment_come_into_one_as_the_list_is_filtered(self, as_editor, segment):
        address = f"{partners_of(segment)}?name=r"
        data = {"action": "add_to_group", "select_across": "1"}
        assert "Add 3 partners to a group" in text_of(as_editor.post(address, data))
        answer = as_editor.post(address, data | {"confirm": "yes", "new_group": "Chosen"})
        assert answer["Location"] == address
        assert names(PartnerGroup.objects.get()) == ["Aurora", "Birch", "Cedar"]
        one = f"{partners_of(segment)}?name=aur"
        assert "Add 1 partner to a group" in text_of(as_editor.post(one, data))

    @pytest.mark.parametrize(
        ("operator", "action", "after"),
        [
            ("none_of", "add_to_group", ["Aurora", "Birch", "Cedar", "Elsewhere"]),
            ("any_of", "remove_from_group", []),
        ],
    )
    def test_all_change_a_group_that_the_segment_asks_about(
        self, as_editor, segment, partners, operator, action, after
    ):
        group = PartnerGroupFactory(name="Asked")
        if operator == "any_of":
            group.partners.set(partners)
        asking = saved("Asking", any_of([asks("partner_group", operator, [group.pk])]))
        data = {"action": action, "select_across": "1", "confirm": "yes", "group": group.pk}
        assert as_editor.post(partners_of(asking), data).status_code == 302
        assert names(group) == after

    def test_filters_that_can_not_be_understood_let_nobody_through(self, as_editor, segment):
        data = {"action": "add_to_group", "select_across": "1"}
        answer = as_editor.post(f"{partners_of(segment)}?prospecting_stage=bogus", data)
        assert said(answer) == ["None of these partners exists any more."]

    @pytest.mark.parametrize("action", ["add_to_group", "remove_from_group"])
    def test_are_refused_to_those_who_may_only_look(self, as_viewer, segment, partners, action):
        data = ticked(partners[0], action=action, confirm="yes", new_group="Mine")
        assert as_viewer.post(partners_of(segment), data).status_code == 403
        assert not PartnerGroup.objects.exists()


class TestStages:
    def test_of_ticked_partners_are_planned_on_a_page_that_leads_back(self, as_superuser, segment, partners):
        address = f"{partners_of(segment)}?sort=-name"
        answer = as_superuser.post(address, ticked(*partners[1:], action="change_stage"))
        edit = StageEdit.objects.get()
        assert edit.number_chosen == 2
        assert answer["Location"].startswith(reverse("admin:partners_stageedit_plan", args=[edit.pk]))
        plan = as_superuser.get(answer["Location"])
        assert plan.context["back"] == address
        data = {"to_stage": "outreach", "why": "Wrote to them"}
        as_superuser.post(answer["Location"], data)
        shown = as_superuser.get(answer["Location"]).context["form"]
        hidden = {field.name: field.value() for field in shown.hidden_fields()}
        done = as_superuser.post(answer["Location"], data | hidden | {"confirm": "1"})
        assert done["Location"] == address
        assert Partner.objects.filter(prospecting_stage="outreach").count() == 2

    def test_of_all_are_those_of_the_segment(self, as_superuser, segment):
        as_superuser.post(partners_of(segment), {"action": "change_stage", "select_across": "1"})
        assert StageEdit.objects.get().number_chosen == 3

    def test_are_neither_offered_nor_done_to_those_who_may_not(self, as_editor, segment, partners):
        assert "Change stage…" not in text_of(as_editor.get(partners_of(segment)))
        answer = as_editor.post(partners_of(segment), ticked(partners[0], action="change_stage"))
        assert answer.status_code == 403
        assert not StageEdit.objects.exists()


class TestExport:
    def test_of_ticked_partners_holds_these_in_the_order_of_the_list(self, as_editor, segment, partners):
        address = f"{partners_of(segment)}?sort=-name"
        data = ticked(partners[0], partners[2], action="export")
        page = as_editor.post(address, data)
        assert "2 partners" in text_of(page)
        assert page.context["back"] == address
        answer = as_editor.post(address, data | FILE)
        rows = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
        assert [row[1] for row in rows[1:]] == ["Cedar", "Aurora"]
        assert Export.objects.get().what == "Segment “Prospects”, ticked"

    def test_of_all_is_the_export_of_the_list(self, as_editor, segment):
        answer = as_editor.post(f"{partners_of(segment)}?name=a", {"action": "export", "select_across": "1"})
        export = reverse("admin:segments_segment_export", args=[segment.pk])
        assert answer["Location"] == f"{export}?name=a"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "There is no such action. Nothing was changed."),
        (
            {"action": "delete_selected", "_selected_action": "1"},
            "There is no such action. Nothing was changed.",
        ),
        ({"action": "add_to_group"}, "Tick partners first, or take all."),
        ({"action": "add_to_group", "select_across": "yes"}, "Tick partners first, or take all."),
        *(
            ({"action": action, "_selected_action": key}, "These rows do not exist. Nothing was changed.")
            for action in ("add_to_group", "change_stage", "export")
            for key in ("x", "nul\0", "9" * 40, "")
        ),
        ({"action": "add_to_group", "_selected_action": "404"}, "None of these partners exists any more."),
        ({"action": "change_stage", "_selected_action": "404"}, "None of these rows exists any more."),
    ],
)
def test_what_can_not_be_done_is_said_on_the_list(as_superuser, segment, data, message):
    answer = as_superuser.post(partners_of(segment), data)
    assert (answer.status_code, answer["Location"]) == (302, partners_of(segment))
    assert said(answer) == [message]


def test_of_a_broken_segment_all_are_nobody(as_superuser, partners):
    broken = saved("Broken", {"version": 7})
    answer = as_superuser.post(partners_of(broken), {"action": "add_to_group", "select_across": "1"})
    assert said(answer) == ["None of these partners exists any more."]
    assert as_superuser.post(partners_of(broken), {"action": "change_stage", "select_across": "1"})
    assert not StageEdit.objects.exists()
