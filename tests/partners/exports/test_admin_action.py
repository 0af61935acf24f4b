"""“Export…” on the Partners screen, and the record of what was exported."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from partners.exports.columns import COLUMNS
from partners.models import Partner
from partners.models.exports import Export
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory
from tests.partners.exports.reading import content_of, csv_rows, excel_sheets

pytestmark = pytest.mark.django_db
LIST = reverse("admin:partners_partner_changelist")
EXPORTS = reverse("admin:partners_export_changelist")
TICKET = "abcdefgh1"


def ask(client, ticked, query="", **fields):
    """Choose the action; with `download` or `emails`, press a button of its page."""
    data = {"action": "export", "_selected_action": [partner.pk for partner in ticked], "select_across": "0"}
    return client.post(LIST + query, data | fields)


def press(client, ticked, query="", button="download", columns=("partner_id",), kind="csv", **fields):
    return ask(client, ticked, query, **{button: "1", "columns": columns, "format": kind, **fields})


def ids(response):
    return [int(row[0]) for row in csv_rows(content_of(response))[1:]]


@pytest.fixture
def partners():
    return [
        PartnerFactory(id=pk, name=name, country="DE") for pk, name in ((1, "Vela"), (2, "Moss"), (3, "Fern"))
    ]


class TestPage:
    def test_offers_the_columns_with_the_usual_ones_ticked(self, as_viewer, partners):
        page = ask(as_viewer, partners[:2])
        form = page.context["form"]
        assert page.context["title"] == "Export partners"
        assert "2 partners" in page.content.decode()
        assert [label for _key, label in form.fields["columns"].choices] == [one.label for one in COLUMNS]
        assert form["columns"].value() == [one.key for one in COLUMNS if one.default]
        assert form["format"].value() == "csv"

    def test_asks_for_a_column_and_keeps_what_was_chosen(self, as_viewer, partners):
        page = press(as_viewer, partners, columns=[], kind="xlsx")
        assert "Tick at least one column." in page.content.decode()
        assert page.context["form"]["format"].value() == "xlsx"
        assert not Export.objects.exists()

    @pytest.mark.parametrize(
        "wrong", [{"columns": ["bogus"]}, {"kind": "exe"}, {"kind": ""}, {"columns": ["name", "x\0"]}]
    )
    def test_says_what_can_not_be_chosen(self, as_viewer, partners, wrong):
        page = press(as_viewer, partners, **wrong)
        assert page.status_code == 200
        assert page.context["form"].errors
        assert not Export.objects.exists()

    def test_offers_contract_stages_to_those_who_may_see_contracts(self, outsider, as_outsider, partners):
        outsider.user_permissions.set(Permission.objects.filter(codename="view_partner"))
        assert "Contract stages" not in ask(as_outsider, partners).content.decode()
        page = press(as_outsider, partners, columns=["contract_stages"])
        assert page.context["form"].errors

    def test_can_go_on_to_all_that_match_and_keeps_what_was_ticked(self, as_viewer, partners):
        page = ask(as_viewer, partners[:1], select_across=["0", "1"], columns=["name"], format="xlsx")
        assert "3 partners" in page.content.decode()
        assert page.context["form"]["columns"].value() == ["name"]
        assert not Export.objects.exists()

    def test_counts_no_partner_that_is_gone(self, as_viewer, partners):
        Partner.objects.all().delete()
        page = as_viewer.post(
            LIST, {"action": "export", "_selected_action": [1], "select_across": "0"}, follow=True
        )
        assert "None of these partners exists any more." in page.content.decode()

    @pytest.mark.parametrize(
        ("number", "many", "sheets"), [(2, False, False), (4, True, False), (6, True, True)]
    )
    def test_says_what_many_partners_mean(self, as_viewer, monkeypatch, change_limits, number, many, sheets):
        change_limits(export_sorted_max_rows=3)
        monkeypatch.setattr("partners.exports.views.MAX_ROWS_PER_SHEET", 6)
        page = ask(as_viewer, PartnerFactory.create_batch(number)).content.decode()
        assert ("they come by Partner ID" in page) == many
        assert ("A sheet in Excel holds 5 partners" in page) == sheets


class TestFile:
    def test_holds_exactly_the_ticked_in_the_order_of_the_list(self, as_viewer, partners):
        assert ids(press(as_viewer, partners[:2])) == [2, 1]
        assert ids(press(as_viewer, partners[:2], "?o=-1")) == [1, 2]

    def test_holds_the_ticked_though_they_match_no_more(self, as_viewer, partners):
        Partner.objects.filter(pk=1).update(country="FR")
        assert ids(press(as_viewer, partners[:2], "?country__exact=DE")) == [2, 1]

    def test_holds_all_that_match_the_search_and_the_filters_now(self, as_viewer, partners):
        query = "?country__exact=DE&q=e"
        assert ids(press(as_viewer, partners[:1], query, select_across="1")) == [3, 1]
        PartnerFactory(id=9, name="Éclair e", country="DE")
        assert ids(press(as_viewer, partners[:1], query, select_across="1")) == [3, 1, 9]

    def test_comes_with_groups_and_contract_stages(self, as_viewer, partners):
        partners[0].groups.set([PartnerGroupFactory(name="VIP")])
        ContractFactory(partner=partners[0], stage="suspended")
        response = press(as_viewer, partners[:1], columns=["name", "groups", "contract_stages"])
        assert csv_rows(content_of(response))[1] == ["Vela", "VIP", "Suspended"]

    def test_can_be_excels(self, as_viewer, partners):
        response = press(as_viewer, partners[:1], kind="xlsx")
        assert excel_sheets(content_of(response)) == {"Partners": [{"A": "Partner ID"}, {"A": 1}]}
        assert response["Content-Disposition"].endswith('.xlsx"')

    def test_can_be_the_e_mail_list_alone_with_one_click(self, as_viewer, partners):
        Partner.objects.update(email="Ada@one.example")
        response = press(as_viewer, partners, button="emails", columns=[])
        assert csv_rows(content_of(response)) == [["E-mail"], ["ada@one.example"]]

    def test_tells_the_page_that_it_is_there(self, as_viewer, partners):
        response = press(as_viewer, partners, ticket=TICKET)
        content_of(response)
        assert response.cookies[f"export-{TICKET}"]["max-age"] == 600

    @pytest.mark.parametrize("ticket", ["", "x", "a=b; path=/", "é" * 9, "x" * 99])
    def test_takes_no_other_ticket_into_a_cookie(self, as_viewer, partners, ticket):
        response = press(as_viewer, partners, ticket=ticket)
        content_of(response)
        assert not any(name.startswith("export-") for name in response.cookies)


class TestRecord:
    def test_says_whether_ticked_or_by_which_search_and_filters(self, as_viewer, partners):
        content_of(press(as_viewer, partners[:2]))
        content_of(press(as_viewer, partners, "?country__exact=DE&q=e", select_across="1"))
        across, ticked = Export.objects.all()
        assert (ticked.user_name, ticked.what, ticked.asked, ticked.rows) == (
            "viewer",
            "Partners screen, ticked",
            "",
            2,
        )
        assert across.what == "Partners screen, all that match"
        assert across.asked == "“e” · Country: Germany"
        assert (across.columns, across.rows) == ("Partner ID", 2)

    def test_is_a_screen_for_superusers(self, as_superuser, as_viewer, partners):
        content_of(press(as_viewer, partners))
        press(as_viewer, partners)
        page = as_superuser.get(EXPORTS).content.decode()
        for part in (
            "viewer",
            "Partners screen, ticked",
            "Partner ID",
            "CSV",
            '<span class="number">3</span>',
        ):
            assert part in page
        assert "not completed" in page
        assert as_superuser.get(EXPORTS, {"q": "viewer"}).context["cl"].result_count == 2
        assert as_superuser.get(EXPORTS, {"q": "nobody"}).context["cl"].result_count == 0

    def test_can_not_be_rewritten(self, as_superuser, as_viewer, partners):
        content_of(press(as_viewer, partners))
        export = Export.objects.get()
        change, delete = (
            reverse(f"admin:partners_export_{page}", args=[export.pk]) for page in ("change", "delete")
        )
        assert as_superuser.get(change).status_code == 200
        for address in (change, delete, reverse("admin:partners_export_add")):
            assert as_superuser.post(address, {"post": "yes", "user_name": "nobody"}).status_code == 403
        assert Export.objects.get().user_name == "viewer"

    @pytest.mark.parametrize("who", ["as_editor", "as_viewer", "as_outsider"])
    def test_is_for_nobody_else(self, request, who, partners):
        client = request.getfixturevalue(who)
        assert client.get(EXPORTS).status_code == 403
        assert EXPORTS not in client.get(reverse("admin:index")).content.decode()


class TestPermission:
    @pytest.mark.parametrize("who", ["as_superuser", "as_editor", "as_viewer"])
    def test_is_that_of_seeing_partners(self, request, who, partners):
        client = request.getfixturevalue(who)
        assert ids(press(client, partners[:1])) == [1]

    @pytest.mark.parametrize("button", ["download", "emails"])
    @pytest.mark.parametrize("across", ["0", "1"])
    def test_nobody_else_gets_anything(self, as_outsider, as_nobody, partners, button, across):
        refused = press(as_outsider, partners, button=button, select_across=across)
        assert refused.status_code == 403
        assert "Vela" not in refused.content.decode()
        sent = press(as_nobody, partners, button=button, select_across=across)
        assert (sent.status_code, sent["Location"].startswith(reverse("admin:login"))) == (302, True)
        assert not Export.objects.exists()
