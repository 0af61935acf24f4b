"""A run that is held: who would move, confirmed or discarded."""

import tracemalloc

import numpy as np
import pytest
from django.http import QueryDict
from django.urls import reverse

from segments.models import Cause, Run, RunState, Stay
from segments.screens.tracking.held import _named
from segments.tracking import queue
from segments.tracking.feed import Way
from segments.tracking.services import discard
from tests.segments.forms import partners_of, text_of
from tests.segments.tracking.clock import members_now

pytestmark = pytest.mark.django_db


def page_of(segment, name="held"):
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk])


def settle(client, run, **data):
    address = page_of(run.segment, "settle")
    return text_of(client.post(address, {"run": run.pk, **data}, follow=True))


def test_every_tab_says_so_and_leads_to_who_would_move(as_editor, as_viewer, held, tracked):
    page = text_of(as_editor.get(partners_of(tracked)))
    assert "is held until somebody has looked: 1 would enter and 3 would leave" in page
    assert f'href="{page_of(tracked)}"' in page
    assert 'name="confirm"' in page
    assert 'name="confirm"' not in text_of(as_viewer.get(partners_of(tracked)))


def test_a_side_on_which_no_partner_would_move_is_left_out(as_viewer, held, tracked, group):
    group.partners.remove(11)
    Run.objects.update(entered=0)
    page = text_of(as_viewer.get(page_of(tracked)))
    assert "is held until somebody has looked: 3 would leave" in page
    assert "Would leave now" in page
    assert "Would enter now" not in page
    group.partners.add(1, 2, 3)
    assert "No partner would enter or leave now." in text_of(as_viewer.get(page_of(tracked)))


def test_those_who_would_move_are_named_with_their_cause(as_viewer, held, tracked):
    page = text_of(as_viewer.get(page_of(tracked)))
    entering, leaving = page.split("Would leave now")
    assert "Outside 11" in entering
    assert "Data" in entering
    assert all(name in leaving for name in ("Inside 01", "Inside 02", "Inside 03"))
    assert "Inside 04" not in page
    assert Stay.objects.open().count() == 10


def test_very_many_are_named_page_by_page_each_way_by_itself(as_viewer, held, tracked, monkeypatch):
    monkeypatch.setattr("segments.screens.tracking.held.NAMED_A_PAGE", 2)
    answer = as_viewer.get(page_of(tracked))
    entering, leaving = answer.context["moving"]
    assert (entering.before, entering.after, leaving.before) == ("", "", "")
    assert [key for key, _name, _cause in leaving.named] == [1, 2]
    page = text_of(answer)
    assert "\N{MINUS SIGN}3" in page
    assert "1–2 of 3" in page
    entering, leaving = as_viewer.get(page_of(tracked) + leaving.after).context["moving"]
    assert [key for key, _name, _cause in entering.named] == [11]
    assert [key for key, _name, _cause in leaving.named] == [3]
    assert (leaving.before, leaving.after) == ("?left=1#would-have-left", "")


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 40])
def test_a_page_that_is_none_is_one_that_is(as_viewer, held, tracked, page):
    [_entering, leaving] = as_viewer.get(page_of(tracked) + f"?left={page}").context["moving"]
    assert len(leaving.named) == 3


def test_confirmed_it_is_made(as_editor, held, tracked):
    assert "The run is made: 1 entered, 3 left." in settle(as_editor, held, confirm="1")
    assert members_now(tracked) == {4, 5, 6, 7, 8, 9, 10, 11}


def test_discarded_it_comes_to_nothing(as_editor, held, tracked):
    assert "The run is discarded." in settle(as_editor, held, discard="1")
    assert members_now(tracked) == set(range(1, 11))
    assert "No run is held." in text_of(as_editor.get(page_of(tracked), follow=True))


@pytest.mark.parametrize("button", ["confirm", "discard"])
def test_what_is_not_held_any_more_is_left_alone(as_editor, editor, held, tracked, button):
    discard(run=held, user=editor)
    assert "The run is not held any more." in settle(as_editor, held, **{button: "1"})
    assert members_now(tracked) == set(range(1, 11))


@pytest.mark.parametrize("run", ["", "x", "9" * 18, "9" * 40, "-1"])
def test_a_run_that_is_none_is_not_held(as_editor, held, tracked, run):
    answer = as_editor.post(page_of(tracked, "settle"), {"run": run, "confirm": "1"}, follow=True)
    assert "The run is not held any more." in text_of(answer)


def test_without_a_button_nothing_is_done(as_editor, held):
    settle(as_editor, held)
    assert Run.objects.get(pk=held.pk).state == RunState.HELD


def test_that_a_worker_is_at_it_is_told(as_editor, clock, held, tracked):
    Run.objects.create(segment=tracked, kind="manual", due_at=clock.now)
    queue.claim("one", clock.now)
    assert "It is being run just now." in settle(as_editor, held, confirm="1")


def test_a_segment_that_can_not_be_asked_any_more_says_why(as_viewer, held, tracked):
    tracked.definition = {"version": 7}
    tracked.save()
    page = text_of(as_viewer.get(page_of(tracked)))
    assert "notice-error" in page
    assert "Would enter now" not in page


def test_of_very_many_only_the_page_is_unpacked(db):
    by_cause = {Cause.DATA: np.arange(1, 200_001), Cause.DELETED: np.arange(300_001, 300_003)}
    tracemalloc.start()
    side = _named(Way.LEFT, by_cause, QueryDict("left=4000"))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [key for key, _name, _cause in side.named] == list(range(199_951, 200_001))
    assert most < 1_000_000
    last = _named(Way.LEFT, by_cause, QueryDict("left=4001"))
    assert [(key, cause) for key, _name, cause in last.named] == [
        (300_001, Cause.DELETED),
        (300_002, Cause.DELETED),
    ]


def test_a_page_can_be_of_several_causes(db, monkeypatch):
    monkeypatch.setattr("segments.screens.tracking.held.NAMED_A_PAGE", 4)
    by_cause = {cause: np.array(keys) for cause, keys in zip(Cause, ([1], [2, 3], [4], [5, 6]), strict=False)}
    sides = [_named(Way.ENTERED, by_cause, QueryDict(f"entered={page}")) for page in (1, 2)]
    assert [[(key, cause.value) for key, _name, cause in side.named] for side in sides] == [
        [(1, 1), (2, 2), (3, 2), (4, 3)],
        [(5, 4), (6, 4)],
    ]
