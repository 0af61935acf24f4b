"""All who write of a tracked segment lock it first: nobody waits for somebody who waits for him."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from contracts.models import TemplateTerm
from partners.groups.services import add_to_group, remove_from_group
from partners.models import Partner, PartnerGroup
from segments.models import Run, Segment, Stay, Tracking
from segments.services import delete_segments
from segments.tracking import queue
from segments.tracking.retention import forget_old_runs, forget_old_stays
from segments.tracking.services import switch_off, switch_on
from tests.config.production.servers import until
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, UserFactory
from tests.partners.imports.files import csv_file, imported
from tests.segments.tracking.clock import in_group, run_all, segment_of

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def segment(clock, change_limits):
    """Tracked. A year ago a partner left, and a run failed."""
    change_limits(stay_retention_days=30)
    group = PartnerGroupFactory(name="VIP")
    partners = PartnerFactory.create_batch(2, groups=[group])
    ContractFactory(number="S-1", partner=partners[0])
    segment = segment_of(in_group(group.pk))
    switch_on(segment=segment, user=None)
    run_all(clock)
    clock.turn(days=1)
    group.partners.remove(partners[1])
    run_all(clock)
    Run.objects.create(segment=segment, kind="scheduled", state="failed", due_at=clock.now, at=clock.now)
    clock.turn(days=365)
    return segment


def is_waited_for():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        return cursor.rowcount


def meet(segment, *, deed, meanwhile):
    """Have somebody who has locked the segment do something while another's deed waits for it."""

    def on_its_own():
        try:
            deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            queue.lock([segment.pk])
            done = pool.submit(on_its_own)
            until(is_waited_for, "the deed waits for the segment")
            meanwhile()
        done.result()


def name_all_there_is():
    """As the foreign keys do of a segment that is saved and names groups, template terms and partners."""
    with connection.cursor() as cursor:
        for model in (Partner, PartnerGroup, TemplateTerm):
            cursor.execute(f"SELECT FROM {model._meta.db_table} FOR KEY SHARE")


FILES = {
    "partners": lambda: [["Partner ID", "Name"], [Partner.objects.first().pk, "Another name"]],
    "groups": lambda: [["Group", "Partner ID"], ["VIP", Partner.objects.last().pk]],
    "contracts": lambda: [
        ["Contract ID", "Partner ID", "End"],
        ["S-1", Partner.objects.last().pk, "2040-01-01"],
    ],
    "terms": lambda: [["Name", "Archived"], [TemplateTerm.objects.get().name, "yes"]],
}


@pytest.mark.parametrize("kind", FILES)
def test_who_imports_does_not_stop_who_saves_a_segment_that_names_the_rows(segment, kind):
    meet(
        segment,
        deed=lambda: imported(csv_file(*FILES[kind]()), kind, overwrites=True),
        meanwhile=name_all_there_is,
    )
    assert "Import of" in Run.objects.get(state="due").reason


@pytest.mark.parametrize("change", [add_to_group, remove_from_group])
def test_who_changes_a_group_does_not_stop_who_saves_a_segment_that_names_it(segment, change):
    PartnerFactory()
    meet(
        segment,
        deed=lambda: change(
            partners=Partner.objects.all(), group=PartnerGroup.objects.get(), user=UserFactory()
        ),
        meanwhile=name_all_there_is,
    )
    assert "VIP" in Run.objects.get(state="due").reason


def write_as_a_run_does():
    Stay.objects.update(entered_cause=2)
    Tracking.objects.update(size=1)
    Run.objects.update(milliseconds=1)


DEEDS = {
    "deletes it": lambda: delete_segments(Segment.objects.all()),
    "switches tracking off": lambda: switch_off(segment=Segment.objects.get(), user=None),
    "forgets old stays": forget_old_stays,
    "forgets old runs": forget_old_runs,
}


@pytest.mark.parametrize("deed", DEEDS)
def test_who_deletes_history_waits_for_who_writes_it(segment, deed):
    before = Stay.objects.count(), Run.objects.count()
    meet(segment, deed=DEEDS[deed], meanwhile=write_as_a_run_does)
    assert (Stay.objects.count(), Run.objects.count()) != before
