"""The whole list of a segment's partners: of a saved one, and of a definition that is not saved yet."""

from datetime import date

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from partners.core.limits import limits
from partners.models import Partner
from segments.drafts import SESSION_KEY, Draft, keep, new_key
from segments.models import Segment
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory
from tests.queries import OF_A_BLOCK, OF_A_PAGE
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
    partners_of,
    rows_of,
    saved,
    text_of,
)

PAGE_ROWS = limits().segment_list_page_rows

pytestmark = pytest.mark.django_db


def names(page):
    assert page.status_code == 200
    return [partner.name for partner in page.context["page"].partners]


def see_all(client, definition=PROSPECTS, address=ADD, **fields):
    return client.post(address, form(definition, "see_all", name="Draft") | fields)


class TestOfASavedSegment:
    def test_shows_name_sentence_and_partners(self, as_viewer):
        partner = PartnerFactory(id=700123, name="Aurora <b>", groups=[PartnerGroupFactory(name="VIP")])
        ContractFactory(partner=partner, stage="suspended")
        PartnerFactory(prospecting_stage="joined")
        page = as_viewer.get(partners_of(saved()))
        assert names(page) == ["Aurora <b>"]
        for part in (
            "Prospects",
            "Partners in prospecting stage New.",
            "Aurora &lt;b&gt;",
            "VIP",
            "Suspended",
        ):
            assert part in text_of(page)
        assert "700123" in text_of(page)
        assert "of 1<" in text_of(page)

    def test_is_where_see_all_leads_for_unchanged_rows(self, as_viewer):
        segment = saved()
        fields = fields_of(as_viewer.get(change(segment)))
        answer = as_viewer.post(change(segment), fields | {"see_all": "1"})
        assert answer["Location"].partition("?")[0] == partners_of(segment)

    def test_under_another_name_is_a_draft_that_keeps_the_name(self, as_viewer):
        segment = saved()
        fields = fields_of(as_viewer.get(change(segment)))
        answer = as_viewer.post(change(segment), fields | {"name": "Renamed", "see_all": "1"})
        back = as_viewer.get(answer["Location"]).context["back"]
        assert fields_of(as_viewer.get(back))["name"] == ["Renamed"]

    def test_follows_the_data(self, as_viewer):
        contract = ContractFactory(stage="joined")
        address = partners_of(saved(definition=any_of([JOINED])))
        assert names(as_viewer.get(address)) == [contract.partner.name]
        contract.stage = "expired"
        contract.save()
        page = as_viewer.get(address)
        assert names(page) == []
        assert "No partner is in this segment today" in text_of(page)

    def test_of_nothing_is_not_found(self, as_viewer):
        assert as_viewer.get(partners_of(Segment(pk=404))).status_code == 404

    def test_lists_a_partner_in_several_groups_once(self, as_viewer):
        partner = PartnerFactory()
        ContractFactory.create_batch(2, partner=partner)
        page = as_viewer.get(partners_of(saved(definition=any_of([NEW], [JOINED]))))
        assert names(page) == [partner.name]


