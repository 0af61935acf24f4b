"""Forms that no browser would send: a clear message each time, and nothing is saved."""

import pytest

from segments.models import Segment
from tests.factories import PartnerFactory, PartnerGroupFactory
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
    rows_of,
    saved,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

IDS = any_of([asks("partner_id", "any_of", [1])])
NUMBERS = any_of([asks("contract_id", "any_of", ["S-1"])])
GROUPS = any_of([asks("partner_group", "any_of", [1])])
TERMS = any_of([asks("template_term", "any_of", [1])])
TEXT = any_of([asks("partner_name", "contains", "x")])
SCRIPT = "<script>alert(1)</script>"

TAMPERED = {
    "21 groups": (any_of(*[[NEW]] * 21), {}, "A segment can have at most 20 groups."),
    "21 conditions": (any_of([NEW], [NEW] * 21), {}, "Group 2: A group can have at most 20 conditions."),
    "10,001 Partner IDs": (
        any_of([asks("partner_id", "any_of", list(range(1, 10_002)))]),
        {},
        "A condition can have at most 10,000 values; these are 10,001.",
    ),
    "10,001 Contract IDs": (
        any_of([asks("contract_id", "none_of", [f"S-{number}" for number in range(10_001)])]),
        {},
        "at most 10,000 values",
    ),
    "10,001 groups picked": (
        any_of([asks("partner_group", "any_of", list(range(1, 10_002)))]),
        {},
        "at most 10,000 values",
    ),
    "no row": (PROSPECTS, {"row": []}, "A part of the form did not arrive."),
    "a row of letters": (PROSPECTS, {"row": ["0", "abc"]}, "A part of the form did not arrive."),
    "a negative row": (PROSPECTS, {"row": ["0", "-1"]}, "A part of the form did not arrive."),
    "a huge row": (PROSPECTS, {"row": ["0", "9" * 5_000]}, "A part of the form did not arrive."),
    "a row twice over": (PROSPECTS, {"row": ["0", "00"]}, "A part of the form did not arrive."),
    "a row without fields": (PROSPECTS, {"row": ["0", "7"]}, "Choose a condition."),
    "an unknown field": (PROSPECTS, {"row-0-field": "password"}, "“password” is not something that can"),
    "a path as a field": (PROSPECTS, {"row-0-field": "groups__name"}, "“groups__name” is not something"),
    "a script as a field": (PROSPECTS, {"row-0-field": SCRIPT}, "“&lt;script&gt;alert(1)&lt;/script&gt;”"),
    "NUL as a field": (PROSPECTS, {"row-0-field": "a\0b"}, "“a�b” is not something"),
    "an endless field": (PROSPECTS, {"row-0-field": "x" * 9_000}, f"“{'x' * 50}…” is not something"),
    "an unknown operator": (
        PROSPECTS,
        {"row-0-operator": "regex", "row-0-shown": "prospecting_stage:any_of"},
        "Prospecting Stage can&#x27;t be asked with “regex”.",
    ),
    "an operator of another field": (
        PROSPECTS,
        {"row-0-operator": "contains", "row-0-shown": "prospecting_stage:any_of"},
        "Prospecting Stage can&#x27;t be asked with “contains”.",
    ),
    "an unknown stage": (PROSPECTS, {"row-0-value": ["new", "won"]}, "“won” is not a Prospecting Stage."),
    "none as a prospecting stage": (PROSPECTS, {"row-0-value": "none"}, "“none” is not a Prospecting Stage."),
    "a script as a stage": (PROSPECTS, {"row-0-value": SCRIPT}, "“&lt;script&gt;alert(1)&lt;/script&gt;”"),
    "NUL as a stage": (PROSPECTS, {"row-0-value": "new\0"}, "“new�” is not a Prospecting Stage."),
    "a negative Partner ID": (IDS, {"row-0-value": "5, -5"}, "“-5” is not a Partner ID."),
    "a Partner ID of nought": (IDS, {"row-0-value": "0"}, "“0” is not a Partner ID."),
    "a fraction": (IDS, {"row-0-value": "1.5"}, "“1.5” is not a Partner ID."),
    "letters": (IDS, {"row-0-value": "1 two 3"}, "“two” is not a Partner ID."),
    "digits of another script": (IDS, {"row-0-value": "٣"}, "“٣” is not a Partner ID."),
    "a huge Partner ID": (IDS, {"row-0-value": "9" * 19}, f"“{'9' * 19}” is not a Partner ID."),
    "an endless Partner ID": (IDS, {"row-0-value": "9" * 9_999}, f"“{'9' * 50}…” is not a Partner ID."),
    "NUL in a Partner ID": (IDS, {"row-0-value": "1\0"}, "“1�” is not a Partner ID."),
    "NUL in a Contract ID": (NUMBERS, {"row-0-value": "S-1\0"}, "“S-1�” is not a Contract ID."),
    "an endless Contract ID": (NUMBERS, {"row-0-value": "S" * 51}, f"“{'S' * 50}…” is not a Contract ID."),
    "a negative pick": (GROUPS, {"row-0-value": "-3"}, "There is no Partner Group “-3”."),
    "a huge pick": (GROUPS, {"row-0-value": "9" * 25}, f"“{'9' * 25}” is not a Partner Group."),
    "a script as a pick": (TERMS, {"row-0-value": SCRIPT}, "There is no Partner Template Term “&lt;script"),
    "NUL as a pick": (TERMS, {"row-0-value": "\0"}, "There is no Partner Template Term “�”."),
    "NUL in a text": (TEXT, {"row-0-value": "a\0b"}, "The text has a character that no name can have."),
    "an endless text": (TEXT, {"row-0-value": "x" * 9_000}, "200 characters"),
    "several texts": (TEXT, {"row-0-value": ["a", "b"]}, "The text has a character that no name can have."),
    "a group of letters": (PROSPECTS, {"row-0-group": "abc"}, "Enter a whole number."),
    "a negative group": (PROSPECTS, {"row-0-group": "-1"}, "At least 0."),
    "a huge group": (PROSPECTS, {"row-0-group": "9" * 30}, "At most 9999."),
    "no group": (PROSPECTS, {"row-0-group": ""}, "This field is required."),
    "an unknown choice of contract": (
        PROSPECTS,
        {"group-0-contracts": "both"},
        "A group&#x27;s “contracts” is “same” or “any”, not “both”.",
    ),
    "NUL in the name": (PROSPECTS, {"name": "a\0b"}, "Null characters are not allowed."),
}


