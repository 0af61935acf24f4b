"""Who is stopped; and each screen, wide and narrow, light and dark, as axe-core and a ruler see it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from segments.models import Segment
from tests.browser.program import ADD, LIST, make_program, row

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
def segment(transactional_db):
    program = make_program()
    DEFINITION["any"][0]["all"][2]["value"] = [program.blocked.pk]
    Segment.objects.create(name="Broken", definition={"version": 2})
    return Segment.objects.create(name="Joined gold partners", definition=DEFINITION)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_axe_finds_nothing_and_nothing_sticks_out(visit, editor, segment, width, scheme):
    page = visit(editor, width=width, color_scheme=scheme)
    for address in (LIST, ADD, f"{LIST}{segment.pk}/change/", f"{LIST}{segment.pk}/partners/"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    # axe measures with inline styles, which the policy refuses.
    page.expected.append("inline style")


def test_a_viewer_previews_and_looks_but_does_not_save(visit, viewer, segment):
    page = visit(viewer)
    page.goto(LIST)
    expect(page.get_by_role("link", name="Create Segment")).to_have_count(0)
    expect(page.get_by_role("link", name="Clone")).to_have_count(0)
    page.get_by_role("link", name="Joined gold partners").first.click()
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
