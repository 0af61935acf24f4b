"""The demo program, small, with a row of every model, and the work of some weeks in it."""

from datetime import timedelta
from io import BytesIO, StringIO

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contracts.models import Contract, TemplateTerm
from contracts.template_terms.services import set_archived
from partners.core.actor import acting_as
from partners.core.moment import Moment
from partners.exports.columns import columns_for
from partners.exports.services import ExportSource, write
from partners.exports.table import ExportTable
from partners.groups.services import add_to_group, add_to_new_group, remove_from_group
from partners.imports.originals import keep_original
from partners.models import NoteKind, Partner, PartnerGroup, StageWord
from partners.models.exports import Export, Format
from partners.notes.services import NoteValues, write_note
from partners.stage_edits.services import apply_edit, choose, plan, undo_edit
from segments.demo.program import fill
from segments.models import Run, Segment, SegmentDay, Stay, Tracking, Worker
from segments.organizing import change_tags, turn_favourite
from segments.services import restore_version, save_segment
from segments.tracking.services import switch_on, track_now
from tests.partners.imports.files import checked, csv_file, imported, received

PARTNERS = 16
OF_LOGINS = ("axes", "account", "mfa", "socialaccount")


def make_program() -> dict[str, User]:
    """Fill the database; the three logins of the demo by name."""
    call_command("demo_logins", verbosity=0, stdout=StringIO())
    users = {user.username: user for user in User.objects.all()}
    fill(PARTNERS, days=0, quiet=True)
    admin, editor = users["admin"], users["editor"]
    _change_groups_and_terms(editor)
    _write_notes(editor)
    _save_segments(editor)
    _track(editor)
    _edit_stages(admin)
    _import_files(admin, editor)
    _export(admin)
    Group.objects.create(name="Nobody's group")
    _work_on_screens(admin)
    return users


def _change_groups_and_terms(user):
    keys = list(Partner.objects.values_list("pk", flat=True)[:5])
    few = Partner.objects.filter(pk__in=keys)
    add_to_new_group(partners=few, name="[Brackets] & <b>bold</b>", user=user)
    group = PartnerGroup.objects.get(name="VIP")
    add_to_group(partners=few, group=group, user=user)
    remove_from_group(partners=few.exclude(pk=keys[0]), group=group, user=user)
    term = TemplateTerm.objects.filter(archived=False).first()
    for archived in (True, False):
        set_archived(terms=[term], archived=archived, by=user)


def _write_notes(user):
    with acting_as(user):
        for kind in NoteKind:
            text = "With <b>markup</b> & “signs”\nin two lines"
            write_note(partner=Partner.objects.first(), values=NoteValues(kind, timezone.localdate(), text))


def _save_segments(user):
    """One that was renamed, changed, and restored; one that can't be read; one that names what is gone."""
    segment = Segment.objects.get(name="Joined gold partners")
    other = Segment.objects.get(name="No contract yet").read()
    save_segment(
        segment=segment, name="Gold partners", definition=segment.read(), user=user, moment=Moment.now()
    )
    save_segment(segment=segment, name="Gold partners", definition=other, user=user, moment=Moment.now())
    version = segment.versions.get(revision=1)
    restore_version(
        version=version, user=user, revision=Segment.objects.get(pk=segment.pk).revision, moment=Moment.now()
    )
    save_segment(name="New of the editor", definition=other, user=user, moment=Moment.now())
    change_tags(segments=[segment], added=["Quarterly"], removed=[], user=user)
    turn_favourite(segment=segment, user=user)
    Segment.objects.create(name="Of another program", definition={"version": 2})
    gone = {"field": "partner_group", "operator": "any_of", "value": [10**6]}
    Segment.objects.create(name="Names nothing", definition={"version": 1, "any": [{"all": [gone]}]})


