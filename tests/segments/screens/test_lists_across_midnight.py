"""What a page leads on to speaks of the same day as the page, though midnight passes in between."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse

from partners.core.moment import Moment
from segments.models import Segment
from segments.screens.overlap import address as compared
from tests.factories import PartnerFactory
from tests.segments.forms import ADD, any_of, asks, change, fields_of, form, partners_of, saved, text_of

pytestmark = pytest.mark.django_db

DAY, NEXT_DAY = date(2026, 11, 28), date(2026, 11, 29)
JOINED_TODAY = any_of([asks("original_joined_date", "within", {"last": 1})]) | {"version": 2}


@pytest.fixture
def clock(monkeypatch):
    """Says which time it is; it is just before midnight to begin with."""

    def it_is(day, hour):
        moment = Moment(datetime(day.year, day.month, day.day, hour, 59, 59, 900_000, UTC), UTC)
        monkeypatch.setattr(Moment, "now", classmethod(lambda _cls: moment))

    it_is(DAY, 23)
    return it_is


@pytest.fixture
def segment(clock):
    """Two joined before midnight, and one afterwards."""
    for name, day in (("Before 1", DAY), ("Before 2", DAY), ("After", NEXT_DAY)):
        PartnerFactory(name=name, original_joined_date=day)
    return saved("Joined today", JOINED_TODAY)


def names(page):
    assert page.status_code == 200
    return [partner.name for partner in page.context["page"].partners]


def link(page, pattern):
    """The address of the first link with this in its tag."""
    found = re.search(rf"<a [^>]*{pattern}[^>]*>", text_of(page))
    assert found, pattern
    return unescape(re.search('href="([^"]*)"', found[0])[1])


def carried(page):
    """What the page sends along of its day."""
    return dict(re.findall('<input type="hidden"[^>]* name="(as_of)" value="([^"]*)">', text_of(page)))


def listed(client, clock, address):
    """The list as it was opened before midnight; midnight passes then."""
    page = client.get(address)
    clock(NEXT_DAY, 0)
    return page


def test_the_next_page_and_the_one_before_are_of_the_day_of_the_first(
    as_viewer, clock, segment, change_limits
):
    change_limits(segment_list_page_rows=1)
    first = listed(as_viewer, clock, partners_of(segment))
    second = as_viewer.get(partners_of(segment) + link(first, 'rel="next"'))
    assert (names(first), names(second)) == (["Before 1"], ["Before 2"])
    assert "2–2 of 2" in text_of(second)
    assert names(as_viewer.get(partners_of(segment) + link(second, 'rel="prev"'))) == ["Before 1"]


def test_a_list_of_an_earlier_day_says_so_and_leads_to_today(as_viewer, clock, segment):
    first = listed(as_viewer, clock, partners_of(segment))
    assert "Today is" not in text_of(first)
    later = as_viewer.get(partners_of(segment), {"sort": "-name", **carried(first)})
    assert names(later) == ["Before 2", "Before 1"]
    assert "Today is 28 Nov 2026 in this list" in text_of(later)
    assert names(as_viewer.get(partners_of(segment))) == ["After"]


def test_the_file_holds_what_the_list_shows(as_viewer, clock, segment):
    first = listed(as_viewer, clock, partners_of(segment))
    page = as_viewer.get(
        reverse("admin:segments_segment_export", args=[segment.pk]) + link(first, "export").split("/")[-1]
    )
    assert "2 partners" in text_of(page)
    assert "as_of=2026-11-28" in page.context["back"]


def test_why_somebody_is_in_the_list_is_said_of_its_day(as_viewer, clock, segment):
    first = listed(as_viewer, clock, partners_of(segment))
    page = as_viewer.get(
        reverse("admin:segments_segment_why", args=[segment.pk]), {"look_for": "Before 1", **carried(first)}
    )
    assert page.context["why"].explanation.is_in
    several = as_viewer.get(page.request["PATH_INFO"], {"look_for": "Before", **carried(first)})
    one = as_viewer.get(page.request["PATH_INFO"] + link(several, "explain="))
    assert one.context["why"].explanation.is_in
    assert "as_of=2026-11-28" in page.context["back"]


@pytest.mark.parametrize(("button", "number"), [("see_all", "of 2<"), ("export", "2 partners")])
def test_the_list_of_a_draft_is_of_the_day_of_the_preview(as_editor, clock, segment, button, number):
    preview = as_editor.post(ADD, form(JOINED_TODAY, "preview", name="Draft"))
    assert preview.context["preview"].count == 2
    clock(NEXT_DAY, 0)
    answer = as_editor.post(ADD, fields_of(preview) | carried(preview) | {button: "1"})
    assert number in text_of(as_editor.get(answer["Location"]))


def test_the_parts_below_a_preview_are_of_its_day_and_a_new_preview_is_of_today(as_editor, clock, segment):
    preview = as_editor.post(ADD, form(JOINED_TODAY, "preview", name="Draft"))
    clock(NEXT_DAY, 0)

    def part(name):
        headers = {"HX-Request": "true", "HX-Target": name}
        return as_editor.post(ADD, fields_of(preview) | carried(preview), headers=headers).context

    assert part("builder-funnel")["funnel"].groups[0].size == 2
    assert part("builder-preview")["preview"].count == 1


def test_the_builder_saves_as_of_now_whatever_the_page_or_its_address_carries(as_editor, clock, segment):
    page = as_editor.get(change(segment), {"as_of": "2026-11-27"})
    clock(NEXT_DAY, 0)
    fields = fields_of(page) | {"name": "Renamed", "as_of": "2026-11-28", "save": "1"}
    assert as_editor.post(f"{change(segment)}?as_of=2026-11-28", fields).status_code == 302
    assert Segment.objects.get().partner_count == 1


def test_the_parts_of_a_comparison_are_of_its_day(as_viewer, clock, segment):
    other = saved("Everybody", any_of([asks("prospecting_stage", "any_of", ["new"])]))
    page = as_viewer.get(compared([segment.pk, other.pk]))
    clock(NEXT_DAY, 0)
    both = next(part for part in page.context["parts"] if part.letters == "AB")
    found = as_viewer.get(both.address)
    assert len(names(found)) == both.number == 2
    again = as_viewer.get(found.context["back"]).context["parts"]
    assert next(part for part in again if part.letters == "AB").number == 2
    assert len(names(as_viewer.get(link(page, f"/{segment.pk}/partners/")))) == 2


def test_those_who_enter_and_leave_between_versions_are_of_the_day_of_the_comparison(
    as_viewer, clock, segment
):
    segment.definition = any_of([asks("partner_id", "any_of", [404])])
    segment.save()
    page = as_viewer.get(
        reverse("admin:segments_segment_compare", args=[segment.pk]), {"old": "1", "new": "2"}
    )
    clock(NEXT_DAY, 0)
    assert names(as_viewer.get(page.context["left"])) == ["Before 1", "Before 2"]


@pytest.mark.parametrize(
    "carried",
    [
        "",
        "2026-11-30",
        "2026-11-21",
        "0001-01-01",
        "9999-12-31",
        "2026-02-30",
        "yesterday",
        "nul\0",
        "1" * 5000,
        "\ud83d",
    ],
)
def test_a_day_that_no_page_can_have_carried_is_today(as_viewer, clock, segment, carried):
    clock(NEXT_DAY, 0)
    page = as_viewer.get(partners_of(segment), {"as_of": carried.encode(errors="surrogatepass")})
    assert names(page) == ["After"]
    assert page.context["as_of"] == "2026-11-29"


def test_a_page_that_stays_open_for_a_week_goes_on_with_its_day(as_viewer, clock, segment):
    clock(DAY + timedelta(days=7), 0)
    assert len(names(as_viewer.get(partners_of(segment), {"as_of": "2026-11-28"}))) == 2
