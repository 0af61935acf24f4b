"""What waits on the start page, and what has changed today: right numbers, links to exactly those rows."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from partners.models import Import, Partner
from partners.stage_edits.services import apply_edit, choose, plan
from segments.models import Segment, SegmentDay
from tests.config.start_page import START, dashboard, definition, in_days, text_of
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory
from tests.partners.imports.files import csv_file, imported
from tests.segments.forms import saved

pytestmark = pytest.mark.django_db


def test_a_segment_that_needs_attention_waits_for_those_who_may_mend_it(as_editor, as_viewer):
    group = PartnerGroupFactory()
    Segment.objects.create(name="In order", definition=definition())
    broken = Segment.objects.create(name="Lapsed", definition=definition("partner_group", [group.pk + 1]))
    [line] = dashboard(as_editor).waiting
    assert line.title == "1 segment needs attention"
    assert line.url == reverse("admin:segments_segment_partners", args=[broken.pk])
    assert "Lapsed : Partner Group names what has been deleted" in text_of(as_editor.get(START))
    Segment.objects.create(name="Older", definition={"version": 2})
    shown = dashboard(as_editor)
    [line] = shown.waiting
    assert line.title == "2 segments need attention"
    for url in (line.url, shown.segments.attention_url):
        rows = as_editor.get(url).context["cl"].queryset
        assert {row.name for row in rows} == {"Lapsed", "Older"}
    assert dashboard(as_viewer).waiting == []
    assert len(dashboard(as_viewer).segments.attention) == 2


def test_next_steps_that_are_due_wait_ones_own_first(as_viewer, viewer, editor):
    for owner, days in (
        (viewer, -2),
        (viewer, -1),
        (viewer, 0),
        (viewer, 1),
        (editor, -3),
        (None, -4),
        (editor, 0),
    ):
        PartnerFactory(name=f"In {days}", owner=owner, next_step="Call", next_step_date=in_days(days))
    lines = dashboard(as_viewer).waiting
    assert [(line.title, line.details) for line in lines] == [
        ("2 of your next steps are overdue", [("In -2", "Call"), ("In -1", "Call")]),
        ("1 of your next steps is for today", [("In 0", "Call")]),
        ("4 next steps are overdue altogether", [("In -4", "Call"), ("In -3", "Call"), ("In -2", "Call")]),
    ]
    for line in lines:
        assert len(as_viewer.get(line.url).context["cl"].queryset) == int(line.title.split()[0])


def test_next_steps_of_others_are_not_said_twice(as_viewer, viewer):
    PartnerFactory(owner=viewer, next_step="Call", next_step_date=in_days(-1))
    assert [line.title for line in dashboard(as_viewer).waiting] == ["1 of your next steps is overdue"]


def test_contracts_that_end_wait_with_the_first_of_their_partners(as_viewer):
    for days in range(5, 0, -1):
        partner = PartnerFactory(name=f"In {days}")
        ContractFactory(partner=partner, stage="joined", end_date=in_days(days))
    [line] = dashboard(as_viewer).waiting
    assert line.title == "5 contracts end in the next 30 days"
    assert [name for _day, name in line.details] == ["In 1", "In 2", "In 3"]
    assert line.details[0][0] == date_format(in_days(1))
    assert len(as_viewer.get(line.url).context["cl"].queryset) == 5


def test_nothing_waits_and_nothing_changed_on_a_quiet_day(as_viewer):
    Partner.objects.bulk_create([Partner(name="Old")])
    page = text_of(as_viewer.get(START))
    assert "Nothing waits for you." in page
    assert "Nothing has changed today." in page


def test_what_moved_today_links_to_exactly_those_rows(as_editor):
    before = timezone.now() - timedelta(days=1)
    for stage in ("new", "new", "outreach"):
        PartnerFactory(prospecting_stage="negotiating", last_transition_date=in_days(-1)).save()
        Partner.objects.filter(pk=Partner.objects.last().pk).update(prospecting_stage=stage)
    PartnerFactory(prospecting_stage="joined", last_transition_date=in_days(-1))
    ContractFactory(partner=Partner.objects.first(), stage="joined")
    ContractFactory(partner=Partner.objects.first(), stage="expired", stage_since=before - timedelta(days=1))
    partners, contracts = dashboard(as_editor).news
    assert (partners.number, partners.what) == ("3", "partners changed stage")
    assert (contracts.number, contracts.what) == ("1", "contract came into its stage")
    assert [part.text for part in partners.parts] == ["2 New", "1 Outreach"]
    for one in (partners, contracts, *partners.parts, *contracts.parts):
        number = int((getattr(one, "number", "") or one.text).split()[0])
        assert len(as_editor.get(one.url).context["cl"].queryset) == number, one


def test_imports_bulk_edits_and_saved_segments_of_today_are_news(
    as_superuser, superuser, as_editor, as_viewer
):
    imported(csv_file(["Partner ID", "Name"], [1, "A"], [2, "B"]), user=superuser, name="week 7.csv")
    imported(csv_file(["Partner ID", "Name"], [3, "C"]), user=superuser, name="old.csv")
    long_ago = timezone.now() - timedelta(days=2)
    Import.objects.filter(file_name="old.csv").update(applied_at=long_ago)
    edit = choose(rows=Partner.objects.filter(pk=1), user=superuser)
    plan(edit=edit, to="outreach", why="")
    apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=superuser)
    saved("Of today")
    old = saved("Of old")
    Segment.objects.filter(pk=old.pk).update(changed_at=long_ago)
    news = dashboard(as_superuser).news
    words = [f"{one.number} {one.what}" for one in news]
    assert words == [
        "1 partner changed stage",
        "1 file was imported",
        "1 bulk edit of stages",
        "1 segment was saved",
    ]
    assert news[1].parts[0].text.startswith("week 7.csv (2 rows, ")
    assert news[2].parts[0].text == "1 partner moved to Outreach"
    for one in news:
        for url in (one.url, *(part.url for part in one.parts)):
            assert as_superuser.get(url).status_code == 200
    assert [one.what for one in dashboard(as_editor).news] == [news[0].what, news[1].what, news[3].what]
    assert [one.what for one in dashboard(as_viewer).news] == [news[0].what, news[3].what]


def test_segments_that_moved_leave_out_the_half_that_is_zero(as_viewer):
    for name, entered, left in (("Both", 40, 2), ("In", 4, 0), ("Out", 0, 1_200), ("Still", 0, 0)):
        segment = saved(name)
        SegmentDay.objects.create(
            segment=segment, day=timezone.localdate(), size=5, entered=entered, left=left
        )
    [moved] = [one for one in dashboard(as_viewer).news if "tracked" in one.what]
    assert moved.number == "3"
    assert [part.text for part in moved.parts] == [
        "Out \N{MINUS SIGN}1,200",
        "Both +40 \N{MINUS SIGN}2",
        "In +4",
    ]
