"""Updates with data: rows that were written when each app had one migration, in the tables of today."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contracts.models import Contract
from partners.change_log import tables_not_logged
from partners.core.moment import Moment
from partners.models import Membership, Partner, PartnerChange, StageEdit
from partners.stage_edits.services import undo_edit
from segments.models import Segment
from segments.query.members import segment_query
from segments.services import restore_version, save_segment
from tests.segments.forms import JOINED, NEW, any_of, asks

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

APPS = ("partners", "contracts", "segments")
FIRST = [(app, "0001_initial") for app in APPS]
LOGGED = [Partner, Membership, Contract]


@pytest.fixture
def user(django_user_model):
    """Who did all of it; made here, for the tables of users are Django's."""
    return django_user_model.objects.create(username="mara", is_staff=True, is_superuser=True)


@pytest.fixture(autouse=True)
def _updated(user):
    executor = MigrationExecutor(connection)
    executor.migrate(FIRST)
    try:
        fill(executor.loader.project_state(FIRST).apps, user.pk)
    finally:
        call_command("migrate", verbosity=0)


def fill(then, user):
    """Two partners, one in a group, one with a contract that a bulk edit has moved, and a segment of both."""

    def make(model, **values):
        return then.get_model(model).objects.create(**values)

    aurora = make("partners.Partner", pk=700123, name="Aurora", name_folded="aurora", prospecting_stage="new")
    fern = make("partners.Partner", pk=700208, name="Fern", name_folded="fern", prospecting_stage="new")
    group = make("partners.PartnerGroup", name="VIP", name_folded="vip")
    make("partners.Membership", partner=fern, group=group)
    term = make("contracts.TemplateTerm", name="Gold", name_folded="gold", currency="EUR")
    contract = make(
        "contracts.Contract",
        number="S-1",
        partner=aurora,
        template_term=term,
        stage="joined",
        start_date=date(2025, 2, 3),
    )
    edit = make(
        "partners.StageEdit",
        kind=then.get_model("contenttypes.ContentType").objects.get(model="contract"),
        to_stage="joined",
        why="Signed",
        applied_at=timezone.now(),
        planned=1,
        changed=1,
        user_id=user,
    )
    moved = {"subject": contract, "user_id": user, "user_name": "mara"}
    make("contracts.ContractStageChange", to_stage="suspended", **moved)
    make(
        "contracts.ContractStageChange",
        from_stage="suspended",
        to_stage="joined",
        edit=edit,
        why="Signed",
        **moved,
    )
    for partner in (aurora, fern):
        make("partners.PartnerStageChange", subject=partner, to_stage="new", user_id=user, user_name="mara")
    make("partners.Export", what="Both", columns="Name", format="csv", rows=2, user_id=user)
    make("partners.Import", kind="partners", file_name="a.csv", digest="0" * 64, status="applied", rows=2)
    both = any_of([JOINED], [asks("partner_group", "any_of", [group.pk])])
    segment = make("segments.Segment", name="Both", name_folded="both", definition=both, owner_id=user)
    make("segments.SegmentReference", segment=segment, group=group)
    make(
        "segments.SegmentVersion",
        segment=segment,
        revision=1,
        name="Both",
        definition=both,
        user_id=user,
        at=timezone.now(),
        partner_count=2,
    )


def ids(segment):
    return sorted(segment_query(segment.read(), Moment.now()).ids())


def test_segments_have_their_partners_and_are_saved_and_restored(user):
    segment = Segment.objects.get()
    assert ids(segment) == [700123, 700208]
    call_command("check_columns", verbosity=0)
    changed = any_of([NEW, asks("partner_name", "contains", "fern")])
    moment = Moment.now()
    save_segment(
        segment=segment, name="Fern", definition=segment.read().from_json(changed), user=user, moment=moment
    )
    segment.refresh_from_db()
    assert ids(segment) == [700208]
    restore_version(version=segment.versions.get(revision=1), user=user, revision=2, moment=Moment.now())
    segment.refresh_from_db()
    assert (segment.name, ids(segment), segment.versions.count()) == ("Both", [700123, 700208], 3)


def test_what_a_bulk_edit_had_moved_goes_back_and_its_history_goes_on(user):
    contract = Contract.objects.get()
    undo_edit(edit=StageEdit.objects.get(), why="By mistake", user=user)
    moves = contract.stage_changes.values_list("from_stage", "to_stage", "user_name")
    assert list(moves) == [
        ("", "suspended", "mara"),
        ("suspended", "joined", "mara"),
        ("joined", "suspended", "mara"),
    ]


def test_changes_are_logged():
    assert tables_not_logged(LOGGED) == []
    PartnerChange.objects.all().delete()
    Contract.objects.update(stage="expired")
    assert set(PartnerChange.objects.values_list("partner", flat=True)) == {700123}


def test_the_pages_of_rows_that_were_there_open(user):
    client = Client()
    client.force_login(user)
    for model in (Partner, Contract, Segment):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model.objects.order_by("pk").first()
        assert client.get(reverse(f"{name}_changelist")).status_code == 200
        assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