@pytest.mark.parametrize("button", ["save", "preview", "see_all"])
@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_form_is_told_what_is_wrong(as_editor, what, button):
    definition, fields, message = TAMPERED[what]
    if "name" in fields and button != "save":
        button = "another"
    segment = saved("Mine")
    addresses = {"preview": [ADD], "see_all": [change(segment)]}
    for address in addresses.get(button, [ADD, change(segment)]):
        answer = as_editor.post(address, form(definition, button, {"name": "New", "revision": "1"} | fields))
        assert answer.status_code == 200
        assert message in text_of(answer)
        assert SCRIPT not in text_of(answer)
        assert answer.context["builder"].definition is None or "name" in fields
    segment.refresh_from_db()
    assert (segment.name, segment.revision, Segment.objects.count()) == ("Mine", 1, 1)


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_form_answers_htmx_as_well(as_editor, what):
    definition, fields, _message = TAMPERED[what]
    for target in ("builder-rows", "builder-preview"):
        headers = {"hx-request": "true", "hx-target": target}
        answer = as_editor.post(ADD, form(definition, "preview", fields), headers=headers)
        assert answer.status_code == 200
        assert "<html" not in text_of(answer)


@pytest.mark.parametrize(
    "extra",
    [
        {"bogus": "1", "row-0-bogus": "1", "row-99-value": "x", "group-7-contracts": "x", "id": "7"},
        {"owner": "1", "partner_count": "999", "definition": "{}", "references-TOTAL_FORMS": "x"},
        {"focus": "<script>", "shown": "x", "row-0-shown": "bogus:bogus"},
        {"row-0-shown": "\0:\0"},
        {"draft": "../../<script>"},
    ],
)
def test_keys_that_nobody_knows_do_nothing(as_editor, extra):
    answer = as_editor.post(ADD, form(PROSPECTS, "save", {"name": "New"} | extra))
    assert answer.status_code == 302
    segment = Segment.objects.get()
    assert segment.definition == PROSPECTS
    assert segment.owner.username == "editor"
    assert segment.partner_count == 0


