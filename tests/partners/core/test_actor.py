"""Who did it, as records keep it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from partners.core.actor import Actor, acting_as
from partners.models import Export, Partner, PartnerStageChange
from tests.factories import PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_user_is_kept_with_the_name_a_script_by_name_alone():
    user = UserFactory(username="ada")
    assert Actor(user).stamp() == {"user_id": user.pk, "user_name": "ada"}
    assert Actor("nightly import").stamp() == {"user_id": None, "user_name": "nightly import"}
    assert Actor(AnonymousUser()).stamp() == Actor().stamp() == {"user_id": None, "user_name": ""}


def test_the_name_stays_when_the_user_is_deleted():
    user = UserFactory(username="ada")
    with acting_as(user):
        partner = PartnerFactory()
        Partner.objects.update(prospecting_stage="joined")
        export = Export.begin(what="Partners", asked="", columns=[], format="csv")
    assert {change.user for change in partner.stage_changes.all()} == {user}
    assert export.actor == user
    user.delete()
    export.refresh_from_db()
    assert (export.user, export.user_name, export.actor) == (None, "ada", "ada")
    changes = PartnerStageChange.objects.values_list("user", "user_name", "to_stage").order_by("pk")
    assert list(changes) == [(None, "ada", "new"), (None, "ada", "joined")]
