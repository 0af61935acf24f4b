"""What segments add to the Partners screen."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.core.time_limit import TooSlowError
from segments.models import Segment
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.query.test_slow_questions import stopping

pytestmark = pytest.mark.django_db
LIST = reverse("admin:partners_partner_changelist")


def condition(field, operator, *value):
    return {"field": field, "operator": operator, "value": list(value)}


def segment(name, *groups):
    return Segment.objects.create(
        name=name, definition={"version": 1, "any": [{"all": list(group)} for group in groups]}
    )


def names(client, **query):
    return [partner.name for partner in client.get(LIST, query).context["cl"].result_list]


def segments_shown(client, partner):
    page = client.get(reverse("admin:partners_partner_change", args=[partner.pk])).content.decode()
    part = page.partition('id="segments-of-partner"')[2].partition("</section>")[0]
    return [piece.partition("</bdi>")[0] for piece in part.split("<bdi>")[1:]], part


@pytest.fixture
def program(db):
    """Aurora is joined on Gold; Vela is a prospect in VIP; Moss is a prospect in nothing."""
    gold = TemplateTermFactory(name="Gold")
    aurora = PartnerFactory(name="Aurora", prospecting_stage="joined", country="DE")
    ContractFactory(partner=aurora, template_term=gold, stage="joined")
    vip = PartnerGroupFactory(name="VIP")
    return {
        "aurora": aurora,
        "vela": PartnerFactory(name="Vela", groups=[vip]),
        "moss": PartnerFactory(name="Moss"),
        "vip": vip,
        "gold": gold,
    }


@pytest.fixture
def segments(program):
    vip, gold = program["vip"].pk, program["gold"].pk
    return {
        "joined": segment(
            "Joined gold",
            [condition("contract_stage", "any_of", "joined"), condition("template_term", "any_of", gold)],
        ),
        "not VIP": segment("Not VIP", [condition("partner_group", "none_of", vip)]),
        "either": segment(
            "Joined or VIP",
            [condition("contract_stage", "any_of", "joined")],
            [condition("partner_group", "any_of", vip)],
        ),
        "none": segment("No contract", [condition("contract_stage", "any_of", "none")]),
        "broken": Segment.objects.create(name="Broken", definition={"version": 7}),
    }


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("joined", ["Aurora"]),
        ("not VIP", ["Aurora", "Moss"]),
        ("either", ["Aurora", "Vela"]),
        ("none", ["Moss", "Vela"]),
        ("broken", []),
    ],
)
def test_a_segment_is_a_filter_and_a_broken_one_matches_nobody(as_viewer, segments, key, expected):
    assert names(as_viewer, segment=segments[key].pk) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "mo"}, ["Moss"]),
        ({"country__exact": "DE"}, ["Aurora"]),
        ({"contract_stage": "joined"}, ["Aurora"]),
        ({"contract_stage": "none"}, ["Moss"]),
        ({"prospecting_stage__exact": "new", "o": "-1"}, ["Moss"]),
        ({"o": "-1"}, ["Moss", "Aurora"]),
    ],
)
def test_a_segment_combines_with_search_filters_and_order(as_editor, segments, query, expected):
    assert names(as_editor, segment=segments["not VIP"].pk, **query) == expected


def test_a_segment_of_several_groups_combines_with_a_group(as_viewer, segments, program):
    query = {"segment": segments["either"].pk, "groups__id__exact": program["vip"].pk}
    assert names(as_viewer, **query) == ["Vela"]


@pytest.mark.parametrize("key", ["joined", "not VIP", "either", "none"])
def test_an_action_on_all_of_a_segment_changes_exactly_its_partners(as_editor, segments, program, key):
    group = PartnerGroupFactory(name="Chosen")
    expected = set(segments[key].partners().values_list("name", flat=True))
    answer = as_editor.post(
        f"{LIST}?segment={segments[key].pk}",
        {
            "action": "add_to_group",
            "_selected_action": [program["aurora"].pk],
            "select_across": "1",
            "confirm": "yes",
            "group": group.pk,
        },
        follow=True,
    )
    assert answer.status_code == 200
    assert set(group.partners.values_list("name", flat=True)) == expected


def test_an_action_on_a_broken_segment_changes_nobody(as_editor, segments, program):
    posted = {"action": "add_to_group", "_selected_action": [program["aurora"].pk], "select_across": "1"}
    answer = as_editor.post(
        f"{LIST}?segment={segments['broken'].pk}", {**posted, "confirm": "yes", "group": program["vip"].pk}
    )
    assert answer.status_code == 302
    assert program["vip"].partners.count() == 1


def test_a_chip_names_the_segment(as_viewer, segments):
    page = as_viewer.get(LIST, {"segment": segments["joined"].pk}).content.decode()
    assert "Segment: <bdi>Joined gold</bdi>" in page


def test_segments_are_a_filter_only_for_those_who_may_look_at_them(as_outsider, outsider, segments):
    outsider.user_permissions.set(
        Permission.objects.filter(codename__in=["view_partner", "change_partner", "view_contract"])
    )
    page = as_outsider.get(LIST).content.decode()
    assert 'name="segment"' not in page
    assert "Joined gold" not in page
    answer = as_outsider.get(LIST, {"segment": segments["joined"].pk}, follow=True)
    assert "There is no such filter." in answer.content.decode()


# A partner's segments


@pytest.mark.parametrize(
    ("partner", "expected"),
    [
        ("aurora", ["Joined gold", "Joined or VIP", "Not VIP"]),
        ("vela", ["Joined or VIP", "No contract"]),
        ("moss", ["No contract", "Not VIP"]),
    ],
)
@pytest.mark.parametrize("user", ["as_editor", "as_viewer"])
def test_a_partners_page_names_the_segments_it_is_in(request, user, segments, program, partner, expected):
    shown, part = segments_shown(request.getfixturevalue(user), program[partner])
    assert shown == expected
    first = Segment.objects.get(name=expected[0])
    assert reverse("admin:segments_segment_partners", args=[first.pk]) in part


def test_the_page_asks_why_the_partner_is_not_in_a_segment(as_viewer, segments, program):
    _shown, part = segments_shown(as_viewer, program["moss"])
    offered = part.partition("<select")[2]
    assert [name for name in ("Joined gold", "Joined or VIP", "Broken", "Not VIP") if name in offered] == [
        *("Joined gold", "Joined or VIP", "Broken")
    ]
    address = reverse("admin:segments_partner_why_not", args=[program["moss"].pk])
    assert address in part
    answer = as_viewer.get(address, {"segment": segments["joined"].pk}, follow=True)
    assert answer.redirect_chain[0][0] == (
        f"{reverse('admin:segments_segment_why', args=[segments['joined'].pk])}?explain={program['moss'].pk}"
    )
    assert "Not in the segment" in answer.content.decode()


@pytest.mark.parametrize("key", ["", "many", "nul\0", "9" * 30])
def test_why_not_in_no_segment_leads_back_to_the_partner(as_viewer, program, key):
    address = reverse("admin:segments_partner_why_not", args=[program["moss"].pk])
    answer = as_viewer.get(address, {"segment": key}, follow=True)
    assert "Choose a segment." in answer.content.decode()
    assert "<bdi>Moss</bdi>" in answer.content.decode()


def test_of_very_many_segments_the_first_are_in_view_and_the_others_behind_their_number(as_viewer):
    for number in range(13):
        segment(f"New {number:02}", [condition("prospecting_stage", "any_of", "new")])
    shown, part = segments_shown(as_viewer, PartnerFactory())
    assert shown == [f"New {number:02}" for number in range(13)]
    in_view, behind = part.split('<details class="why-more">')
    assert "3 more" in behind
    assert "New 09" in in_view
    assert "New 10" in behind


def test_without_segments_a_partner_is_in_none(as_viewer):
    shown, part = segments_shown(as_viewer, PartnerFactory())
    assert shown == []
    assert "In no segment today." in part


def test_the_segments_are_for_those_who_may_look_at_them(as_outsider, outsider, segments, program):
    outsider.user_permissions.set(Permission.objects.filter(codename__in=["view_partner", "view_contract"]))
    page = as_outsider.get(reverse("admin:partners_partner_change", args=[program["aurora"].pk]))
    assert "Joined gold" not in page.content.decode()


def test_only_so_many_segments_are_asked_and_the_page_says_so(as_viewer, segments, program, change_limits):
    change_limits(partner_page_max_segments=2)
    shown, part = segments_shown(as_viewer, program["aurora"])
    assert shown == ["Joined gold"]
    assert "Only the first 2 segments by name were asked." in part


def test_a_partners_page_opens_where_finding_its_segments_takes_too_long(
    as_viewer, segments, program, monkeypatch
):
    monkeypatch.setattr("segments.extensions.time_limit", stopping(TooSlowError))
    shown, part = segments_shown(as_viewer, program["aurora"])
    assert shown == []
    assert "would take too long" in part


def test_a_partners_page_says_why_it_is_in_a_segment(as_viewer, segments, program):
    _shown, part = segments_shown(as_viewer, program["aurora"])
    either = part.partition("Joined or VIP</bdi>")[2].partition("</details>")[0]
    assert "Group 1" in either
    assert "Contract Stage is any of Joined" in either
    assert "Joined since" in either
    assert "Group 2" not in either
    joined = part.partition("Joined gold</bdi>")[2].partition("</details>")[0]
    assert "on the same contract" in joined
    assert ": “Gold”" in joined
    assert "in no group" in part


def test_many_segments_are_asked_in_few_queries(as_viewer, program):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            segments_shown(as_viewer, program["aurora"])
        return len(captured)

    def ask(number):
        groups = condition("partner_group", "any_of", number), condition("partner_group", "none_of", number)
        return [condition("contract_stage", "any_of", "joined"), groups[1]], [groups[0]]

    segment("First", *ask(1))
    one = queries()
    for number in range(2, 100):
        segment(f"Segment {number}", *ask(number))
    assert queries() == one
    for number in range(100, 110):
        segment(f"Segment {number}", *ask(number))
    assert queries() == one
    shown, _part = segments_shown(as_viewer, program["aurora"])
    assert len(shown) == 109


def test_the_filtered_list_takes_as_many_queries_for_many_segments_as_for_few(
    as_viewer, segments, django_assert_num_queries
):
    with CaptureQueriesContext(connection) as few:
        names(as_viewer, segment=segments["either"].pk)
    for number in range(20):
        segment(f"Segment {number}", [condition("contract_stage", "any_of", "joined")])
    with django_assert_num_queries(len(few)):
        names(as_viewer, segment=segments["either"].pk)
