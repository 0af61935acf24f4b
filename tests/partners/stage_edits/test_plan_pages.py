"""Bulk edits of stages as superusers see them before they do them, and the page of one row."""

import re

import pytest
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone

from contracts.models import Contract
from partners.models import Partner, StageEdit
from segments.models import Segment
from tests.factories import (
    ContractFactory,
    PartnerFactory,
    PartnerGroupFactory,
    TemplateTermFactory,
    UserFactory,
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
        StageEdit.objects.create(
            pk=1,
            kind=ContentType.objects.get_for_model(Contract),
            user_name="anna",
            applied_at=timezone.now(),
        )
        for client in (as_editor, as_viewer, as_outsider):
            for send in (client.get, client.post):
                assert send(EDITS + page).status_code == 403
        assert as_nobody.get(EDITS + page).url.startswith(reverse("admin:login"))

    def test_a_record_is_not_added_changed_or_deleted_by_hand(self, as_superuser):
        StageEdit.objects.create(pk=1, kind=ContentType.objects.get_for_model(Contract), user_name="anna")
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
            CONTRACTS,
            {"action": "change_stage", "_selected_action": [contract.pk], "index": 0},
            follow=True,
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

    def test_the_same_after_a_refusal(self, as_superuser):
        moving = ContractFactory(stage="joined", partner__prospecting_stage="joined")
        address = plan(as_superuser, moving, ContractFactory(stage="publisher_declined"), to="expired")
        page = text(confirm(as_superuser, address, why=""))
        assert "Say why: it is kept in the history." in page
        assert "only the usual moves are made: 1." in page
        assert "Move 2 partners to the prospecting stage Expired too" in page
        assert "1 of them only if the unusual moves are made." in page

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

    def test_how_large_segments_would_be(self, as_superuser, change_limits):
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
        change_limits(stage_effects_timeout_s=0)
        page = text(as_superuser.get(f"{address}&effects=1"))
        assert "2 segments were not counted, for counting was stopped after 0 seconds" in page
        assert "All joined" in page
        assert "Joined ones" in page
        assert "No segment would change its size" not in page

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
            with django_assert_num_queries(5 + OF_A_PAGE):
                as_superuser.get(address)

        queries(1)
        queries(12)


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
        assert (change.to_stage, change.user_name, change.why) == ("expired", "editor", "It ran out")

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
    assert StageEdit.objects.get().user_name == "superuser"
