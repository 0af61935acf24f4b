"""Segments follow a user who is renamed, and need attention where they name one who isn't there."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from segments.insight.health import health_of
from segments.models import Segment
from segments.renamed_users import follow_rename
from tests.config.test_user_admin import form_of, page_of
from tests.factories import PartnerFactory, UserFactory
from tests.segments.forms import JOINED, LIST, NEW, any_of, asks, saved, text_of
from tests.segments.moments import AT

pytestmark = pytest.mark.django_db


def owned_by(*names, operator="any_of"):
    return asks("owner", operator, list(names))


@pytest.fixture
def mara(db):
    mara = UserFactory(username="mara")
    PartnerFactory(owner=mara)
    return mara


def asked(segment):
    return Segment.objects.get(pk=segment.pk).definition


def test_every_condition_follows_and_the_version_says_who_did_it(mara, superuser):
    others = owned_by("otto", "mara"), owned_by("mara", operator="none_of")
    segment = saved("Hers", any_of([owned_by("mara"), NEW], list(others)))
    untouched = saved("Others", any_of([owned_by("otto", "mara2")], [JOINED]))
    before = segment.versions.count()
    assert follow_rename(old="mara", new="maria", user=superuser) == [segment]
    assert asked(segment) == any_of(
        [owned_by("maria"), NEW], [owned_by("otto", "maria"), owned_by("maria", operator="none_of")]
    )
    assert asked(untouched) == untouched.definition
    assert segment.versions.count() == before + 1
    assert segment.versions.first().user == superuser
    assert "mara is called maria now." in LogEntry.objects.get(object_id=str(segment.pk)).change_message


def test_a_name_that_is_there_already_is_not_named_twice(mara, superuser):
    segment = saved("Both", any_of([owned_by("maria", "mara")]))
    follow_rename(old="mara", new="maria", user=superuser)
    assert asked(segment) == any_of([owned_by("maria")])


@pytest.mark.parametrize(
    "definition", [None, [], {"any": 3}, {"any": [{"all": [{"field": "owner", "value": "mara"}]}]}]
)
def test_what_is_broken_stays_as_it_is(mara, superuser, definition):
    Segment.objects.bulk_create([Segment(name="Broken", definition=definition or {})])
    assert follow_rename(old="mara", new="maria", user=superuser) == []


def test_the_users_screen_does_it_and_says_so(as_superuser, mara):
    segment = saved("Hers", any_of([owned_by("mara")]))
    page = as_superuser.post(page_of(mara), form_of(mara, username="maria"), follow=True)
    assert "1 segment names the user by the new name now: “Hers”." in text_of(page)
    assert asked(segment) == any_of([owned_by("maria")])
    as_superuser.post(page_of(mara), form_of(mara, username="maria", first_name="M"))
    assert segment.versions.count() == 2


def test_a_user_who_is_not_there_needs_attention_in_the_list(as_editor, mara):
    segment = saved("Hers", any_of([owned_by("mara")]))
    mara.delete()
    [health] = health_of([segment], AT).values()
    assert health.attention == ["Owner names users who are not there: mara."]
    page = text_of(as_editor.get(LIST, {"attention": "yes"}))
    assert "Hers" in page
    assert "Owner names users who are not there: mara." in text_of(
        as_editor.get(reverse("admin:segments_segment_partners", args=[segment.pk]))
    )
