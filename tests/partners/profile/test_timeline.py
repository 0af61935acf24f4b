"""What happened with a partner, in the order of time."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from partners.core.actor import acting_as
from partners.core.extensions import EXTENSIONS, extend
from partners.models import Partner
from partners.profile import timeline as module
from partners.profile.timeline import timeline
from tests.factories import ContractFactory, NoteFactory, PartnerFactory

pytestmark = pytest.mark.django_db


def address(partner, query=""):
    return f"{reverse('admin:partners_partner_change', args=[partner.pk])}{query}"


def events(client, partner, query=""):
    """The text of each event."""
    page = client.get(address(partner, query)).content.decode()
    listed = page.partition('<ol class="timeline">')[2].partition("</ol>")[0]
    return [" ".join(re.sub("<[^>]+>", " ", one).split()) for one in listed.split("<li>")[1:]]


@pytest.fixture
def aurora(db):
    aurora = PartnerFactory(name="Aurora", last_transition_date=date(2024, 1, 5))
    ContractFactory(
        number="S-1", partner=aurora, stage="expired", start_date=date(2025, 2, 3), end_date=date(2025, 8, 1)
    )
    NoteFactory(partner=aurora, happened_on=date(2025, 5, 6), text="Spring went well.")
    with acting_as("mara", why="they signed"):
        aurora.prospecting_stage = "joined"
        aurora.save()
    return aurora


def test_all_that_happened_is_told_newest_first(as_viewer, aurora):
    told = events(as_viewer, aurora)
    days = [re.match(r"\d+ \w+ \d{4}", one)[0] for one in told]
    assert days == sorted(days, key=lambda day: datetime.strptime(day, "%d %b %Y"), reverse=True)  # noqa: DTZ007 - days alone
    whole = "\n".join(told)
    for part in ("Joined", "from New", "by mara", "“ they signed ”", "S-1 : Ended", "S-1 : Started"):
        assert part in whole, part
    assert "6 May 2025 Call by mara Spring went well." in whole


def test_nothing_is_told_that_is_still_to_come(as_viewer):
    partner = PartnerFactory()
    next_year = timezone.localdate() + timedelta(days=365)
    ContractFactory(number="S-7", partner=partner, start_date=date(2025, 2, 3), end_date=next_year)
    told = events(as_viewer, partner)
    assert any("S-7 : Started" in one for one in told)
    assert not any("Ends" in one for one in told)


@pytest.mark.parametrize(
    ("only", "part", "number"), [("notes", "Spring", 1), ("stages", "New", 2), ("contracts", "S-1", 3)]
)
def test_the_timeline_is_narrowed_to_one_kind(as_viewer, aurora, only, part, number):
    told = events(as_viewer, aurora, f"?only={only}")
    assert len(told) == number
    assert all(part in one for one in told)


def test_a_kind_that_there_is_not_narrows_nothing(as_viewer, aurora):
    assert events(as_viewer, aurora, "?only=%00") == events(as_viewer, aurora)


def test_contracts_are_told_to_those_who_may_see_them(as_outsider, outsider, aurora):
    outsider.user_permissions.set(Permission.objects.filter(codename="view_partner"))
    told = events(as_outsider, aurora)
    assert any("Spring went well." in one for one in told)
    assert not any("S-1" in one for one in told)
    assert "?only=contracts" not in as_outsider.get(address(aurora)).content.decode()


def test_many_events_are_cut_until_all_are_asked_for(as_viewer, change_limits):
    partner = PartnerFactory(last_transition_date=date(2020, 1, 1))
    NoteFactory.create_batch(module.SHOWN, partner=partner)
    page = as_viewer.get(address(partner)).content.decode()
    assert "See all" in page
    assert len(events(as_viewer, partner)) == module.SHOWN
    assert len(events(as_viewer, partner, "?all=1")) == module.SHOWN + 1
    change_limits(history_max_changes=5)
    shortened = as_viewer.get(address(partner, "?all=1")).content.decode()
    assert "The latest 5 are shown." in shortened


def test_of_one_day_what_was_written_then_stands_at_its_moment(editor):
    partner, noon = PartnerFactory(), datetime(2026, 2, 3, 12, tzinfo=UTC)
    for text, at in (("later", noon + timedelta(hours=1)), ("first", noon), ("after", noon + timedelta(9))):
        NoteFactory(partner=partner, text=text, created_at=at)
    found = timeline(partner, editor, module.SOURCES, only="notes", number=9).events
    assert [event.what.text for event in found] == ["later", "first", "after"]


def test_a_partner_with_whom_nothing_happened_says_so(as_viewer):
    assert "Nothing of this yet." in as_viewer.get(address(PartnerFactory(), "?only=notes")).content.decode()


def test_apps_above_add_events_to_a_filter_of_their_own_or_of_another(
    as_viewer, as_superuser, aurora, monkeypatch
):
    def scanned(partner, user, number):
        yield module.event_at(
            datetime(2026, 2, 3, 12, tzinfo=UTC), module.NOTE_EVENT, NoteFactory.build(text="Scanned.")
        )

    monkeypatch.setitem(EXTENSIONS, Partner, [*EXTENSIONS[Partner]])
    extend(Partner, timeline=[module.TimelineSource("scans", "Scans", scanned)], order=1)
    extend(
        Partner,
        timeline=[module.TimelineSource("stages", "Prospecting", scanned)],
        allowed=lambda user: user.is_superuser,
    )
    assert [bool("Scanned." in one) for one in events(as_viewer, aurora, "?only=scans")] == [True]
    assert not any("Scanned." in one for one in events(as_viewer, aurora, "?only=stages"))
    assert any("Scanned." in one for one in events(as_superuser, aurora, "?only=stages"))
    page = as_superuser.get(address(aurora)).content.decode()
    filters = re.findall(r'href="[^"]*only=(\w+)', page)
    assert filters == ["notes", "scans", "stages", "contracts", "edits", "imports", "segments"]
