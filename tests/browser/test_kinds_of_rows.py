"""Rows about days, counts and other segments, and exceptions: made, previewed, saved and reopened."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from contracts.models import Contract, TemplateTerm
from partners.models import Partner
from segments.models import Segment
from tests.browser.inspection import inspect, resize, tab_to, walk
from tests.browser.program import ADD, LIST, choose, expect_count, limit, make_program, pick, row
from tests.segments.forms import JOINED, any_of, asks, but

PARTNER_JOINED = asks("prospecting_stage", "any_of", ["joined"])


@pytest.fixture
def program(transactional_db):
    """Aurora's contract ends in a week, Éclair's joined one in 50 days, and Moss Diary can be written to."""
    program, today = make_program(), timezone.localdate()
    Contract.objects.filter(partner=program.aurora).update(end_date=today + timedelta(days=7))
    Contract.objects.filter(stage="joined", template_term=program.silver).update(
        end_date=today + timedelta(days=50)
    )
    Partner.objects.filter(name="Moss Diary").update(email="moss@example.org")
    return program


def meant(page, number):
    return row(page, number).locator(".meant-days")


def save(page, name):
    """Save, and see that the segment has a page."""
    page.get_by_label("Segment name").fill(name)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("list")).to_contain_text(["Saved: "])


def reopen(page, name):
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_label("Segment name")).to_have_value(name)


def conditions(name):
    (group,) = Segment.objects.get(name=name).definition["any"]
    return group["all"]


def test_days(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Contract End")
    expect(row(page, 1).get_by_label("Which days")).to_have_value("next")
    expect(row(page, 1).get_by_label("Number of days")).to_have_value("30")
    expect_count(page, 1)
    expect(meant(page, 1)).to_contain_text(", today included · UTC")
    before = meant(page, 1).inner_text()
    row(page, 1).get_by_label("Number of days").fill("60")
    page.keyboard.press("Tab")
    expect_count(page, 2)
    expect(meant(page, 1)).not_to_have_text(before)
    row(page, 1).get_by_label("Operator").select_option(label="is not")
    expect(page.locator("#builder-preview")).to_contain_text(
        "Partners with no contract that ends in the next 60 days."
    )
    row(page, 1).get_by_label("Operator").select_option(label="is")
    expect(page.locator("#builder-preview")).to_contain_text("Partners with a contract")

    row(page, 1).get_by_label("Which days").select_option(label="from … to")
    expect(page.locator("#builder-preview")).to_contain_text("Row 1, Contract End: Choose a day.")
    today = timezone.localdate()
    row(page, 1).get_by_label("First day").fill(today.isoformat())
    row(page, 1).get_by_label("Last day").fill((today + timedelta(days=7)).isoformat())
    page.keyboard.press("Tab")
    expect_count(page, 1)
    inspect(page, "a row of days")
    usual = page.viewport_size
    for width in (1920, 1400, 1024, 701):
        resize(page, width)
        days = [row(page, 1).get_by_label(name).bounding_box()["y"] for name in ("First day", "Last day")]
        assert days[0] == days[1], width
    resize(page, **usual)
    save(page, "Ends soon")
    reopen(page, "Ends soon")
    expect(row(page, 1).get_by_label("First day")).to_have_value(today.isoformat())
    expect_count(page, 1)

    row(page, 1).get_by_label("Operator").select_option(label="is empty")
    expect(row(page, 1).get_by_label("Which days")).to_have_count(0)
    expect_count(page, 1)
    save(page, "Ends soon")
    assert conditions("Ends soon") == [{"field": "contract_end", "operator": "is_empty"}]


def test_counts(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Contracts")
    row(page, 1).get_by_label("How many").fill("2")
    page.keyboard.press("Tab")
    expect_count(page, 1)
    page.get_by_role("button", name="And, of the same contract").click()
    expect(limit(page, 1, 1).get_by_label("Condition", exact=True)).to_be_focused()
    expect(page.locator("#builder-wait")).to_contain_text("Row 1, Contracts: Choose a condition.")
    limit(page, 1, 1).get_by_label("Condition", exact=True).select_option(label="Contract Stage")
    limit(page, 1, 1).get_by_label("Value").select_option(label="Joined")
    expect_count(page, 0)
    row(page, 1).get_by_label("How many").fill("1")
    page.keyboard.press("Tab")
    expect_count(page, 2)
    page.get_by_role("button", name="And, of the same contract").click()
    limit(page, 1, 2).get_by_label("Condition", exact=True).select_option(label="Partner Template Term")
    expect(limit(page, 1, 2).locator("input[name$=-shown]")).to_have_value("template_term:any_of")
    limit(page, 1, 2).get_by_role("searchbox").click()
    page.keyboard.type("Gold")
    page.get_by_role("option", name="Gold 2026").click()
    page.keyboard.press("Escape")
    expect_count(page, 1)
    page.get_by_label("Segment name").click()
    inspect(page, "a row that counts")
    save(page, "One on gold")
    reopen(page, "One on gold")
    expect(limit(page, 1, 2)).to_contain_text("Gold 2026")
    limit(page, 1, 2).get_by_role("button", name="Remove this limit").click()
    expect(page.get_by_role("button", name="And, of the same contract")).to_be_focused()
    expect_count(page, 2)
    save(page, "One on gold")
    (condition,) = conditions("One on gold")
    assert condition["where"] == [{"field": "contract_stage", "operator": "any_of", "value": ["joined"]}]


def test_segments_and_exceptions(visit, editor, program):
    joined = {"field": "prospecting_stage", "operator": "any_of", "value": ["joined"]}
    Segment.objects.create(name="All joined", definition={"version": 1, "any": [{"all": [joined]}]})
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Segment", "is none of")
    pick(page, 1, "All joined")
    expect_count(page, 2)
    page.get_by_role("button", name="Except", exact=True).click()
    expect(row(page, 2).get_by_label("Condition", exact=True)).to_be_focused()
    choose(page, 2, "E-mail", "is not empty")
    expect_count(page, 1)
    except_card = page.get_by_role("region", name="Except")
    expect(except_card).to_contain_text("Partners that meet all of these are left out")
    page.get_by_role("button", name="Except others too").click()
    choose(page, 3, "Partner Group")
    pick(page, 3, "VIP")
    expect_count(page, 0)
    page.get_by_label("Segment name").click()
    inspect(page, "exceptions")
    save(page, "Neither")
    reopen(page, "Neither")
    expect_count(page, 0)
    row(page, 3).get_by_role("button", name="Remove").click()
    expect_count(page, 1)
    row(page, 2).get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Except", exact=True)).to_be_focused()
    expect_count(page, 2)
    expect(except_card).to_have_count(0)
    save(page, "Neither")
    assert "except" not in Segment.objects.get(name="Neither").definition


def test_every_kind_is_explained_and_goes_out_and_in_as_a_file(visit, superuser, program, tmp_path):
    joined = Segment.objects.create(name="All joined", definition=any_of([PARTNER_JOINED]))
    conditions = [
        asks("contract_end", "within", {"next": 30}),
        asks("contract_currency", "any_of", ["EUR"]),
        asks("contracts", "between", {"from": "1", "to": "4"}, [JOINED]),
        asks("segment", "any_of", [joined.pk]),
        asks("email", "is_empty"),
        asks("original_joined_date", "not_within", {"anniversary": {"next": 30}}),
    ]
    definition = but(any_of(conditions), [asks("country", "any_of", ["AT", "DE"])])
    TemplateTerm.objects.update(currency="EUR")
    Partner.objects.filter(name="Aurora Media").update(email="", country="FR")
    segment = Segment.objects.create(name="Every kind", definition=definition)

    page = visit(superuser)
    page.goto(f"{LIST}{segment.pk}/change/")
    expect_count(page, 1)
    page.get_by_role("button", name="Why in, why not").click()
    page.get_by_label("Name or Partner ID").fill("Aurora")
    page.get_by_role("button", name="Look up").click()
    why = page.locator("#builder-why")
    expect(why).to_contain_text("through group 1")
    for fact in (", within ", "1 contract: ", "in segment “All joined”", "E-mail: empty", "Country: France"):
        expect(why).to_contain_text(fact)
    inspect(page, "every kind explained")
    with page.expect_download() as download:
        page.locator("summary", has_text="More about this segment").click()
        page.get_by_role("link", name="Download definition").click()
    file = tmp_path / "every-kind.json"
    download.value.save_as(file)

    Segment.objects.get(pk=segment.pk).delete()
    joined.delete()
    page.goto(f"{LIST}import/")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_label("Segment name")).to_have_value("Every kind")
    expect(page.locator("main")).to_contain_text("Saved already, since it names them: “All joined”.")
    expect_count(page, 1)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("list")).to_contain_text(["Saved: "])
    again = Segment.objects.get(name="Every kind")
    named = again.definition["any"][0]["all"][3]
    assert named["value"] == [Segment.objects.get(name="All joined").pk]
    assert {**again.definition, "any": 0} == {**definition, "any": 0}
    assert again.partner_count == 1

    page.goto(f"{LIST}{again.pk}/change/")
    row(page, 4).get_by_role("button", name="Remove").click()
    expect_count(page, 1)
    page.get_by_role("button", name="Save").click()
    page.goto(f"{LIST}{again.pk}/versions/")
    expect(page.locator("main")).to_contain_text("Segment is any of “All joined”")
    inspect(page, "versions of every kind")


def test_all_of_it_works_without_javascript(visit, editor, program):
    page = visit(editor, java_script_enabled=False)
    page.goto(ADD)

    def update(number):
        row(page, number).get_by_role("button", name="Show its values").click()

    choose(page, 1, "Contract End")
    update(1)
    row(page, 1).get_by_label("Which days").select_option(label="before a day")
    update(1)
    row(page, 1).get_by_label("Day", exact=True).fill((timezone.localdate() + timedelta(days=60)).isoformat())
    page.get_by_role("button", name="And", exact=True).click()
    choose(page, 2, "Contracts")
    update(2)
    row(page, 2).get_by_label("How many").fill("1")
    page.get_by_role("button", name="And, of the same contract").click()
    limit(page, 2, 1).get_by_label("Condition", exact=True).select_option(label="Contract Stage")
    update(2)
    limit(page, 2, 1).get_by_label("Value").select_option(label="Expired")
    page.get_by_role("button", name="Except", exact=True).click()
    choose(page, 3, "Partner Group")
    update(3)
    row(page, 3).get_by_label("Value").fill("VIP")
    page.get_by_role("button", name="Preview Segment Partners").click()
    expect_count(page, 1)
    expect(page.locator("#builder-partners")).to_contain_text("Éclair Reviews")
    save(page, "Plain")
    reopen(page, "Plain")
    expect(row(page, 1).get_by_label("Which days")).to_have_value("before")
    expect(limit(page, 2, 1).get_by_label("Value")).to_have_values(["expired"])
    expect(row(page, 3)).to_contain_text("VIP")


def test_the_keyboard_alone_is_enough(visit, editor, program):
    page = visit(editor)
    press = page.keyboard.press
    page.goto(ADD)
    tab_to(page, row(page, 1).get_by_label("Condition", exact=True))
    page.keyboard.type("Contract End")
    expect(row(page, 1).get_by_label("Which days")).to_be_visible()
    tab_to(page, row(page, 1).get_by_label("Which days"))
    page.keyboard.type("this mo")
    expect(row(page, 1).get_by_label("Number of days")).to_have_count(0)
    expect(row(page, 1).get_by_label("Which days")).to_be_focused()
    page.keyboard.type("in the next")
    tab_to(page, row(page, 1).get_by_label("Number of days"))
    press("ControlOrMeta+a")
    page.keyboard.type("8")
    press("Enter")
    expect_count(page, 1)
    tab_to(page, page.get_by_role("button", name="Except", exact=True))
    press("Enter")
    expect(row(page, 2).get_by_label("Condition", exact=True)).to_be_focused()
    page.keyboard.type("Contracts")
    expect(row(page, 2).get_by_label("How many")).to_be_visible()
    tab_to(page, row(page, 2).get_by_label("How many"))
    page.keyboard.type("1")
    tab_to(page, page.get_by_role("button", name="And, of the same contract"))
    press("Enter")
    expect(limit(page, 2, 1).get_by_label("Condition", exact=True)).to_be_focused()
    page.keyboard.type("Contract Stage")
    expect(limit(page, 2, 1).get_by_role("searchbox")).to_be_visible()
    tab_to(page, limit(page, 2, 1).get_by_role("searchbox"))
    page.keyboard.type("declined")
    press("Enter")
    press("Escape")
    expect_count(page, 1)
    tab_to(page, page.get_by_label("Segment name"))
    page.keyboard.type("By keyboard")
    tab_to(page, page.get_by_role("button", name="Save"))
    press("Enter")
    expect(page.get_by_role("list")).to_contain_text(["Saved: "])
    page.get_by_role("link", name="Edit", exact=True).click()
    expect_count(page, 1)
    walk(page, "every kind of row")
