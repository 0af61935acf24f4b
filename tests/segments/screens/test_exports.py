"""Files of a segment's partners: from the builder, the Segments screen and the list of its partners."""

from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from partners.core.time_limit import TooSlowError
from partners.models.exports import Export
from segments.models import Segment
from segments.query.keyset import ORDERINGS
from segments.query.sql import SqlQuery
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, UserFactory
from tests.partners.exports.reading import content_of, csv_rows
from tests.segments.forms import (
    ADD,
    EXPIRED,
    JOINED,
    LIST,
    NEW,
    PROSPECTS,
    any_of,
    change,
    fields_of,
    form,
    partners_of,
    saved,
    text_of,
)
from tests.segments.masks import answered_by_masks
from tests.segments.screens.test_segment_admin import BROKEN, broken

pytestmark = pytest.mark.django_db
DOWNLOAD = {"download": "1", "columns": ["name"], "format": "csv"}


def export_of(segment):
    return reverse("admin:segments_segment_export", args=[segment.pk])


def names(client, address, query="", **fields):
    response = client.post(address + query, DOWNLOAD | fields)
    assert response.streaming, response.status_code
    return [row[0] for row in csv_rows(content_of(response))[1:]]


def of_rows(client, definition, address=ADD, **fields):
    """Press “Export…” in the builder."""
    return client.post(address, form(definition, "export", name="Draft") | fields)


class TestOfASavedSegment:
    def test_shows_what_would_be_exported(self, as_viewer):
        PartnerFactory()
        page = as_viewer.get(export_of(saved()))
        assert page.context["title"] == "Export Prospects"
        assert "1 partner<" in text_of(page)
        assert "Partners in prospecting stage New." in text_of(page)
        assert page.context["back"] == partners_of(Segment.objects.get())

    def test_holds_its_partners_of_this_moment(self, as_viewer):
        segment = saved()
        PartnerFactory(name="Moss")
        PartnerFactory(name="Aurora")
        PartnerFactory(name="Else", prospecting_stage="joined")
        assert names(as_viewer, export_of(segment)) == ["Aurora", "Moss"]
        PartnerFactory(name="Fern")
        assert names(as_viewer, export_of(segment)) == ["Aurora", "Fern", "Moss"]

    def test_holds_each_partner_once(self, as_viewer):
        partner = PartnerFactory(name="Aurora")
        ContractFactory.create_batch(2, partner=partner)
        assert names(as_viewer, export_of(saved(definition=any_of([NEW], [JOINED])))) == ["Aurora"]
        assert names(as_viewer, export_of(saved("Two", any_of([JOINED])))) == ["Aurora"]

    def test_has_its_name_and_leaves_a_record(self, as_viewer):
        PartnerFactory()
        response = as_viewer.post(export_of(saved("Gold partners")), DOWNLOAD)
        content_of(response)
        assert 'filename="Gold partners ' in response["Content-Disposition"]
        export = Export.objects.get()
        assert (export.user_name, export.what, export.rows) == ("viewer", "Segment “Gold partners”", 1)
        assert export.asked == "Partners in prospecting stage New."

    @pytest.mark.parametrize("what", ["a later version", "a number"])
    def test_that_is_broken_holds_nobody(self, as_viewer, what):
        PartnerFactory()
        segment = broken(BROKEN[what][0])
        page = as_viewer.get(export_of(segment))
        assert "Needs attention" in text_of(page)
        assert "0 partners" in text_of(page)
        assert names(as_viewer, export_of(segment)) == []

    def test_is_offered_on_the_segments_screen(self, as_viewer):
        assert f'href="{export_of(saved())}"' in text_of(as_viewer.get(LIST))

    def test_that_takes_too_long_to_count_can_be_exported_all_the_same(self, as_viewer, monkeypatch):
        def too_slow(_members):
            raise TooSlowError

        PartnerFactory(name="Moss")
        segment = saved()
        monkeypatch.setattr(SqlQuery, "count", property(too_slow))
        page = as_viewer.get(export_of(segment))
        assert "0 partners" not in text_of(page)
        assert names(as_viewer, export_of(segment)) == ["Moss"]


