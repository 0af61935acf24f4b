"""The start page: right numbers, links to exactly those rows, only what one may see, few queries."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from config.counts import counts
from config.dashboard import DAYS, MAX_ROWS_SHOWN, greet
from contracts.models import Contract, ContractStage
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError
from partners.models import Partner, PartnerGroup, ProspectingStage
from partners.stage_edits.services import apply_edit, choose, plan, undo_edit
from segments.models import Segment, SegmentDay
from segments.organizing import turn_favourite
from tests.config.start_page import START, dashboard, definition, in_days, text_of
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, UserFactory
from tests.partners.imports.files import checked, csv_file, imported
from tests.queries import OF_A_BLOCK, OF_A_PAGE
from tests.segments.forms import saved
from tests.segments.query.test_slow_questions import stopping

pytestmark = pytest.mark.django_db


def make_program(size):
    """Every stage, a broken segment, contracts that end soon and a history, `size` times over."""
    for number in range(size):
        group = PartnerGroupFactory()
        for stage in ProspectingStage:
            PartnerFactory(prospecting_stage=stage, groups=[group], original_joined_date=in_days(-number))
        for stage in ContractStage:
            ContractFactory(stage=stage, start_date=in_days(-90), end_date=in_days(number))
        Segment.objects.create(
            name=f"Of {group}", definition=definition("partner_group", [group.pk]), partner_count=1
        )
        Segment.objects.create(name=f"Not of {group}", definition={"version": 2})


def log(user, row, action=CHANGE):
    LogEntry.objects.log_actions(user.pk, [row], action, single_object=True)


def log_all(user):
    for row in (Partner.objects.first(), PartnerGroup.objects.first(), Contract.objects.first(), user):
        log(user, row)


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (4, "Good morning"),
        (11, "Good morning"),
        (12, "Good afternoon"),
        (17, "Good afternoon"),
        (18, "Good evening"),
        (3, "Good evening"),
    ],
)
def test_the_greeting_knows_the_hour(hour, words):
    assert greet(hour, "") == words
    assert greet(hour, "Ada") == f"{words}, Ada"


def test_one_is_greeted_by_ones_first_name_and_told_how_old_the_numbers_are(as_editor, editor):
    editor.first_name = "<Ada>"
    editor.save()
    page = as_editor.get(START).content.decode()
    assert ", &lt;Ada&gt;</h1>" in page
    assert re.search(r"data as of \d\d:\d\d", page)


def test_the_cards_count_partners_joined_first_joins_and_endings(as_editor):
    for days in (0, -29, -30, 1):
        PartnerFactory(prospecting_stage="joined", original_joined_date=in_days(days))
    PartnerFactory.create_batch(2, original_joined_date=None)
    partner = Partner.objects.first()
    for days in (-1, 0, 29, 30):
        ContractFactory(partner=partner, stage="joined", end_date=in_days(days))
    ContractFactory(partner=partner, stage="suspended", end_date=in_days(3))
    ContractFactory(partner=partner, stage="joined", end_date=None)
    shown = dashboard(as_editor)
    assert (shown.partners.total, shown.partners.joined, shown.partners.joined_share) == (6, 4, "67")
    assert shown.partners.first_joined == 2
    assert (shown.contracts.total, shown.contracts.ending) == (6, 2)
    assert [contract.end_date for contract in shown.contracts.ending_first] == [in_days(0), in_days(29)]


def test_a_small_share_is_not_called_none(as_editor):
    PartnerFactory(prospecting_stage="joined")
    PartnerFactory.create_batch(100)
    assert dashboard(as_editor).partners.joined_share == "<1"
    assert "<1 % of all" in text_of(as_editor.get(START))


def test_every_bar_links_to_exactly_the_rows_that_it_counts(as_editor):
    make_program(1)
    PartnerFactory.create_batch(3, prospecting_stage="outreach")
    shown = dashboard(as_editor)
    assert [bar.stage for bar in shown.partners.bars] == list(ProspectingStage)
    assert [bar.stage for bar in shown.contracts.bars] == list(ContractStage)
    for bar in (*shown.partners.bars, *shown.contracts.bars):
        rows = as_editor.get(bar.url).context["cl"].queryset
        assert len(rows) == bar.number
        assert {getattr(row, "prospecting_stage", None) or row.stage for row in rows} == {bar.stage}


def test_the_longest_bar_is_full_and_the_others_are_their_share_of_it(as_editor):
    PartnerFactory.create_batch(4, prospecting_stage="new")
    PartnerFactory(prospecting_stage="joined")
    widths = {bar.stage: bar.width for bar in dashboard(as_editor).partners.bars}
    assert widths["new"] == "100.00%"
    assert widths["joined"] == "25.00%"
    assert widths["expired"] == "0.00%"


def test_the_contracts_that_end_soon_link_to_a_list_of_exactly_those(as_editor):
    make_program(1)
    soon = [ContractFactory(stage="joined", end_date=in_days(days)).pk for days in (0, 29)]
    for days in (-1, 30):
        ContractFactory(stage="joined", end_date=in_days(days))
    soon.append(Contract.objects.get(stage="joined", end_date=in_days(0), start_date=in_days(-90)).pk)
    contracts = dashboard(as_editor).contracts
    answer = as_editor.get(contracts.ending_url)
    assert answer.status_code == 200
    assert {row.pk for row in answer.context["cl"].queryset} == set(soon)
    assert contracts.ending == len(soon)


def test_segments_show_their_stored_sizes_by_last_change(as_editor):
    now = timezone.now()
    for number in range(MAX_ROWS_SHOWN + 2):
        Segment.objects.create(
            name=f"Segment {number}", definition=definition(), partner_count=1_000 + number, counted_at=now
        )
    Segment.objects.filter(name="Segment 0").update(changed_at=now + timedelta(hours=1), partner_count=None)
    page = text_of(as_editor.get(START))
    shown = dashboard(as_editor).segments
    latest = [line.segment.name for line in shown.latest]
    assert latest == ["Segment 0", *(f"Segment {number}" for number in range(9, 2, -1))]
    assert "All 10 segments" in page
    assert "1,009 partners of Segment 9" in page
    assert "— partners of Segment 0" in page
    assert f'href="{reverse("admin:segments_segment_changelist")}"' in as_editor.get(START).content.decode()


def test_favourites_come_before_what_was_changed_last(as_editor, editor, viewer):
    first, second = saved("First"), saved("Second")
    turn_favourite(segment=first, user=editor)
    turn_favourite(segment=second, user=viewer)
    assert [line.segment.name for line in dashboard(as_editor).segments.latest] == ["First", "Second"]
    assert as_editor.get(START).content.decode().count('aria-label="Favourite"') == 1


def test_of_tracked_segments_the_change_of_seven_days_is_told_with_a_curve(as_editor):
    tracked, _other = saved("Tracked"), saved("Other")
    assert "7 days" not in text_of(as_editor.get(START))
    for days_ago, size, entered, left in ((9, 5, 5, 0), (2, 7, 3, 1), (0, 8, 1, 0)):
        SegmentDay.objects.create(
            segment=tracked, day=in_days(-days_ago), size=size, entered=entered, left=left
        )
    lines = {line.segment.name: line for line in dashboard(as_editor).segments.latest}
    assert (lines["Tracked"].lately.entered, lines["Tracked"].lately.left) == (4, 1)
    assert [one.size for one in lines["Tracked"].lately.days] == [5, 7, 8]
    assert lines["Other"].lately is None
    page = as_editor.get(START).content.decode()
    assert page.count('class="spark"') == 1
    assert page.count('<td class="aside" data-label="7 days"></td>') == 1
    assert "4 entered" in page
    assert f'href="{reverse("admin:segments_segment_changes", args=[tracked.pk])}"' in page
    assert "7 days" in page


def test_where_counting_takes_too_long_the_page_says_so_and_goes_without(as_editor, monkeypatch):
    make_program(1)
    monkeypatch.setattr("config.counts.time_limit", stopping(TooSlowError))
    page = text_of(as_editor.get(START))
    assert "Counting partners and contracts takes too long just now." in page
    assert "Partners by prospecting stage" not in page
    assert "First steps" not in page
    assert "Segments needing attention" in page


def test_ones_recent_work_links_to_what_is_still_there(as_editor, editor, superuser):
    partner, gone, group = PartnerFactory(), PartnerFactory(), PartnerGroupFactory()
    log(editor, partner, ADDITION)
    log(editor, gone)
    log(editor, gone, DELETION)
    gone_name = str(gone)
    gone.delete()
    log(editor, group)
    log(editor, superuser)
    log(superuser, partner)
    LogEntry.objects.create(user=editor, action_flag=CHANGE, object_repr="Of no kind", object_id="x")
    work = dashboard(as_editor).work
    assert [(deed.what, bool(deed.url)) for deed in work] == [
        ("Of no kind", False),
        ("superuser", False),
        (str(group), True),
        (gone_name, False),
        (gone_name, False),
        (str(partner), True),
    ]
    for deed in work:
        if deed.url:
            assert as_editor.get(deed.url).status_code == 200


def test_bulk_edits_undos_and_imports_are_ones_work_too(as_superuser, superuser, as_editor, editor):
    contract = ContractFactory(stage="joined")
    edit = choose(rows=Contract.objects.all(), user=superuser)
    plan(edit=edit, to="expired", why="It ended")
    edit.refresh_from_db()
    choose(rows=Contract.objects.all(), user=superuser)
    edit = apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=superuser)
    log(superuser, contract)
    undo = undo_edit(edit=edit, why="", user=superuser)
    names = csv_file(["Partner ID", "Name"], [1, "A"], [2, "B"], [3, ""])
    imported(names, user=superuser, name="week 7.csv")
    imported(names, user=editor, name="others.csv")
    checked(names, user=superuser, name="never confirmed.csv")
    work = dashboard(as_superuser).work
    assert [(deed.what, deed.detail) for deed in work] == [
        ("week 7.csv", "2 rows imported"),
        (f"Undo of stage edit {edit.pk}", "1 contract and 1 partner put back"),
        (contract.number, "Contract changed"),
        (f"Stage edit {edit.pk}", "1 contract moved to Expired, and 1 partner along"),
    ]
    for deed in work:
        assert as_superuser.get(deed.url).status_code == 200
    assert f"/stageedit/{undo.pk}/" in work[1].url
    assert [(deed.what, bool(deed.url)) for deed in dashboard(as_editor).work] == [("others.csv", True)]
    editor.user_permissions.clear()
    assert [(deed.what, deed.url) for deed in dashboard(as_editor).work] == [("others.csv", "")]


def test_of_ones_work_only_the_last_is_listed(as_editor, editor):
    for partner in PartnerFactory.create_batch(MAX_ROWS_SHOWN + 1):
        log(editor, partner)
    assert len(dashboard(as_editor).work) == MAX_ROWS_SHOWN


def test_a_viewer_may_look_but_not_create(as_viewer, as_editor):
    make_program(1)
    assert dashboard(as_viewer).segments.total == 2
    assert "Create Segment" not in as_viewer.get(START).content.decode()
    assert "Create Segment" in as_editor.get(START).content.decode()


@pytest.mark.parametrize(
    ("rights", "parts"),
    [
        (["view_partner"], {"partners"}),
        (["change_contract"], {"contracts"}),
        (["view_segment"], set()),
        (["view_partner", "view_contract", "view_segment"], {"partners", "contracts", "segments"}),
    ],
)
def test_each_part_is_for_those_who_may_see_it(client, rights, parts):
    make_program(1)
    user = UserFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    shown = dashboard(client)
    assert {part for part in ("partners", "contracts", "segments") if getattr(shown, part)} == parts
    page = text_of(client.get(START))
    assert ("Partners by prospecting stage" in page) == ("partners" in parts)
    assert ("Contracts by stage" in page) == ("contracts" in parts)
    assert ("Segments needing attention" in page) == ("segments" in parts)


def test_an_outsider_is_told_whom_to_ask_and_no_number(as_outsider):
    make_program(1)
    page = text_of(as_outsider.get(START))
    assert "Ask the person who manages the users" in page
    for words in ("Partners", "Your recent work", "data as of"):
        assert words not in page


def test_an_empty_program_begins_with_an_import(as_editor):
    answer = as_editor.get(START)
    page = text_of(answer)
    assert [step.title for step in answer.context["dashboard"].steps] == [
        "Import partners",
        "Look at them",
        "Create the first segment",
    ]
    assert answer.content.decode().count(f'href="{reverse("admin:partners_import_add")}?kind=partners"') == 1
    for words in ("yet", "Nothing", "Joined", "Your recent work"):
        assert words not in page


def test_the_first_steps_stay_until_there_is_a_segment(as_editor):
    PartnerFactory()
    first, second, third = dashboard(as_editor).steps
    assert (first.done, first.url) == (True, "")
    assert as_editor.get(second.url).status_code == as_editor.get(third.url).status_code == 200
    assert "Partners by prospecting stage" in text_of(as_editor.get(START))
    saved()
    assert dashboard(as_editor).steps == []


def test_who_may_not_import_is_told_that_there_is_nothing_yet(as_viewer):
    page = text_of(as_viewer.get(START))
    assert page.count("No partners yet") == 1
    assert "First steps" not in page


def test_only_what_the_sidebar_does_not_lead_to_is_listed_below(as_superuser, client):
    assert as_superuser.get(START).context["app_list"] == []
    assert "Permission groups" in text_of(as_superuser.get(START))
    user = UserFactory()
    user.user_permissions.set(Permission.objects.filter(codename="add_partner"))
    client.force_login(user)
    [app] = client.get(START).context["app_list"]
    assert [model["object_name"] for model in app["models"]] == ["Partner"]


@pytest.mark.parametrize(
    ("name", "cold", "warm"), [("superuser", 20, 18), ("editor", 21, 19), ("outsider", 6, 6)]
)
def test_the_queries_do_not_grow_with_the_data(request, name, cold, warm, django_assert_num_queries):
    client, user = request.getfixturevalue(f"as_{name}"), request.getfixturevalue(name)
    for size in (1, 10):
        make_program(size)
        PartnerFactory.create_batch(size, owner=user, next_step="Call", next_step_date=in_days(-1))
        log_all(user)
        cache.clear()
        with django_assert_num_queries(cold + OF_A_PAGE + (OF_A_BLOCK if cold > warm else 0)):
            client.get(START)
        with django_assert_num_queries(warm + OF_A_PAGE):
            client.get(START)


def test_counts_are_kept_for_a_while(django_assert_num_queries):
    moment = Moment.now()
    PartnerFactory()
    with django_assert_num_queries(2 + OF_A_BLOCK):
        first = counts(moment, DAYS)
    PartnerFactory()
    with django_assert_num_queries(0):
        assert counts(moment, DAYS) == first
    cache.clear()
    assert counts(moment, DAYS).partners == {"new": 2}


def test_an_empty_program_is_counted_anew_each_time():
    assert counts(Moment.now(), DAYS).partners == {}
    PartnerFactory()
    assert counts(Moment.now(), DAYS).partners == {"new": 1}


def test_what_changed_is_told_since_midnight(as_editor):
    PartnerFactory(last_transition_date=timezone.localdate())
    page = as_editor.get(reverse("admin:index")).content.decode()
    today = date_format(timezone.localdate())
    assert re.search(rf"Changed today</h2>\s*<span[^>]*>since <time[^>]*>{today}, 00:00</time>", page)