class TestOfADraft:
    def test_has_an_address_and_a_way_back_that_loses_nothing(self, as_editor):
        PartnerFactory(name="Aurora")
        answer = see_all(as_editor, any_of([NEW], [EXPIRED]))
        page = as_editor.get(answer["Location"])
        assert names(page) == ["Aurora"]
        assert "Draft" in text_of(page)
        builder = as_editor.get(page.context["back"])
        assert fields_of(builder)["name"] == ["Draft"]
        assert [value for _field, _operator, value in rows_of(builder)] == [["new"], ["expired"]]
        assert not Segment.objects.exists()

    def test_of_changed_rows_goes_back_to_its_segment_and_revision(self, as_editor):
        segment = saved(revision=4)
        answer = see_all(as_editor, any_of([EXPIRED]), change(segment), revision="4")
        page = as_editor.get(answer["Location"])
        assert page.context["back"].startswith(change(segment))
        builder = as_editor.get(page.context["back"])
        assert fields_of(builder)["revision"] == ["4"]
        assert as_editor.post(change(segment), fields_of(builder) | {"save": "1"}).status_code == 302
        segment.refresh_from_db()
        assert segment.definition == any_of([EXPIRED])

    def test_without_a_name_is_a_new_segment(self, as_editor):
        page = as_editor.get(see_all(as_editor, name="")["Location"])
        assert "New segment" in text_of(page)

    def test_of_incomplete_rows_stays_in_the_builder(self, as_editor):
        answer = see_all(as_editor, **{"row-0-value": []})
        assert answer.status_code == 200
        assert "Choose at least one value." in text_of(answer)

    def test_belongs_to_its_session(self, as_editor, editor):
        address = see_all(as_editor)["Location"]
        elsewhere = Client()
        elsewhere.force_login(editor)
        answer = elsewhere.get(address)
        assert answer.status_code == 404
        assert "This list was made in another session." in text_of(answer)

    @pytest.mark.parametrize("key", ["x", "%00", "__proto__", "segment_drafts", "é" * 300])
    def test_of_a_guessed_key_is_not_found(self, as_editor, key):
        see_all(as_editor)
        address = reverse("admin:segments_draft_partners", args=["KEY"]).replace("KEY", key)
        assert as_editor.get(address).status_code == 404
        assert rows_of(as_editor.get(f"{ADD}?draft={key}")) == [("", "", [""])]

    def test_of_one_segment_is_not_opened_in_another(self, as_editor):
        one, other = saved("One"), saved("Other", any_of([JOINED]))
        address = see_all(as_editor, any_of([EXPIRED]), change(one))["Location"]
        key = address.rstrip("/").split("/")[-2]
        for wrong in (change(other), ADD):
            assert "Draft" not in fields_of(as_editor.get(f"{wrong}?draft={key}"))["name"]

    @pytest.mark.parametrize("key", ["", "short", "../../etc", "x" * 99, "null\0null"])
    def test_gets_a_key_of_ours_where_the_posted_one_is_none(self, as_editor, key):
        answer = see_all(as_editor, draft=key)
        assert as_editor.get(answer["Location"]).status_code == 200
        assert key not in as_editor.session[SESSION_KEY]

    def test_is_kept_under_one_key_while_it_changes(self, as_editor):
        first = see_all(as_editor, draft="abcdefgh")["Location"]
        assert see_all(as_editor, any_of([JOINED]), draft="abcdefgh")["Location"] == first
        assert len(as_editor.session[SESSION_KEY]) == 1

    def test_stays_beside_one_that_another_page_keeps_at_the_same_time(self, as_editor):
        begun_before, draft = as_editor.session, Draft("Late", any_of([JOINED]), None, None)
        assert begun_before.get(SESSION_KEY) is None
        address = see_all(as_editor)["Location"]
        keep(begun_before, new_key(), draft)
        begun_before.save()
        assert as_editor.get(address).status_code == 200
        assert len(as_editor.session[SESSION_KEY]) == 2

    def test_brings_no_login_back_that_ended_meanwhile(self, as_editor):
        begun_before = as_editor.session
        assert begun_before.keys()
        as_editor.session.flush()
        keep(begun_before, new_key(), Draft("Late", any_of([JOINED]), None, None))
        with pytest.raises(UpdateError):
            begun_before.save()
        assert not Session.objects.exists()

    def test_the_last_ten_are_kept(self, as_editor):
        addresses = [see_all(as_editor)["Location"] for _ in range(limits().session_max_drafts + 1)]
        found = [as_editor.get(address).status_code for address in addresses]
        assert found == [404] + [200] * limits().session_max_drafts