class TestOfTheList:
    @pytest.fixture(autouse=True, params=[False, True], ids=["SQL", "columns"])
    def _found_by(self, request):
        with answered_by_masks(yes=request.param):
            yield

    @pytest.fixture
    def segment(self):
        vip = PartnerGroupFactory(name="VIP")
        for name, joined, groups in (
            ("Éclair", date(2025, 3, 1), []),
            ("Fern", None, [vip]),
            ("Moss", date(2024, 3, 1), [vip]),
            ("Vela", date(2024, 3, 1), []),
            ("Aurora", None, []),
        ):
            PartnerFactory(name=name, original_joined_date=joined, groups=groups)
        return saved()

    @pytest.mark.parametrize("sort", ["", *ORDERINGS])
    def test_has_its_order(self, as_viewer, segment, sort):
        page = as_viewer.get(partners_of(segment), {"sort": sort})
        listed = [partner.name for partner in page.context["page"].partners]
        assert names(as_viewer, export_of(segment), f"?sort={sort}") == listed

    def test_has_its_filters_and_says_them(self, as_viewer, segment):
        group = PartnerGroupFactory._meta.model.objects.get().pk
        query = f"?name=s&partner_group={group}&prospecting_stage=new"
        page = as_viewer.get(export_of(segment) + query)
        assert "Name or Partner ID: s · Prospecting stage: New · Group: VIP" in text_of(page)
        assert names(as_viewer, export_of(segment), query) == ["Moss"]
        assert page.context["back"] == f"{partners_of(segment)}{query}"
        assert "Group: VIP" in Export.objects.get().asked

    def test_that_can_not_be_filtered_so_holds_nobody(self, as_viewer, segment):
        assert names(as_viewer, export_of(segment), "?partner_group=x") == []
        assert names(as_viewer, export_of(segment), "?prospecting_stage=bogus") == []

    def test_leads_there_with_its_filters_and_its_day_but_not_its_page(self, as_viewer, segment):
        answer = as_viewer.get(partners_of(segment), {"name": "s", "first": "1", "after": "3"})
        day = answer.context["as_of"]
        assert f'href="{export_of(segment)}?name=s&amp;as_of={day}"' in text_of(answer)

    def test_of_nobody_leads_nowhere(self, as_viewer):
        segment = saved()
        assert export_of(segment) not in text_of(as_viewer.get(partners_of(segment)))


class TestFromTheBuilder:
    def test_unchanged_rows_are_their_segment(self, as_viewer):
        segment = saved()
        fields = fields_of(as_viewer.get(change(segment)))
        answer = as_viewer.post(change(segment), fields | {"export": "1"})
        assert answer["Location"] == f"{export_of(segment)}?as_of={localdate().isoformat()}"

    def test_unsaved_rows_are_what_is_exported(self, as_editor):
        PartnerFactory(name="Moss", prospecting_stage="expired")
        PartnerFactory(name="Fern")
        answer = of_rows(as_editor, any_of([EXPIRED]))
        page = as_editor.get(answer["Location"])
        assert "Export Draft" in text_of(page)
        assert names(as_editor, answer["Location"]) == ["Moss"]
        assert Export.objects.get().what == "Segment “Draft”, not saved"
        assert not Segment.objects.exists()
        assert as_editor.get(page.context["back"]).status_code == 200

    def test_changed_rows_of_a_segment_are_what_is_exported(self, as_viewer):
        PartnerFactory(name="Moss", prospecting_stage="expired")
        answer = of_rows(as_viewer, any_of([EXPIRED]), change(saved()))
        assert names(as_viewer, answer["Location"]) == ["Moss"]

    def test_incomplete_rows_stay_in_the_builder(self, as_editor):
        answer = of_rows(as_editor, PROSPECTS, **{"row-0-value": []})
        assert answer.status_code == 200
        assert "Choose at least one value." in text_of(answer)

    def test_is_offered_where_there_are_partners(self, as_editor):
        assert 'name="export"' not in text_of(as_editor.post(ADD, form(PROSPECTS, "preview")))
        PartnerFactory()
        assert 'name="export"' in text_of(as_editor.post(ADD, form(PROSPECTS, "preview")))

    def test_a_draft_belongs_to_its_session(self, as_editor, editor):
        address = of_rows(as_editor, PROSPECTS)["Location"]
        elsewhere = Client()
        elsewhere.force_login(editor)
        answer = elsewhere.post(address, DOWNLOAD)
        assert answer.status_code == 404
        assert "This list was made in another session." in text_of(answer)


class TestPermission:
    def addresses(self, client):
        PartnerFactory(name="Secret Partner")
        return [export_of(saved()), of_rows(client, PROSPECTS)["Location"]]

    @pytest.mark.parametrize("who", ["as_superuser", "as_editor", "as_viewer"])
    def test_is_that_of_looking(self, request, who):
        client = request.getfixturevalue(who)
        PartnerFactory(name="Moss")
        segment = saved()
        assert client.get(export_of(segment)).status_code == 200
        assert names(client, export_of(segment)) == ["Moss"]

    @pytest.mark.parametrize("button", [{}, DOWNLOAD, {"emails": "1", "format": "xlsx"}])
    def test_nobody_else_gets_anything(self, as_editor, as_outsider, as_nobody, button):
        for address in self.addresses(as_editor):
            for answer in (as_outsider.get(address), as_outsider.post(address, button)):
                assert answer.status_code == 403
                assert "Secret" not in text_of(answer)
            for answer in (as_nobody.get(address), as_nobody.post(address, button)):
                assert answer["Location"].startswith(reverse("admin:login"))
        assert not Export.objects.exists()

    @pytest.mark.parametrize("missing", ["view_segment", "view_partner", "view_contract"])
    def test_needs_what_looking_needs(self, missing):
        needed = {"view_segment", "view_partner", "view_contract"} - {missing}
        user = UserFactory()
        user.user_permissions.set(Permission.objects.filter(codename__in=needed))
        client = Client()
        client.force_login(user)
        assert client.post(export_of(saved()), DOWNLOAD).status_code == 403

    @pytest.mark.parametrize(
        "guessed", ["404/export/", "0/export/", f"{'9' * 30}/export/", "drafts/x/export/"]
    )
    def test_guessed_addresses_are_not_found(self, as_editor, guessed):
        assert as_editor.post(LIST + guessed, DOWNLOAD).status_code == 404
