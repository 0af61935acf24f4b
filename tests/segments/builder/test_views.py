"""The builder's page and its preview."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import Partner
from segments.builder.state import from_definition
from segments.definition import Definition
from segments.models import Segment
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
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

pytestmark = pytest.mark.django_db


def preview(client, definition=PROSPECTS, **fields):
    return client.post(ADD, form(definition, "preview", fields))


def names(answer):
    return [partner.name for partner in answer.context["preview"].partners]


def waiting(answer):
    return [row.form.trouble for row in answer.context["open_rows"]]


class TestOpening:
    def test_a_new_segment_is_one_empty_row(self, as_editor):
        page = as_editor.get(ADD)
        assert page.status_code == 200
        assert rows_of(page) == [("", "", [""])]
        assert "Create Segment" in text_of(page)
        assert "Nothing asked yet" in text_of(page)

    def test_a_segment_brings_back_its_rows_and_its_preview(self, as_editor):
        PartnerFactory(name="Aurora Media")
        segment = saved("Joined or new", any_of([JOINED], [NEW]))
        page = as_editor.get(change(segment))
        assert rows_of(page) == [
            ("contract_stage", "any_of", ["joined"]),
            ("prospecting_stage", "any_of", ["new"]),
        ]
        assert fields_of(page)["name"] == ["Joined or new"]
        assert names(page) == ["Aurora Media"]

    def test_what_a_page_posts_is_what_the_segment_means(self, as_editor):
        group, term, partner = PartnerGroupFactory(), TemplateTermFactory(), PartnerFactory()
        definition = any_of(
            {
                "all": [
                    asks("contract_stage", "none_of", ["none", "expired"]),
                    JOINED,
                    asks("template_term", "none_of", [term.pk]),
                    asks("template_term", "starts_with", '<b>"Gold" & \'%\\'),
                    asks("contract_id", "any_of", ["S-1", "<i>", "S&amp;2"]),
                ],
                "contracts": "any",
            },
            [
                asks("partner_group", "none_of", [group.pk, 999_999_999]),
                asks("partner_name", "any_of", [partner.pk]),
                asks("partner_id", "none_of", list(range(1, 301))),
            ],
        )
        page = as_editor.get(change(saved(definition=definition)))
        again = as_editor.post(ADD, fields_of(page) | {"preview": "1"})
        assert again.context["builder"].definition == Definition.from_json(definition)

    def test_a_copy_starts_from_the_rows_of_another_segment(self, as_editor):
        original = saved("Prospects", any_of([NEW], [JOINED]))
        page = as_editor.get(f"{ADD}?clone={original.pk}")
        assert fields_of(page)["name"] == ["Copy of Prospects"]
        assert len(rows_of(page)) == 2
        as_editor.post(ADD, fields_of(page) | {"save": "1"})
        copy = Segment.objects.get(name="Copy of Prospects")
        assert copy.definition == original.definition
        assert Segment.objects.count() == 2

    @pytest.mark.parametrize("clone", ["", "abc", "999", "9" * 30, "-1", "\0", "٣"])
    def test_a_copy_of_nothing_is_a_new_segment(self, as_editor, clone):
        page = as_editor.get(ADD, {"clone": clone})
        assert rows_of(page) == [("", "", [""])]

    def test_row_numbers_past_a_thousand_stay_numbers(self, as_editor):
        data = {name.replace("row-0-", "row-1500-"): value for name, value in form(PROSPECTS).items()}
        page = as_editor.post(ADD, data | {"row": "1500", "row-1500-group": "2000", "preview": "1"})
        assert fields_of(page)["row"] == ["1500"]
        assert 'name="and:2000"' in text_of(page)
        assert 'name="remove:1500"' in text_of(page)


class TestPreview:
    def test_counts_how_many_of_all_partners(self, as_editor):
        Partner.objects.bulk_create(
            Partner(name=f"Partner {number}", prospecting_stage="new" if number < 1_652 else "joined")
            for number in range(5_000)
        )
        page = text_of(preview(as_editor))
        assert '<strong class="big-number">1,652</strong> of 5,000 partners' in page
        assert "See all 1,652" in page

    def test_says_the_segment_in_one_sentence(self, as_editor):
        vip = PartnerGroupFactory(name="VIP")
        answer = preview(as_editor, any_of([NEW], [asks("partner_group", "any_of", [vip.pk])]))
        assert "Partners in prospecting stage New; <strong>or</strong> partners in group “VIP”." in text_of(
            answer
        )

    def test_shows_the_first_ten_by_name(self, as_editor):
        for letter in "LKJIHGFEDCBA":
            PartnerFactory(name=f"{letter} Reviews")
        assert names(preview(as_editor)) == [f"{letter} Reviews" for letter in "ABCDEFGHIJ"]

    def test_shows_what_staff_know_a_partner_by(self, as_editor):
        partner = PartnerFactory(
            id=700123, name="Fern & Finch", groups=[PartnerGroupFactory(name="Garden <b>")]
        )
        ContractFactory(partner=partner, stage="suspended")
        page = text_of(preview(as_editor))
        for part in ("Fern &amp; Finch", "700123", "Garden &lt;b&gt;", "Suspended", "New"):
            assert part in page

    def test_nobody_is_an_answer_too(self, as_editor):
        answer = preview(as_editor)
        assert answer.context["preview"].count == 0
        assert "No partner is in this segment today" in text_of(answer)

    def test_names_the_rows_it_waits_for_beside_the_number_of_the_complete_ones(self, as_editor):
        PartnerFactory()
        answer = as_editor.post(ADD, form(any_of([NEW, EXPIRED]), "preview", {"row-1-value": []}))
        assert waiting(answer) == ["Choose at least one value."]
        assert "as of the last complete rows" in text_of(answer)
        assert '<a href="#id_row-1-value">Row 2, Prospecting Stage: Choose' in text_of(answer)
        assert answer.context["preview"].count == 1

    def test_waits_for_a_first_row_without_any_number(self, as_editor):
        answer = preview(as_editor, PROSPECTS, **{"row-0-value": []})
        assert "Nothing asked yet" in text_of(answer)
        assert "big-number" not in text_of(answer)

    def test_names_ids_that_nobody_has(self, as_editor):
        ContractFactory(number="S-1", partner=PartnerFactory(id=7))
        definition = any_of(
            [asks("partner_id", "any_of", [7, 99])], [asks("contract_id", "none_of", ["S-1", "s-1", "S-2"])]
        )
        assert preview(as_editor, definition).context["preview"].unknown == [
            "1 Partner ID is not known: 99.",
            "2 values of Contract ID are not known: s-1, S-2.",
        ]

    def test_saves_nothing(self, as_editor):
        preview(as_editor, name="Prospects")
        assert not Segment.objects.exists()

    def test_follows_the_contracts(self, as_editor):
        contract = ContractFactory(stage="joined")
        segment = saved(definition=any_of([JOINED]))
        assert as_editor.get(change(segment)).context["preview"].count == 1
        contract.stage = "expired"
        contract.save()
        assert as_editor.get(change(segment)).context["preview"].count == 0

    def test_of_the_saved_rows_refreshes_the_stored_count(
        self, as_viewer, django_capture_on_commit_callbacks
    ):
        PartnerFactory()
        segment = saved(partner_count=40)
        with django_capture_on_commit_callbacks(execute=True):
            as_viewer.get(change(segment))
        segment.refresh_from_db()
        assert segment.partner_count == 1
        assert segment.counted_at

    def test_of_other_rows_leaves_the_stored_count(self, as_editor):
        segment = saved(partner_count=40)
        as_editor.post(change(segment), form(any_of([EXPIRED]), "preview"))
        segment.refresh_from_db()
        assert segment.partner_count == 40


class TestParts:
    """htmx says which part of the page it is going to replace."""

    def part(self, client, target, button="preview"):
        headers = {"hx-request": "true", "hx-target": target}
        return text_of(client.post(ADD, form(any_of([NEW, JOINED]), button), headers=headers))

    def test_rows_come_with_the_preview_beside_them(self, as_editor):
        part = self.part(as_editor, "builder-rows")
        assert "<html" not in part
        assert 'id="builder-rows"' in part
        for part_id in ("builder-preview", "builder-partners", "pane-near", "builder-brief"):
            assert f'id="{part_id}" hx-swap-oob="innerHTML"' in part
        assert 'id="builder-form"' not in part

    def test_a_row_that_is_half_changed_leaves_the_number_that_is_shown(self, as_editor):
        data = form(any_of([NEW, JOINED]), fields={"row-1-value": [], "as_of": "2026-11-28"})
        for target in ("builder-rows", "builder-preview"):
            answer = as_editor.post(ADD, data, headers={"hx-request": "true", "hx-target": target})
            assert "Row 2, Contract Stage: Choose at least one value." in text_of(answer)
            assert 'id="builder-wait" hx-swap-oob="innerHTML"' in text_of(answer)
            assert 'id="builder-partners"' not in text_of(answer)
            assert answer.context["preview"] is None

    def test_a_new_row_leaves_the_others_counted(self, as_editor):
        PartnerFactory()
        data = form(PROSPECTS, "and:0", {"as_of": "2026-11-28"})
        answer = as_editor.post(ADD, data, headers={"hx-request": "true", "hx-target": "builder-rows"})
        assert answer.context["preview"].count == 1
        assert "as of the last complete rows" in text_of(answer)

    def test_the_preview_comes_without_the_rows(self, as_editor):
        part = self.part(as_editor, "builder-preview", "")
        assert "<html" not in part
        assert 'name="row"' not in part
        assert "of 0 partners" in part
        assert 'id="builder-partners"' in part

    @pytest.mark.parametrize("target", ["", "builder", "content", "<script>"])
    def test_for_anything_else_comes_the_page(self, as_editor, target):
        part = self.part(as_editor, target)
        assert part.count("<html") == 1
        assert 'id="builder-form"' in part

    def test_a_part_is_decided_by_the_target_not_by_the_button(self, as_editor):
        assert 'name="row"' not in self.part(as_editor, "builder-preview", "another")


class TestButtons:
    def test_and_adds_a_row_that_has_the_focus(self, as_editor):
        page = as_editor.post(ADD, form(PROSPECTS, "and:0"))
        assert rows_of(page) == [
            ("prospecting_stage", "any_of", ["new"]),
            ("", "", [""]),
        ]
        assert text_of(page).count("autofocus") == 1

    def test_add_another_draws_an_or(self, as_editor):
        page = text_of(as_editor.post(ADD, form(PROSPECTS, "another")))
        assert "<span>or</span>" in page
        assert 'name="and:1"' in page

    def test_pressing_does_not_scold_about_the_new_row(self, as_editor):
        page = text_of(as_editor.post(ADD, form(PROSPECTS, "and:0")))
        assert "field-error" not in page
        assert "Row 2: Choose a condition." in page

    def test_preview_says_it_beside_the_row_too(self, as_editor):
        page = text_of(preview(as_editor, PROSPECTS, **{"row-0-value": []}))
        assert '<p class="field-error" id="id_row-0-value_error">Choose at least one value.</p>' in page

    def test_a_change_of_field_keeps_every_other_row_and_the_name(self, as_editor):
        data = form(any_of([NEW, EXPIRED], [JOINED]), fields={"name": "  Draft  "})
        data |= {"row-1-shown": "prospecting_stage:any_of", "row-1-field": "partner_group"}
        page = as_editor.post(ADD, data)
        assert fields_of(page)["name"] == ["  Draft  "]
        assert rows_of(page) == [
            ("prospecting_stage", "any_of", ["new"]),
            ("partner_group", "any_of", [""]),
            ("contract_stage", "any_of", ["joined"]),
        ]


def queries(client, address, data=None):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.post(address, data) if data else client.get(address)
    assert answer.status_code == 200
    return len(captured)


def with_rows(number):
    """A definition with so many groups, each of which picks rows of all three models."""
    return any_of(
        *(
            [
                asks("partner_group", "any_of", [PartnerGroupFactory().pk for _ in range(number)]),
                asks("template_term", "none_of", [TemplateTermFactory().pk]),
                asks("partner_name", "none_of", [PartnerFactory().pk]),
                asks("partner_id", "none_of", [PartnerFactory().pk]),
                JOINED,
            ]
            for _ in range(number)
        )
    )


def test_opening_and_previewing_cost_the_same_whatever_the_rows(as_editor):
    as_editor.get(ADD)
    ContractFactory.create_batch(3)
    few, many = with_rows(2), with_rows(8)
    assert queries(as_editor, change(saved("Few", few))) == queries(as_editor, change(saved("Many", many)))
    assert queries(as_editor, ADD, form(few, "preview")) == queries(as_editor, ADD, form(many, "preview"))


def test_unknown_contract_ids_cost_one_query_a_row_only(as_editor):
    few = any_of([asks("contract_id", "any_of", ["S-1"])])
    many = any_of([asks("contract_id", "any_of", [f"S-{number}" for number in range(9_000)])])
    assert queries(as_editor, ADD, form(few, "preview")) == queries(as_editor, ADD, form(many, "preview"))


def test_the_form_of_a_broken_definition_is_still_a_form(as_editor):
    assert from_definition({"any": 3}).rows
    assert from_definition("x").rows
