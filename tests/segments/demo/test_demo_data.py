"""The made-up program that `demo_data` and `demo_logins` put into an empty database."""

import unicodedata
from io import StringIO
from random import Random

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Max

from contracts.models import Contract, ContractStage, TemplateTerm
from partners.models import Membership, Note, Partner, PartnerGroup, ProspectingStage
from partners.models.notes import CONTACTS
from segments.definition import Definition
from segments.demo.history import TRACKED
from segments.demo.people import KINDS, prospects
from segments.models import Cause, Run, RunState, Segment, SegmentDay, Stay, Tracking
from tests.factories import PartnerFactory, PartnerGroupFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def run(command, **options):
    out = StringIO()
    call_command(command, stdout=out, verbosity=0, **options)
    return out.getvalue()


@pytest.fixture
def program(db):
    run("demo_data", partners=600, days=0)


def test_the_program_has_all_that_there_can_be(program):
    assert Partner.objects.count() == 600
    assert set(Partner.objects.values_list("prospecting_stage", flat=True)) == set(ProspectingStage.values)
    assert set(Partner.objects.values_list("business_model", flat=True)) == set(map(str, KINDS))
    assert PartnerGroup.objects.count() == 24
    assert set(TemplateTerm.objects.values_list("archived").annotate(Count("pk"))) == {(True, 1), (False, 11)}


def test_contracts_are_in_every_stage_and_about_a_quarter_of_the_partners_has_none(program):
    assert set(Contract.objects.values_list("stage", flat=True)) == set(ContractStage.values)
    assert 120 < Partner.objects.filter(contracts=None).count() < 180
    assert 780 < Contract.objects.count() < 1_020


def test_stages_dates_and_terms_agree_with_each_other(program):
    joined = Partner.objects.filter(prospecting_stage="joined")
    assert not joined.filter(contracts=None).exists()
    assert not Partner.objects.exclude(prospecting_stage="joined").filter(contracts__stage="joined").exists()
    assert not Partner.objects.filter(prospecting_stage="new", original_joined_date__isnull=False).exists()
    assert not Contract.objects.filter(end_date__lt=F("start_date")).exists()
    assert not Contract.objects.filter(stage="joined", template_term__archived=True).exists()
    assert not Partner.objects.filter(last_transition_date=None).exists()


def test_names_come_in_many_scripts_and_every_address_is_fictional(program):
    names = "".join(Partner.objects.values_list("name", flat=True))
    scripts = {unicodedata.name(letter).split()[0] for letter in names if letter.isalpha()}
    assert scripts >= {
        "LATIN",
        "GREEK",
        "CYRILLIC",
        "CJK",
        "HIRAGANA",
        "HANGUL",
        "ARABIC",
        "HEBREW",
        "DEVANAGARI",
    }
    for partner in Partner.objects.all():
        partner.full_clean(exclude=["name"], validate_constraints=False)
        assert not partner.email or partner.email.endswith(".example")
        assert not partner.website or partner.website.endswith(".example")
    assert Partner.objects.filter(email="").exists()
    assert Partner.objects.filter(website="").exists()


def test_partner_ids_rise_with_gaps_and_the_next_partner_gets_a_new_one(program):
    ids = list(Partner.objects.order_by("pk").values_list("pk", flat=True))
    assert ids[0] == 700_001
    assert ids[-1] - ids[0] > len(ids)
    assert PartnerFactory().pk > ids[-1]


def test_contract_ids_follow_each_other(program):
    numbers = sorted(Contract.objects.values_list("number", flat=True))
    assert numbers[0] == "S-5550001"
    assert numbers[-1] == f"S-{5_550_000 + len(numbers)}"


def test_the_program_is_the_same_every_time():
    def made():
        return [(p.partner.pk, p.partner.name, p.partner.email, p.groups) for p in prospects(200, Random(1))]

    assert made() == made()


def test_no_two_websites_share_a_host(program):
    sites = Partner.objects.exclude(website="").values_list("website", flat=True)
    hosts = [site.removeprefix("https://").removeprefix("www.") for site in sites]
    assert len(hosts) == len(set(hosts))


def test_the_segments_ask_about_everything_and_find_somebody(program):
    segments = Segment.objects.all()
    definitions = [Definition.from_json(segment.definition) for segment in segments]
    asked = {condition.field for definition in definitions for condition in definition.conditions()}
    assert asked == {
        "contract_stage",
        "prospecting_stage",
        "partner_group",
        "template_term",
        "contract_id",
        "partner_name",
        "partner_id",
        "contract_end",
        "contracts",
        "country",
        "last_contacted",
        "last_transition_date",
        "next_step_date",
        "original_joined_date",
        "segment",
    }
    assert any(definition.excepted for definition in definitions)
    assert any(len(definition.any) > 1 for definition in definitions)
    assert any(group.contracts == "any" for definition in definitions for group in definition.any)
    assert all(segment.partners().exists() for segment in segments)