class TestFilters:
    @pytest.fixture
    def address(self):
        return partners_of(saved(definition=any_of([asks("prospecting_stage", "none_of", ["suspended"])])))

    @pytest.fixture(autouse=True)
    def partners(self):
        self.vip = PartnerGroupFactory(name="VIP")
        for name, stage, joined in (
            ("Éclair Reviews", "new", date(2025, 3, 1)),
            ("Fern 100%", "joined", None),
            ("Moss", "joined", date(2024, 3, 1)),
            ("Outside", "suspended", None),
        ):
            PartnerFactory(name=name, prospecting_stage=stage, original_joined_date=joined)
        fern, moss = Partner.objects.filter(name__in=["Fern 100%", "Moss"]).order_by("name")
        fern.groups.set([self.vip])
        ContractFactory(partner=moss, stage="expired")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({}, ["Éclair Reviews", "Fern 100%", "Moss"]),
            ({"name": " ÉCLAIR "}, ["Éclair Reviews"]),
            ({"name": "100%"}, ["Fern 100%"]),
            ({"name": "_"}, []),
            ({"prospecting_stage": "joined"}, ["Fern 100%", "Moss"]),
            ({"prospecting_stage": ["joined", "new"]}, ["Éclair Reviews", "Fern 100%", "Moss"]),
            ({"prospecting_stage": "suspended"}, []),
            ({"contract_stage": "expired"}, ["Moss"]),
            ({"contract_stage": ["none", "expired"], "prospecting_stage": "joined"}, ["Fern 100%", "Moss"]),
            ({"contract_stage": "none"}, ["Éclair Reviews", "Fern 100%"]),
        ],
    )
    def test_narrow_the_segment(self, as_viewer, address, query, expected):
        assert sorted(names(as_viewer.get(address, query))) == sorted(expected)

    def test_by_group(self, as_viewer, address):
        assert names(as_viewer.get(address, {"partner_group": self.vip.pk})) == ["Fern 100%"]

    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            ("", "FMÉ"),
            ("name", "FMÉ"),
            ("-name", "ÉMF"),
            ("id", "ÉFM"),
            ("-id", "MFÉ"),
            ("-joined", "ÉMF"),
            ("joined", "MÉF"),
        ],
    )
    def test_sort(self, as_viewer, address, sort, expected):
        assert "".join(name[0] for name in names(as_viewer.get(address, {"sort": sort}))) == expected

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ({"prospecting_stage": "bogus"}, "“bogus” is none of the choices."),
            ({"contract_stage": ["none", "<script>"]}, "“&lt;script&gt;” is none of the choices."),
            ({"partner_group": "abc"}, "There is no such group."),
            ({"partner_group": "9" * 30}, "There is no such group."),
            ({"partner_group": "-1"}, "There is no such group."),
            ({"partner_group": "1\0"}, "There is no such group."),
            ({"partner_group": "404"}, "“404” is none of the choices."),
            ({"sort": "pk"}, "“pk” is none of the choices."),
            ({"name": "nul\0byte"}, "Null characters are not allowed."),
            ({"name": "x" * 201}, "At most 200 characters"),
        ],
    )
    def test_that_can_not_be_say_so_and_show_nobody(self, as_viewer, address, query, message):
        page = as_viewer.get(address, query)
        assert names(page) == []
        assert message in text_of(page)

    def test_that_match_nobody_say_so_and_can_be_cleared(self, as_viewer, address):
        answer = as_viewer.get(address, {"name": "nobody"})
        page, day = text_of(answer), answer.context["as_of"]
        assert "No partner of this segment matches the filters" in page
        assert f'href="{address}?as_of={day}">Clear filters' in page

    @pytest.mark.parametrize(
        ("query", "words"), [("moss", "1 partner</strong> matches"), ("r", "2 partners</strong> match")]
    )
    def test_are_met_by_one_or_by_several(self, as_viewer, address, query, words):
        assert f"<strong>{words} the filters" in text_of(as_viewer.get(address, {"name": query}))

    def test_stay_as_they_were_set(self, as_viewer, address):
        page = text_of(as_viewer.get(address, {"name": "<moss>", "contract_stage": "expired"}))
        assert 'value="&lt;moss&gt;"' in page
        assert page.count(" checked") == 1

    def test_that_nobody_knows_are_no_filters(self, as_viewer, address):
        page = as_viewer.get(address, {"bogus": "1", "prospecting_stage__regex": "(", "id__in": "x"})
        assert len(names(page)) == 3
        assert "Clear filters" not in text_of(page)


