"""The screens of segments: who is stopped, and a large segment as axe-core and a ruler see it."""

import pytest
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.urls import reverse
from playwright.sync_api import expect

from partners.models import Partner
from partners.stage_edits.services import apply_edit, choose, plan
from segments.models import Segment
from tests.browser.inspection import inspect, measure, open_and_inspect, walk
from tests.browser.program import ADD, LIST, make_program, menu_of, row
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import NEW, any_of, partners_of, saved

DEFINITION = {
    "version": 1,
    "any": [
        {
            "all": [
                {"field": "contract_stage", "operator": "any_of", "value": ["joined", "suspended"]},
                {"field": "template_term", "operator": "contains", "value": "gold"},
                {"field": "partner_group", "operator": "none_of", "value": [1]},
            ]
        },
        {"all": [{"field": "prospecting_stage", "operator": "any_of", "value": ["new"]}]},
    ],
}


@pytest.fixture
def segment(db):
    program = make_program()
    DEFINITION["any"][0]["all"][2]["value"] = [program.blocked.pk]
    Segment.objects.create(name="Broken", definition={"version": 2})
    return Segment.objects.create(name="Joined gold partners", definition=DEFINITION)


def test_a_segment_of_several_groups_and_its_partners_are_in_order(visit, editor, segment):
    page = visit(editor)
    for address in (LIST, f"{LIST}{segment.pk}/partners/"):
        open_and_inspect(page, address)
        walk(page, address)
    page.goto(f"{LIST}{segment.pk}/change/")
    expect(page.locator("#builder-partners")).to_contain_text("Aurora Media")
    inspect(page, "builder")
    walk(page, "builder")


def test_a_quick_filter_that_is_on_fits_every_width(visit, editor, segment):
    page = visit(editor)
    page.goto(f"{LIST}?archived=1")
    expect(page.locator(".pill[aria-current]")).to_contain_text("Archived")
    measure(page, "a quick filter that is on")


def test_a_viewer_previews_and_looks_but_does_not_save(visit, viewer, segment):
    page = visit(viewer)
    page.goto(LIST)
    expect(page.get_by_role("link", name="Create Segment")).to_have_count(0)
    menu = menu_of(page, "Joined gold partners")
    expect(menu.get_by_role("link", name="Versions")).to_be_visible()
    expect(menu.get_by_role("link", name="Clone")).to_have_count(0)
    page.get_by_role("link", name="Joined gold partners").first.click()
    expect(page.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Tick Aurora Media")).to_have_count(0)
    page.get_by_label("More about this segment").click()
    page.get_by_role("link", name="See the conditions").click()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    row(page, 1).get_by_label("Value").select_option(label="Expired")
    expect(page.locator("#builder-preview")).to_contain_text("2 of 4 partners")
    assert page.goto(ADD).status == 403
    page.expected.append("403")


def test_an_outsider_sees_nothing_of_segments(visit, outsider, segment):
    page = visit(outsider)
    page.goto("/admin/")
    expect(page.get_by_role("link", name="Segments", exact=True)).to_have_count(0)
    for address in (LIST, ADD, f"{LIST}{segment.pk}/change/", f"{LIST}{segment.pk}/partners/"):
        answer = page.goto(address)
        assert answer.status == 403
        assert "gold" not in answer.text().casefold()
    page.expected.append("403")


def test_names_as_long_as_can_be_and_without_a_space_fit_every_screen(visit, superuser, transactional_db):
    name = "W" * 200
    group, term = PartnerGroupFactory(name=name), TemplateTermFactory(name=name)
    partner = PartnerFactory(name=name, groups=[group], prospecting_stage="new")
    contract = ContractFactory(number="W" * 50, partner=partner, template_term=term)
    segment = saved(name, any_of([NEW]), owner=superuser)
    edits = [choose(rows=Partner.objects.all(), user=superuser) for _edit in range(2)]
    for edit in edits:
        plan(edit=edit, to="joined", why="W" * 500)
    apply_edit(edit=edits[0], allows_unusual=True, moves_along=True, user=superuser)
    page = visit(superuser)
    addresses = [
        reverse(admin_urlname(row._meta, screen), args=[] if screen == "changelist" else [row.pk])
        for row in (partner, contract, group, term, segment)
        for screen in ("changelist", "change", "delete", "history")
    ]
    addresses += [
        "/admin/",
        partners_of(segment),
        reverse("admin:segments_segment_versions", args=[segment.pk]),
        reverse("admin:partners_stageedit_changelist"),
        reverse("admin:partners_stageedit_change", args=[edits[0].pk]),
        reverse("admin:partners_stageedit_plan", args=[edits[1].pk]) + "?effects=1",
    ]
    for address in addresses:
        assert page.goto(address).status == 200
        measure(page, address)