def test_the_segments_have_versions_and_some_grew(program):
    revisions = Segment.objects.annotate(many=Count("versions")).values_list("revision", "many")
    assert all(revision == many for revision, many in revisions)
    assert max(many for _revision, many in revisions) > 1


DAYS = 45
"""Enough for the version that is saved later, the deletion, and the failure."""


def test_four_segments_have_a_history_with_causes_of_each_kind():
    run("demo_data", partners=300, days=DAYS)
    tracked = Tracking.objects.select_related("segment")
    assert {one.segment.name for one in tracked} == set(TRACKED)
    causes = {*Stay.objects.values_list("entered_cause", flat=True)}
    causes |= {*Stay.objects.exclude(left_run=None).values_list("left_cause", flat=True)}
    assert causes == set(Cause)
    for one in tracked:
        days = SegmentDay.objects.filter(segment=one.segment).count()
        failed = one.segment.runs.filter(state=RunState.FAILED).count()
        assert days + failed == DAYS + 1
        members = set(one.segment.partners().values_list("pk", flat=True))
        stays = Stay.objects.open().filter(segment=one.segment)
        assert set(stays.values_list("partner_id", flat=True)) == members
    assert Run.objects.filter(state=RunState.FAILED).count() == 1
    assert not Run.objects.filter(state=RunState.HELD).exists()


def test_a_history_leaves_the_program_as_it_is_without_one():
    def made(days):
        run("demo_data", partners=300, days=days)
        members = Membership.objects.values_list("partner", "group__name")
        found = set(Partner.objects.values_list("pk", flat=True)), set(members)
        transaction.set_rollback(True)
        return found

    with transaction.atomic():
        with_history = made(DAYS)
    with transaction.atomic():
        assert made(0) == with_history


def test_the_segments_belong_to_the_first_superuser():
    UserFactory()
    admin = UserFactory(is_superuser=True)
    run("demo_data", partners=40, days=0)
    assert set(Segment.objects.values_list("owner", flat=True)) == {admin.pk}


def test_some_partners_have_notes_an_owner_and_a_next_step():
    editor = UserFactory()
    run("demo_data", partners=600, days=0)
    told = Partner.objects.filter(notes__isnull=False).distinct()
    assert 30 < told.count() < 120
    assert set(told.values_list("owner", flat=True)) == {editor.pk}
    assert told.exclude(next_step="").exclude(next_step_date=None).exists()
    contacts = Note.objects.filter(kind__in=CONTACTS).order_by().values_list("partner")
    last = dict(contacts.annotate(Max("happened_on")))
    assert last == dict(Partner.objects.exclude(last_contacted=None).values_list("pk", "last_contacted"))


@pytest.mark.parametrize("factory", [PartnerFactory, PartnerGroupFactory])
def test_a_filled_database_is_refused_and_left_alone(factory):
    factory()
    with pytest.raises(CommandError, match="already") as refused:
        run("demo_data", partners=40)
    assert refused.value.returncode == 1
    assert not TemplateTerm.objects.exists()
    assert "left as it is" in run("demo_data", partners=40, if_empty=True)


def test_less_than_one_partner_is_refused():
    with pytest.raises(CommandError, match="1 or more"):
        run("demo_data", partners=0)


@pytest.mark.parametrize("number", [1, 7])
def test_a_tiny_program_works_too(number):
    assert f"Made up {number} partners" in run("demo_data", partners=number, days=2)


@pytest.mark.parametrize("days", [-1, 401])
def test_a_history_is_not_endless(days):
    with pytest.raises(CommandError, match="0 to 400"):
        run("demo_data", partners=40, days=days)


def test_many_partners_take_few_statements(django_assert_max_num_queries):
    with django_assert_max_num_queries(650):
        run("demo_data", partners=2_500, days=0)


def test_the_three_logins_are_made_and_told(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "moss and thistle")
    monkeypatch.setenv("PORT", "8123")
    told = run("demo_logins")
    assert "http://127.0.0.1:8123/" in told
    assert told.count("password moss and thistle") == 3
    users = {user.username: user for user in get_user_model().objects.all()}
    assert set(users) == {"admin", "editor", "viewer"}
    assert all(user.check_password("moss and thistle") and user.is_staff for user in users.values())
    assert users["admin"].is_superuser
    assert users["editor"].has_perms(
        ["segments.add_segment", "partners.change_partner", "contracts.delete_contract"]
    )
    assert not users["editor"].has_perm("auth.view_user")
    assert users["viewer"].has_perms(
        ["segments.view_segment", "partners.view_partner", "contracts.view_contract"]
    )
    assert not users["viewer"].has_perm("segments.add_segment")


def test_logins_that_exist_keep_their_password(monkeypatch):
    monkeypatch.delenv("DJANGO_SUPERUSER_PASSWORD", raising=False)
    first, second = run("demo_logins"), run("demo_logins")
    assert first.count("password ") == 3
    assert second.count("exists already") == 3
