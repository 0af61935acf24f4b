"""What the database holds true of partners and groups."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from partners.core.badges import Tone
from partners.models import Membership, Partner, ProspectingStage, reserve_partner_ids
from tests.factories import PartnerFactory, PartnerGroupFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    "values",
    [
        {"prospecting_stage": "unheard_of"},
        {"prospecting_stage": ""},
        {"business_model": "unheard_of"},
        {"id": 0},
        {"id": -7},
    ],
)
def test_the_database_refuses_an_impossible_partner(values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Partner.objects.bulk_create([Partner(name="Vela", **values)])


def test_the_database_refuses_an_unknown_stage_in_an_update():
    PartnerFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Partner.objects.update(prospecting_stage="unheard_of")


def test_the_database_refuses_a_doubled_membership():
    partner = PartnerFactory(groups=[PartnerGroupFactory()])
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(partner=partner, group=partner.groups.get())


def test_a_membership_shows_who_is_in_what():
    group = PartnerGroupFactory()
    partner = PartnerFactory(id=700123, groups=[group])
    assert str(partner.memberships.get()) == f"700123 in {group.pk}"


def test_a_partner_without_an_id_is_given_one():
    assert PartnerFactory().pk > 0


def test_a_partner_id_that_was_brought_along_is_never_given_out_again():
    brought = PartnerFactory().pk + 1
    PartnerFactory(id=brought)
    assert PartnerFactory().pk > brought


def test_a_low_partner_id_does_not_turn_the_numbering_back():
    high = PartnerFactory(id=900_000).pk
    PartnerFactory(id=17)
    assert PartnerFactory().pk > high


def test_reserved_partner_ids_are_not_given_out_after_a_bulk_import():
    Partner.objects.bulk_create([Partner(id=800_000, name="Imported")])
    reserve_partner_ids(up_to=800_000)
    assert PartnerFactory().pk > 800_000


def test_saving_a_partner_again_reserves_nothing(django_assert_num_queries):
    partner = PartnerFactory()
    with django_assert_num_queries(2):  # one asks for the stored stage
        partner.save()


def test_the_rows_of_a_deleted_partner_go_with_it():
    partner = PartnerFactory(groups=[PartnerGroupFactory()])
    partner.delete()
    assert not Membership.objects.exists()


def test_the_first_joining_is_written_down():
    partner = PartnerFactory.build(prospecting_stage=ProspectingStage.JOINED)
    partner.note_transition(on=TODAY)
    assert (partner.last_transition_date, partner.original_joined_date) == (TODAY, TODAY)


def test_joining_again_keeps_the_original_joined_date():
    first = date(2024, 3, 11)
    partner = PartnerFactory.build(prospecting_stage=ProspectingStage.JOINED, original_joined_date=first)
    partner.note_transition(on=TODAY)
    assert (partner.last_transition_date, partner.original_joined_date) == (TODAY, first)


def test_another_transition_joins_nobody():
    partner = PartnerFactory.build(prospecting_stage=ProspectingStage.OUTREACH)
    partner.note_transition(on=TODAY)
    assert (partner.last_transition_date, partner.original_joined_date) == (TODAY, None)


def test_there_are_eight_prospecting_stages_that_say_what_they_mean():
    assert [stage.label for stage in ProspectingStage] == [
        "New",
        "Outreach",
        "Negotiating",
        "Rejected by Partner",
        "Rejected by You",
        "Joined",
        "Expired",
        "Suspended",
    ]
    assert all(stage.meaning and stage.tone in Tone for stage in ProspectingStage)


def test_partners_are_indexed_by_name():
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, Partner._meta.db_table)
    assert constraints["partner_name_idx"]["columns"] == ["name_folded", "id"]