class TestPages:
    @pytest.fixture
    def address(self):
        Partner.objects.bulk_create(Partner(name=f"Partner {n:04}") for n in range(PAGE_ROWS + 5))
        return partners_of(saved())

    def test_lead_from_one_to_the_next_and_back(self, as_viewer, address):
        first = as_viewer.get(address)
        assert names(first) == [f"Partner {n:04}" for n in range(PAGE_ROWS)]
        assert "1\u2013100 of 105" in text_of(first)
        second = as_viewer.get(address, first.context["page"].next)
        assert names(second) == [f"Partner {n:04}" for n in range(PAGE_ROWS, PAGE_ROWS + 5)]
        assert "101\u2013105 of 105" in text_of(second)
        assert second.context["page"].next is None
        back = as_viewer.get(address, second.context["page"].previous)
        assert names(back) == names(first)
        assert back.context["page"].previous is None

    @pytest.mark.parametrize(
        "asked",
        [
            {"after": "abc"},
            {"after": ""},
            {"after": "nul\0"},
            {"after": "1.5"},
            {"after": "9" * 40},
            {"after": "-1"},
            {"before": "404"},
            {"first": "7"},
            {"page": "2"},
        ],
    )
    def test_beside_nobody_are_the_first(self, as_viewer, address, asked):
        found = as_viewer.get(address, asked)
        assert (names(found)[0], len(names(found))) == ("Partner 0000", PAGE_ROWS)
        assert "1\u2013100 of 105" in text_of(found)

    def test_past_the_last_partner_are_the_first(self, as_viewer, address):
        last = Partner.objects.latest("name")
        assert names(as_viewer.get(address, {"after": last.pk}))[0] == "Partner 0000"

    def test_number_no_partner_past_the_last(self, as_viewer, address):
        before_the_last = Partner.objects.get(name="Partner 0103")
        found = as_viewer.get(address, {"after": before_the_last.pk, "first": "9999"})
        assert "105\u2013105 of 105" in text_of(found)

    def test_go_on_beside_a_partner_who_has_left_the_segment(self, as_viewer, address):
        partner = Partner.objects.get(name="Partner 0099")
        Partner.objects.filter(pk=partner.pk).update(prospecting_stage="joined")
        assert names(as_viewer.get(address, {"after": partner.pk, "first": "100"}))[0] == "Partner 0100"

    def test_keep_the_filters(self, as_viewer, address):
        page = as_viewer.get(address, {"name": "partner", "sort": "-id"})
        last = page.context["page"].partners[-1].pk
        day = page.context["as_of"]
        query = f"?name=partner&amp;sort=-id&amp;after={last}&amp;first=101&amp;as_of={day}"
        assert f'rel="next" href="{query}"' in text_of(page)
        assert 'rel="prev"' not in text_of(page)
        assert "100 of 105" in text_of(page)

    def test_cost_the_same_whatever_their_length(self, as_viewer, django_assert_num_queries):
        few, many = PartnerFactory.create_batch(2), PartnerFactory.create_batch(20)
        for partner in few + many:
            ContractFactory.create_batch(2, partner=partner)
            partner.groups.set([PartnerGroupFactory()])
        of_few, of_many = (
            partners_of(saved(name, any_of([asks("partner_id", "any_of", [one.pk for one in some])])))
            for name, some in (("Few", few), ("Many", many))
        )
        as_viewer.get(of_few)
        for address in (of_few, of_many):
            with django_assert_num_queries(13 + OF_A_PAGE + 2 * OF_A_BLOCK):
                as_viewer.get(address)
