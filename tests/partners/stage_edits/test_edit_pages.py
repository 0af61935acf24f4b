"""Bulk edits of stages as superusers see them: what was done, the record of it, and the way back."""

import re

import pytest
from django.db import OperationalError
from django.utils import timezone
from django.utils.html import escape

from contracts.models import Contract
from partners.models import Partner, StageEdit
from partners.stage_edits.services import apply_edit
from tests.factories import (
    ContractFactory,
)
from tests.partners.stage_edits.pages import (
    CONTRACTS,
    EDITS,
    PARTNERS,
    choose,
    confirm,
    plan,
    said,
    stages,
    text,
)
from tests.queries import OF_A_PAGE

pytestmark = pytest.mark.django_db


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

        monkeypatch.setattr("partners.stage_edits.admin.apply_edit", late)
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
            patched.setattr("partners.stage_edits.admin.apply_edit", fail)
            patched.setattr("partners.stage_edits.admin.undo_edit", fail)
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
            with django_assert_num_queries(4 + OF_A_PAGE):
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
        monkeypatch.setattr("partners.stage_edits.admin.MAX_LISTED", 1)
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
        assert "At most 500 characters" in text(answer)
        assert stages() == ["expired"] * 3
