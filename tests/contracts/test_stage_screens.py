"""Bulk edits of stages as superusers see them: what would happen, what was done, and the way back."""

import re

import pytest
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from contracts.models import Contract
from partners.models import Partner, StageEdit
from partners.stage_services import apply_edit
from segments.models import Segment
from tests.factories import (
    ContractFactory,
    PartnerFactory,
    PartnerGroupFactory,
    TemplateTermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

CONTRACTS = "/admin/contracts/contract/"
PARTNERS = "/admin/partners/partner/"
EDITS = "/admin/partners/stageedit/"


def choose(client, *rows, address=CONTRACTS, across=False):
    """Tick these rows, or all that match, and run the action; the page that follows."""
    data = {"action": "change_stage", "_selected_action": [row.pk for row in rows], "index": 0}
    return client.post(address, data | {"select_across": "1" if across else "0"})


def plan(client, *rows, to, **options):
    """Choose rows and have shown what would happen; the address of that page."""
    address = choose(client, *rows, **options).url
    assert client.post(address, {"to_stage": to, "why": "", "preview": "1"}).url == address
    return address


def confirm(client, address, **data):
    edit = StageEdit.objects.get(pk=re.search(r"stageedit/(\d+)/", address)[1])
    posted = {"to_stage": edit.to_stage, "why": "It ended", "moves_along": "on", "confirm": "1"}
    return client.post(address, posted | data, follow=True)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def stages(model=Contract):
    return sorted(model.objects.values_list(model.stage_field, flat=True))


class TestWhoMay:
    def test_only_superusers_see_the_action(self, as_superuser, as_editor):
        ContractFactory()
        for address in (CONTRACTS, PARTNERS):
            assert "Change stage…" in as_superuser.get(address).content.decode()
            assert "Change stage…" not in as_editor.get(address).content.decode()

    @pytest.mark.parametrize("across", [False, True])
    def test_others_are_refused_if_they_try(self, as_editor, as_viewer, as_outsider, across):
        contract = ContractFactory(stage="joined")
        for client in (as_editor, as_viewer, as_outsider):
            for row, address in ((contract, CONTRACTS), (contract.partner, PARTNERS)):
                assert choose(client, row, address=address, across=across).status_code == 403
        assert not StageEdit.objects.exists()

    def test_others_are_refused_to_carry_out_or_undo_what_a_superuser_chose(
        self, as_superuser, as_editor, as_viewer, as_outsider
    ):
        address = plan(as_superuser, ContractFactory(stage="joined"), to="expired")
        for client in (as_editor, as_viewer, as_outsider):
            assert confirm(client, address).status_code == 403
        assert stages() == ["joined"]
        confirm(as_superuser, address)
        for client in (as_editor, as_viewer, as_outsider):
            assert client.post(address.partition("plan/")[0] + "undo/").status_code == 403
        assert stages() == ["expired"]

    @pytest.mark.parametrize("page", ["", "1/change/", "1/plan/", "1/undo/", "1/history/"])
    def test_the_pages_are_for_superusers(self, as_editor, as_viewer, as_outsider, as_nobody, page):
        StageEdit.objects.create(pk=1, kind="contracts.Contract", who="anna", applied_at=timezone.now())
        for client in (as_editor, as_viewer, as_outsider):
            for send in (client.get, client.post):
                assert send(EDITS + page).status_code == 403
        assert as_nobody.get(EDITS + page).url.startswith(reverse("admin:login"))

    def test_a_record_is_not_added_changed_or_deleted_by_hand(self, as_superuser):
        StageEdit.objects.create(pk=1, kind="contracts.Contract", who="anna")
        assert as_superuser.get(f"{EDITS}add/").status_code == 403
        assert as_superuser.post(f"{EDITS}1/delete/", {"post": "yes"}).status_code == 403
        assert StageEdit.objects.count() == 1

    def test_only_superusers_follow_an_edit_to_its_rows(self, as_superuser, as_editor):
        contract = ContractFactory(stage="joined")
        ContractFactory(stage="joined")
        confirm(as_superuser, plan(as_superuser, contract, to="expired"))
        address = f"{CONTRACTS}?stage_edit={StageEdit.objects.get().pk}"
        assert list(as_superuser.get(address).context["cl"].result_list) == [contract]
        for nonsense in ("nonsense", f"{StageEdit.objects.get().pk}-nonsense", "9" * 18, "-left"):
            assert not as_superuser.get(f"{CONTRACTS}?stage_edit={nonsense}").context["cl"].result_list
        assert as_editor.get(address).status_code == 302


class TestThreeWaysToChoose:
    def test_ticked_rows(self, as_superuser):
        one, other, _third = ContractFactory.create_batch(3, stage="joined")
        confirm(as_superuser, plan(as_superuser, one, other, to="expired"))
        assert stages() == ["expired", "expired", "joined"]

    def test_more_than_a_thousand_ticked_rows(self, as_superuser):
        term, partner = TemplateTermFactory(), PartnerFactory()
        rows = Contract.objects.bulk_create(
            Contract(number=f"S-{n}", partner=partner, template_term=term, stage="joined")
            for n in range(1_200)
        )
        confirm(as_superuser, plan(as_superuser, *rows[:1_100], to="cancelled"))
        assert stages().count("cancelled") == 1_100

    def test_all_that_match_the_search_and_the_filters(self, as_superuser):
        gold = TemplateTermFactory()
        ContractFactory.create_batch(3, stage="joined", template_term=gold, partner__name="Fern")
        ContractFactory(stage="joined", template_term=gold, partner__name="Finch")
        ContractFactory(stage="suspended", template_term=gold, partner__name="Fern")
        address = f"{CONTRACTS}?q=fern&stage__exact=joined&template_term__id__exact={gold.pk}"
        first = Contract.objects.filter(partner__name="Fern", stage="joined")[0]
        page = plan(as_superuser, first, address=address, across=True, to="cancelled")
        assert "Change the stage of 3 contracts" in text(as_superuser.get(page))
        confirm(as_superuser, page)
        assert stages() == ["cancelled", "cancelled", "cancelled", "joined", "suspended"]

    def test_the_partners_of_a_segment_and_their_contracts(self, as_superuser):
        group = PartnerGroupFactory(name="VIP")
        definition = {
            "version": 1,
            "any": [{"all": [{"field": "partner_group", "operator": "any_of", "value": [group.pk]}]}],
        }
        segment = Segment.objects.create(name="VIPs", definition=definition)
        vip, other = PartnerFactory(groups=[group]), PartnerFactory()
        mine = ContractFactory(stage="joined", partner=vip)
        ContractFactory(stage="joined", partner=other)
        page = plan(
            as_superuser, mine, address=f"{CONTRACTS}?segment={segment.pk}", across=True, to="cancelled"
        )
        confirm(as_superuser, page)
        assert stages() == ["cancelled", "joined"]
        page = plan(as_superuser, vip, address=f"{PARTNERS}?segment={segment.pk}", across=True, to="outreach")
        confirm(as_superuser, page)
        assert stages(Partner) == ["new", "outreach"]
        Segment.objects.all().delete()
        assert not as_superuser.get(f"{CONTRACTS}?segment={segment.pk}").context["cl"].result_list

    def test_rows_that_are_gone_can_not_be_chosen(self, as_superuser):
        contract = ContractFactory()
        Contract.objects.all().delete()
        answer = as_superuser.post(
            CONTRACTS, {"action": "change_stage", "_selected_action": [contract.pk], "index": 0}, follow=True
        )
        assert said(answer) == ["None of these rows exists any more."]
        assert not StageEdit.objects.exists()


class TestWhatIsShownBefore:
    def test_first_where_the_rows_are_now(self, as_superuser):
        rows = [ContractFactory(stage="joined"), ContractFactory(stage="suspended")]
        page = text(as_superuser.get(choose(as_superuser, *rows).url))
        assert "Change the stage of 2 contracts" in page
        assert "Where they are now" in page
        assert "Usual next stages" in as_superuser.get(choose(as_superuser, *rows).url).content.decode()

    def test_then_what_would_happen_to_them(self, as_superuser):
        moving = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        unusual = ContractFactory(stage="publisher_declined")
        there = ContractFactory(stage="expired")
        page = text(as_superuser.get(plan(as_superuser, moving, unusual, there, to="expired")))
        assert "1 in Expired already: left alone." in page
        assert "1 unusual move " in page
        assert "only the usual moves are made: 1." in page
        assert "Move 2 partners to the prospecting stage Expired too" in page
        assert "1 of them only if the unusual moves are made." in page
        for contract in (moving, unusual):
            assert contract.number in page
        assert there.number not in page
        assert "Change 2 contracts" in page
        assert stages() == ["expired", "joined", "publisher_declined"]

    def test_some_from_every_stage(self, as_superuser):
        rows = ContractFactory.create_batch(12, stage="joined")
        rows.append(ContractFactory(stage="suspended"))
        page = as_superuser.get(plan(as_superuser, *rows, to="expired"))
        assert [len(page.context["sample"]), page.context["sample"][1].row] == [10, rows[-1]]

    def test_that_there_is_nothing_to_do(self, as_superuser):
        page = text(as_superuser.get(plan(as_superuser, ContractFactory(stage="expired"), to="expired")))
        assert "There is nothing to change. Choose another stage." in page
        assert "Change 0" not in page

    def test_partners_have_no_unusual_moves_and_nobody_along(self, as_superuser):
        page = text(as_superuser.get(plan(as_superuser, PartnerFactory(), address=PARTNERS, to="joined")))
        assert "Change 1 partner" in page
        assert "unusual" not in page.casefold()
        assert "Their partners" not in page

    def test_how_large_segments_would_be(self, as_superuser, monkeypatch):
        definition = {
            "version": 1,
            "any": [{"all": [{"field": "contract_stage", "operator": "any_of", "value": ["joined"]}]}],
        }
        for name in ("All joined", "Joined ones"):
            Segment.objects.create(name=name, definition=definition)
        address = plan(as_superuser, ContractFactory(stage="joined"), to="cancelled")
        assert "All joined" not in text(as_superuser.get(address))
        page = text(as_superuser.get(f"{address}&effects=1"))
        assert re.search(r"All joined 1 0 Joined ones 1 0", page)
        part = as_superuser.get(
            f"{address}&effects=1", headers={"HX-Request": "true", "HX-Target": "stage-effects"}
        )
        assert part.content.decode().lstrip().startswith("<section")
        monkeypatch.setattr("segments.stage_screens.MOST_SEGMENTS", 1)
        page = text(as_superuser.get(f"{address}&effects=1"))
        assert "Joined ones" not in page
        assert "The first 1 were asked. Ask the other 1 too" in page
        assert "Joined ones" in text(as_superuser.get(f"{address}&effects=1&segments=all"))

    def test_how_large_segments_would_be_wherever_one_came_from(self, as_superuser):
        choose(as_superuser, ContractFactory(stage="joined"))
        address = f"{EDITS}{StageEdit.objects.get().pk}/plan/"
        as_superuser.post(address, {"to_stage": "cancelled", "why": "", "preview": "1"})
        assert f'href="{address}?effects=1"' in as_superuser.get(address).content.decode()

    def test_that_no_segment_would_change(self, as_superuser):
        address = plan(as_superuser, ContractFactory(stage="joined"), to="cancelled")
        assert "No segment would change its size." in text(as_superuser.get(f"{address}&effects=1"))

    def test_in_a_number_of_queries_that_does_not_grow(self, as_superuser, django_assert_num_queries):
        def queries(number):
            rows = ContractFactory.create_batch(number, stage="publisher_declined")
            address = plan(as_superuser, *rows, to="expired")
            with django_assert_num_queries(5):
                as_superuser.get(address)

        queries(1)
        queries(12)


class TestDoing:
    def test_is_said_with_the_way_back_on_the_list_one_came_from(self, as_superuser):
        contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        back = f"{CONTRACTS}?stage__exact=joined"
        answer = confirm(as_superuser, plan(as_superuser, contract, address=back, to="expired"))
        edit = StageEdit.objects.get()
        assert answer.request["QUERY_STRING"] == "stage__exact=joined"
        (message,) = said(answer)
        assert message.startswith("1 contract moved to Expired, and 1 partner along. <a")
        assert f'<a href="{EDITS}{edit.pk}/undo/">Undo</a>' in message
        assert f'<a href="{EDITS}{edit.pk}/change/">See what was done</a>' in message

    def test_tells_what_was_left_alone(self, as_superuser):
        one, other = ContractFactory.create_batch(2, stage="joined")
        address = plan(as_superuser, one, other, to="expired")
        Contract.objects.filter(pk=other.pk).update(stage="cancelled")
        (message,) = said(confirm(as_superuser, address, moves_along=""))
        assert message.startswith("1 contract moved to Expired. 1 was changed meanwhile and left alone.")
        edit = StageEdit.objects.get()
        page = text(as_superuser.get(f"{EDITS}{edit.pk}/change/"))
        assert "Left alone: 1" in page
        assert other.number in page
        rows = as_superuser.get(f"{CONTRACTS}?stage_edit={edit.pk}-left").context["cl"].result_list
        assert list(rows) == [other]

    def test_tells_which_partners_did_not_move_along(self, as_superuser):
        contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        address = plan(as_superuser, contract, to="expired")
        Partner.objects.update(prospecting_stage="suspended")
        confirm(as_superuser, address)
        edit = StageEdit.objects.get()
        page = as_superuser.get(f"{EDITS}{edit.pk}/change/")
        assert "1 stayed" in text(page)
        link = f"{PARTNERS}?stage_edit={edit.pk}-left"
        assert f'href="{link}"' in page.content.decode()
        assert list(as_superuser.get(link).context["cl"].result_list) == [contract.partner]

    def test_needs_a_reason(self, as_superuser):
        address = plan(as_superuser, ContractFactory(stage="joined"), to="expired")
        assert "Say why: it is kept in the history." in text(confirm(as_superuser, address, why=" "))
        assert stages() == ["joined"]

    def test_of_nothing_but_unusual_moves_needs_the_tick(self, as_superuser):
        address = plan(as_superuser, ContractFactory(stage="publisher_declined"), to="joined")
        assert "All of these moves are unusual. Tick this to make them." in text(
            confirm(as_superuser, address)
        )
        assert stages() == ["publisher_declined"]
        confirm(as_superuser, address, allows_unusual="on")
        assert stages() == ["joined"]

    def test_of_another_stage_than_was_shown_shows_that_first(self, as_superuser):
        address = plan(as_superuser, ContractFactory(stage="joined"), to="expired")
        answer = confirm(as_superuser, address, to_stage="suspended")
        assert said(answer) == ["Nothing was changed yet: this is what the other stage would do."]
        assert (stages(), StageEdit.objects.get().to_stage) == (["joined"], "suspended")
        assert "Change 1 contract" in text(answer)

    def test_before_a_stage_was_chosen_shows_it_first(self, as_superuser):
        address = choose(as_superuser, ContractFactory(stage="joined")).url
        assert "Choose a stage." in text(as_superuser.post(address, {"confirm": "1", "why": "x"}))
        as_superuser.post(address, {"confirm": "1", "why": "x", "to_stage": "expired"})
        assert stages() == ["joined"]

    def test_what_another_window_planned_meanwhile_is_shown_first(self, as_superuser, monkeypatch):
        address = plan(as_superuser, ContractFactory(stage="joined"), to="expired")

        def late(*, edit, **kwargs):
            StageEdit.objects.filter(pk=edit.pk).update(to_stage="suspended")
            return apply_edit(edit=edit, **kwargs)

        monkeypatch.setattr("partners.stage_edit_admin.apply_edit", late)
        assert said(confirm(as_superuser, address)) == [
            "Nothing was changed yet: this is what the other stage would do."
        ]
        assert stages() == ["joined"]

    def test_that_is_in_the_way_of_somebody_else_changes_nothing_and_says_so(self, as_superuser, monkeypatch):
        def fail(**_kwargs):
            raise OperationalError("deadlock detected")

        sentence = "Somebody else was changing the same rows. Nothing was changed: try again."
        address = plan(as_superuser, ContractFactory(stage="joined"), to="expired")
        with monkeypatch.context() as patched:
            patched.setattr("partners.stage_edit_admin.apply_edit", fail)
            patched.setattr("partners.stage_edit_admin.undo_edit", fail)
            assert said(confirm(as_superuser, address)) == [sentence]
            assert stages() == ["joined"]
            StageEdit.objects.update(applied_at=timezone.now())
            undo = address.partition("plan/")[0] + "undo/"
            assert said(as_superuser.post(undo, follow=True)) == [sentence]

    def test_again_by_a_reload_says_the_same_and_does_nothing(self, as_superuser):
        contract = ContractFactory(stage="joined")
        address = plan(as_superuser, contract, to="expired")
        first = said(confirm(as_superuser, address))
        Contract.objects.update(stage="joined")
        assert said(confirm(as_superuser, address)) == first
        assert said(as_superuser.get(address, follow=True)) == first
        assert stages() == ["joined"]

    def test_keeps_the_reason_that_was_typed_last(self, as_superuser):
        contract = ContractFactory(stage="joined")
        confirm(as_superuser, plan(as_superuser, contract, to="expired"), why="  Lapsed <b>now</b> ")
        assert contract.stage_changes.last().why == "Lapsed <b>now</b>"
        assert escape("Lapsed <b>now</b>") in as_superuser.get(EDITS).content.decode()

    @pytest.mark.parametrize("to", ["", "no-such-stage", "none", "\0"])
    def test_of_no_stage_is_refused(self, as_superuser, to):
        address = choose(as_superuser, ContractFactory(stage="joined")).url
        answer = as_superuser.post(address, {"to_stage": to, "why": "\0", "preview": "1"})
        assert answer.status_code == 200
        assert not StageEdit.objects.get().to_stage

    @pytest.mark.parametrize(
        "back", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
    )
    def test_never_leads_elsewhere(self, as_superuser, back):
        address = plan(as_superuser, ContractFactory(stage="joined"), to="expired").partition("?")[0]
        answer = as_superuser.post(
            f"{address}?back={back}", {"to_stage": "expired", "why": "It ended", "confirm": "1"}
        )
        assert answer.url == CONTRACTS

    @pytest.mark.parametrize("pk", ["0", "9" * 18, "9" * 30])
    @pytest.mark.parametrize("page", ["change", "plan", "undo"])
    def test_of_an_edit_that_is_none_is_not_found(self, as_superuser, pk, page):
        assert as_superuser.get(f"{EDITS}{pk}/{page}/").status_code == 404


class TestTheRecord:
    def test_lists_edits_with_who_what_how_many_and_why(self, as_superuser):
        contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        confirm(as_superuser, plan(as_superuser, contract, to="expired"))
        choose(as_superuser, contract)
        page = as_superuser.get(EDITS)
        assert page.context["cl"].result_count == 1
        assert re.search(
            r"Contracts Expired : was in force; ended Stage edit \d+ 1 1 It ended superuser .* Undo…",
            text(page),
        )
        assert as_superuser.get(f"{EDITS}?q=ended").context["cl"].result_count == 1
        assert as_superuser.get(f"{EDITS}?q=nothing").context["cl"].result_count == 0
        assert as_superuser.get(f"{EDITS}?kind__exact=partners.Partner").context["cl"].result_count == 0

    def test_in_a_number_of_queries_that_does_not_grow(self, as_superuser, django_assert_num_queries):
        def queries():
            with django_assert_num_queries(4):
                as_superuser.get(EDITS)

        for _n in range(2):
            for _edit in range(3):
                confirm(as_superuser, plan(as_superuser, ContractFactory(stage="joined"), to="cancelled"))
            queries()

    def test_of_an_edit_tells_all_of_it(self, as_superuser):
        contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        confirm(as_superuser, plan(as_superuser, contract, to="expired"))
        edit = StageEdit.objects.get()
        page = text(as_superuser.get(f"{EDITS}{edit.pk}/change/"))
        for words in (
            f"Stage edit {edit.pk}",
            "By superuser",
            "It ended",
            contract.number,
            "Partners who moved",
        ):
            assert words in page

    def test_of_an_edit_that_moved_nothing_offers_no_undo(self, as_superuser):
        address = plan(as_superuser, ContractFactory(stage="joined"), to="expired")
        Contract.objects.update(stage="cancelled")
        confirm(as_superuser, address)
        assert "/undo/" not in as_superuser.get(EDITS).content.decode()

    def test_of_an_edit_that_was_not_carried_out_leads_to_its_plan(self, as_superuser):
        choose(as_superuser, ContractFactory())
        edit = StageEdit.objects.get()
        assert as_superuser.get(f"{EDITS}{edit.pk}/change/").url == f"{EDITS}{edit.pk}/plan/"
        assert as_superuser.get(f"{EDITS}{edit.pk}/undo/").status_code == 404

    def test_is_on_the_pages_of_the_rows(self, as_superuser, as_viewer):
        contract = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        confirm(as_superuser, plan(as_superuser, contract, to="expired"))
        edit = StageEdit.objects.get()
        for address in (
            f"{CONTRACTS}{contract.pk}/change/",
            f"{CONTRACTS}{contract.pk}/history/",
            f"{PARTNERS}{contract.partner_id}/change/",
            f"{PARTNERS}{contract.partner_id}/history/",
        ):
            page = as_superuser.get(address)
            assert f'href="{EDITS}{edit.pk}/change/"' in page.content.decode()
            assert "from Joined by superuser" in text(page)
            assert "“ It ended ”" in text(page)
            assert EDITS not in as_viewer.get(address).content.decode()

    def test_is_in_the_sidebar_of_superusers(self, as_superuser, as_editor):
        assert f'href="{EDITS}"' in as_superuser.get("/admin/").content.decode()
        assert EDITS not in as_editor.get("/admin/").content.decode()


class TestTheWayBack:
    @pytest.fixture
    def edit(self, as_superuser):
        rows = ContractFactory.create_batch(3, stage="joined", partner__prospecting_stage="joined")
        confirm(as_superuser, plan(as_superuser, *rows, to="expired"))
        return StageEdit.objects.get()

    def test_is_shown_before_it_is_gone(self, as_superuser, edit):
        moved = Contract.objects.first()
        Contract.objects.filter(pk=moved.pk).update(stage="cancelled")
        page = text(as_superuser.get(f"{EDITS}{edit.pk}/undo/"))
        assert "Put 2 contracts back" in page
        assert "Changed since, and left alone: 1" in page
        assert moved.number in page
        assert stages() == ["cancelled", "expired", "expired"]
        rows = as_superuser.get(f"{CONTRACTS}?stage_edit={edit.pk}-since").context["cl"].result_list
        assert list(rows) == [moved]

    def test_leads_to_all_that_stay_and_says_how_many_are_gone(self, as_superuser, edit, monkeypatch):
        monkeypatch.setattr("partners.stage_edit_admin.LISTED", 1)
        first, *others = Contract.objects.all()
        for contract in others:
            Contract.objects.filter(pk=contract.pk).update(stage="cancelled")
        first.delete()
        page = as_superuser.get(f"{EDITS}{edit.pk}/undo/")
        assert f'<a href="{CONTRACTS}?stage_edit={edit.pk}-since">All 2</a>' in page.content.decode()
        assert "Deleted since: 1" in text(page)

    def test_leads_to_the_partners_who_stay(self, as_superuser, edit):
        moved = Partner.objects.first()
        Partner.objects.filter(pk=moved.pk).update(prospecting_stage="new")
        link = f"{PARTNERS}?stage_edit={edit.pk}-since"
        assert f'href="{link}"' in as_superuser.get(f"{EDITS}{edit.pk}/undo/").content.decode()
        assert list(as_superuser.get(link).context["cl"].result_list) == [moved]

    def test_is_gone_once_recorded_and_can_be_undone(self, as_superuser, edit):
        address = f"{EDITS}{edit.pk}/undo/"
        answer = as_superuser.post(address, {"why": "By mistake"}, follow=True)
        undo = StageEdit.objects.get(undoes=edit)
        assert said(answer) == [
            f'3 contracts and 3 partners put back. <a href="{EDITS}{undo.pk}/undo/">Undo this</a>'
        ]
        assert (stages(), stages(Partner)) == (["joined"] * 3, ["joined"] * 3)
        assert said(as_superuser.post(address, follow=True)) == ["It has been undone already."]
        assert "Undone by superuser" in text(as_superuser.get(f"{EDITS}{edit.pk}/change/"))
        assert "It undoes Stage edit" in text(as_superuser.get(f"{EDITS}{undo.pk}/change/"))
        assert "Undone" in text(as_superuser.get(EDITS))
        as_superuser.post(f"{EDITS}{undo.pk}/undo/")
        assert stages() == ["expired"] * 3

    def test_of_rows_that_were_all_changed_since_leads_nowhere(self, as_superuser, edit):
        Contract.objects.update(stage="joined")
        Partner.objects.update(prospecting_stage="new")
        page = as_superuser.get(f"{EDITS}{edit.pk}/undo/")
        assert "Nothing: every row has been changed since." in text(page)
        assert "Put 0" not in text(page)

    def test_with_a_reason_that_is_too_long_is_not_gone(self, as_superuser, edit):
        answer = as_superuser.post(f"{EDITS}{edit.pk}/undo/", {"why": "x" * 501})
        assert "at most 500 characters" in text(answer)
        assert stages() == ["expired"] * 3


class TestOneRow:
    def post(self, client, contract, **data):
        posted = {
            "number": contract.number,
            "partner": contract.partner_id,
            "template_term": contract.template_term_id,
            "stage": contract.stage,
            "stage_seen": contract.stage,
            "start_date": "2025-02-03",
        }
        return client.post(f"{CONTRACTS}{contract.pk}/change/", posted | data)

    def test_is_offered_the_usual_next_stages_first(self, as_editor):
        page = as_editor.get(f"{CONTRACTS}{ContractFactory(stage='joined').pk}/change/").content.decode()
        menu = page.partition('<select name="stage"')[2].partition("</select>")[0]
        groups = re.split(r"<optgroup label=\"([^\"]*)\">", menu)[1:]
        assert groups[::2] == ["Now", "Usual next stages", "Unusual"]
        assert re.findall(r'value="(\w+)"', groups[3]) == [
            "expired",
            "suspended",
            "cancelled",
            "publisher_deactivated",
        ]

    def test_makes_a_usual_move_with_its_reason(self, as_editor):
        contract = ContractFactory(stage="joined")
        assert self.post(as_editor, contract, stage="expired", why="It ran out").status_code == 302
        change = contract.stage_changes.last()
        assert (change.to_stage, change.who, change.why) == ("expired", "editor", "It ran out")

    def test_is_asked_once_before_an_unusual_move(self, as_editor):
        contract = ContractFactory(stage="joined")
        answer = self.post(as_editor, contract, stage="publisher_declined")
        assert "From Joined to Publisher Declined is unusual." in text(answer)
        assert 'type="checkbox" name="allows_unusual"' in answer.content.decode()
        assert stages() == ["joined"]
        assert (
            self.post(as_editor, contract, stage="publisher_declined", allows_unusual="on").status_code == 302
        )
        assert stages() == ["publisher_declined"]

    def test_that_stays_in_its_stage_is_asked_nothing(self, as_editor):
        contract = ContractFactory(stage="publisher_declined")
        assert self.post(as_editor, contract, end_date="2026-12-31").status_code == 302
        assert contract.stage_changes.count() == 1

    def test_keeps_the_stage_that_somebody_else_set_meanwhile(self, as_editor):
        contract = ContractFactory(stage="joined")
        Contract.objects.update(stage="expired")
        assert self.post(as_editor, contract, end_date="2026-12-31").status_code == 302
        assert (stages(), str(Contract.objects.get().end_date)) == (["expired"], "2026-12-31")

    def test_is_told_that_somebody_else_moved_it_meanwhile(self, as_editor):
        contract = ContractFactory(stage="joined")
        Contract.objects.update(stage="suspended")
        answer = self.post(as_editor, contract, stage="expired")
        assert "Somebody moved it to Suspended after you opened this page." in text(answer)
        assert 'name="stage_seen" value="suspended"' in answer.content.decode()
        assert stages() == ["suspended"]
        assert self.post(as_editor, contract, stage="expired", stage_seen="suspended").status_code == 302
        assert stages() == ["expired"]

    def test_moved_by_two_to_the_same_stage_is_no_conflict(self, as_editor):
        contract = ContractFactory(stage="joined")
        Contract.objects.update(stage="expired")
        assert self.post(as_editor, contract, stage="expired").status_code == 302

    def test_is_not_asked_for_a_reason_when_it_is_new_or_only_looked_at(self, as_editor, as_viewer):
        contract = ContractFactory()
        assert 'name="why"' not in as_editor.get(f"{CONTRACTS}add/").content.decode()
        for row, address in ((contract, CONTRACTS), (contract.partner, PARTNERS)):
            assert 'name="why"' not in as_viewer.get(f"{address}{row.pk}/change/").content.decode()

    def test_the_reason_is_no_field_of_the_row(self, as_editor):
        contract = ContractFactory(stage="joined")
        self.post(as_editor, contract, stage="expired", why="It ran out")
        page = text(as_editor.get(f"{CONTRACTS}{contract.pk}/history/"))
        assert "Changed Stage" in page
        assert "Reason" not in page


def test_whoever_acts_is_named_in_the_record(as_superuser):
    UserFactory(username="somebody.else")
    confirm(as_superuser, plan(as_superuser, ContractFactory(stage="joined"), to="expired"))
    assert StageEdit.objects.get().who == "superuser"