def _track(user):
    """Two partners, tracked: one came, another was deleted, and a run is held."""
    keys = list(Partner.objects.values_list("pk", flat=True)[:2])
    asked = {"field": "partner_id", "operator": "any_of", "value": keys}
    definition = {"version": 2, "any": [{"all": [asked]}]}
    segment = Segment.objects.create(name="Two partners", definition=definition)
    switch_on(segment=segment, user=user)
    track_now(segment=segment, user=user)
    yesterday = timezone.now() - timedelta(days=1)
    Worker.objects.create(name="host:1", started_at=yesterday, seen_at=yesterday)
    Run.objects.update(at=yesterday)
    Tracking.objects.update(since=yesterday)
    SegmentDay.objects.update(day=timezone.localdate(yesterday))
    Stay.objects.filter(partner_id=keys[0]).update(partner_id=404)
    track_now(segment=segment, user=user)
    Run.objects.create(
        segment=segment, kind="scheduled", state="held", due_at=yesterday, at=yesterday, left=1_000
    )


def _edit_stages(user):
    """Done and undone; done, with partners along; planned; only chosen."""
    for model, stage in ((Partner, "outreach"), (Contract, "suspended"), (Contract, "expired")):
        done = _planned(model, stage, user)
        done = apply_edit(edit=done, allows_unusual=True, moves_along=True, user=user)
        if stage != "expired":
            undo_edit(edit=done, why="By mistake", user=user)
    _planned(Contract, "joined", user)
    choose(rows=Partner.objects.all(), user=user)


def _planned(model, stage, user):
    edit = choose(rows=model.objects.filter(pk__in=model.objects.values("pk")[:12]), user=user)
    plan(edit=edit, to=stage, why="A new campaign")
    edit.refresh_from_db()
    return edit


def _import_files(admin, editor):
    """Imports of every kind, and as far as an import can have come."""
    first, second = Partner.objects.order_by("pk")[:2]
    partners = (
        ["Partner ID", "Name", "Stage", "Country", "Note"],
        [str(first.pk), "Renamed <i>partner</i>", "Joined", "Atlantis", "=1+1"],
        ["900001", "Quite new", "New", "", ""],
        ["no number", "Refused", "No stage", "", ""],
    )
    groups = (["Partner ID", "Group"], [str(second.pk), "Group of a file"], ["1", "VIP"])
    terms = (["Name", "Currency"], ["Term of a file", "EUR"], ["Odd term", "money"])
    contracts = (
        ["Contract ID", "Partner ID", "Template term", "Stage", "Start"],
        ["S-777001", str(first.pk), TemplateTerm.objects.first().name, "Joined", "2026-02-01"],
        ["S-777002", "1", "Nothing", "Joined", "2026-02-01"],
    )
    files = {"partners": partners, "groups": groups, "terms": terms, "contracts": contracts}
    for kind, rows in files.items():
        imported(csv_file(*rows), kind, user=admin, name=f"{kind}.csv", creates=kind == "groups")
        checked(csv_file(*rows), kind, user=editor, name=f"{kind} again.csv")
        received(csv_file(*rows), kind, user=editor, name=f"{kind} <once more>.csv")
    ambiguous = csv_file(["Partner ID", "Name"], ["900002", "Müller"], encoding="cp1252")
    keep_original(received(ambiguous, user=editor, name="encoding.csv"), ambiguous)
    StageWord.objects.create(kind="partners", word="live", stage="joined", user_name=editor.username)
    checking = received(csv_file(*partners), user=admin, name="stopped.csv")
    checking.status = "checking"
    checking.save()


def _export(user):
    source = ExportSource(Partner.objects.all(), name="partners", what="Partners screen")
    write(source, ExportTable(columns_for(user)[:3], source.partners), Format.CSV, BytesIO())
    Export.begin(what="Broken off", asked="", columns=["Name"], format=Format.EXCEL)


def _work_on_screens(user):
    """What the forms of the admin write down."""
    client = Client()
    client.force_login(user)
    for model in (PartnerGroup, TemplateTerm):
        row = model.objects.first()
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
        answer = client.post(address, {"name": f"{row.name} 2", "currency": "USD"})
        assert answer.status_code == 302
    gone = PartnerGroup.objects.create(name="Soon gone")
    client.post(reverse("admin:partners_partnergroup_delete", args=[gone.pk]), {"post": "yes"})
    assert not PartnerGroup.objects.filter(pk=gone.pk).exists()


def models_without_rows() -> list[str]:
    """Models of which the program has no row; those of Axes and allauth, for logins, show on no page."""
    shown = [model for model in apps.get_models() if model._meta.app_label not in OF_LOGINS]
    return [model._meta.label for model in shown if not model._default_manager.exists()]