@pytest.mark.parametrize(
    "button",
    [
        "remove:99",
        "remove:abc",
        "remove:",
        "remove:-1",
        "remove:" + "9" * 500,
        "remove:\0",
        "all:99",
        "all:abc",
        "and:abc",
        "and:99999999",
        "and:\0",
        "bogus:1",
        "and",
        "update",
        ":",
    ],
)
def test_a_button_that_is_not_there_loses_nothing(as_editor, button):
    answer = as_editor.post(ADD, form(any_of([NEW], [EXPIRED]), button, name="Draft"))
    assert answer.status_code == 200
    kept = [row for row in rows_of(answer) if row[0] == "prospecting_stage"]
    assert [value for _field, _operator, value in kept] == [["new"], ["expired"]]
    assert fields_of(answer)["name"] == ["Draft"]


@pytest.mark.parametrize("revision", ["abc", "-1", "9" * 30, "1.5", "\0"])
def test_a_revision_that_can_not_be_overwrites_nothing(as_editor, revision):
    segment = saved("Mine")
    answer = as_editor.post(change(segment), form(PROSPECTS, "save", name="New", revision=revision))
    assert answer.status_code == 200
    assert "saved this segment while you were editing it" in text_of(answer) or "Not saved" in text_of(answer)
    segment.refresh_from_db()
    assert (segment.name, segment.revision) == ("Mine", 1)


def test_no_more_rows_are_drawn_than_a_segment_can_have(as_editor):
    headers = {"hx-request": "true", "hx-target": "builder-preview"}
    rows = {"row": [str(row) for row in range(2_000)]}
    answer = as_editor.post(ADD, form(PROSPECTS, "", rows), headers=headers)
    assert "A segment can have at most 400 conditions." in text_of(answer)
    assert text_of(answer).count("Choose a condition.") == 399


def test_a_form_with_gaps_and_rows_out_of_order_is_read_all_the_same(as_editor):
    data = form(any_of([NEW, JOINED], [EXPIRED]), "save", name="Gaps")
    data = {name.replace("row-1-", "row-57-"): value for name, value in data.items()}
    as_editor.post(ADD, data | {"row": ["57", "2", "0"], "row-2-group": "9"})
    assert Segment.objects.get().definition == any_of([NEW, JOINED], [EXPIRED])


def test_a_form_at_its_limits_is_saved(as_editor):
    full = any_of(*[[NEW] * 19 + [asks("partner_id", "any_of", list(range(1, 1_001)))]] * 20)
    assert as_editor.post(ADD, form(full, "save", name="Full")).status_code == 302
    assert Segment.objects.get().definition == full


def test_ten_thousand_values_are_saved(as_editor):
    PartnerFactory(id=10_000)
    full = any_of([asks("partner_id", "any_of", list(range(1, 10_001)))])
    as_editor.post(ADD, form(full, "save", name="Full"))
    segment = Segment.objects.get()
    assert segment.partner_count == 1
    assert as_editor.get(change(segment)).status_code == 200


def test_names_with_scripts_are_only_text(as_editor):
    group = PartnerGroupFactory(name=SCRIPT)
    PartnerFactory(name=f"{SCRIPT} & Sons", groups=[group])
    definition = any_of(
        [asks("partner_group", "any_of", [group.pk]), asks("partner_name", "contains", SCRIPT)]
    )
    segment = saved(SCRIPT, definition)
    for button in ("preview", "see_all"):
        page = text_of(as_editor.post(change(segment), form(definition, button, name=SCRIPT), follow=True))
        assert SCRIPT not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons" in page


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{"row": 1}'),
        ("text/plain", "x"),
        ("application/x-www-form-urlencoded", "row=0&row-0-field=%ED%A0%80&row-0-value=%ED%A0%80&name=%FF"),
        ("application/x-www-form-urlencoded", "&&==;%"),
        ("multipart/form-data; boundary=x", "no parts"),
    ],
)
def test_a_body_that_is_no_form_saves_nothing(as_editor, content_type, body):
    for query in ("", "save=1&"):
        answer = as_editor.post(ADD, query + body, content_type=content_type)
        assert answer.status_code in (200, 400)
        assert answer.status_code == 400 or answer.context["builder"].definition is None
    assert not Segment.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "head"])
def test_other_methods_change_nothing(as_editor, method):
    segment = saved("Mine")
    answer = getattr(as_editor, method)(change(segment))
    assert answer.status_code < 500
    segment.refresh_from_db()
    assert segment.revision == 1
