"""Whatever a screen asks is asked within a limit, and a page that reaches it says so."""

import html
import itertools
import re
from http import HTTPStatus
from urllib.parse import urljoin

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.models.expressions import RawSQL
from django.urls import Resolver404, get_resolver, resolve, reverse

from contracts.models import TemplateTerm
from partners.admin import PartnerAdmin
from partners.core import time_limit
from partners.core.extensions import EXTENSIONS, extend
from partners.models import Export, Partner, PartnerGroup, StageEdit
from partners.models.imports import Import, ImportStatus
from partners.stage_edits.services import apply_edit, choose, plan
from segments.builder.views import LEADING_ON
from segments.models import Segment
from tests.factories import PartnerFactory, TemplateTermFactory
from tests.partners.imports.files import checked, csv_file, imported, received
from tests.segments.forms import EXPIRED, JOINED, NEW, any_of, change, form, saved

START = "/admin/"
PARTNERS = "/admin/partners/partner/"
CONTRACTS = "/admin/contracts/contract/"
ADDRESSES = re.compile(r'(?:href|hx-get|data-ajax--url)="([^"]*)"')
PER_SCREEN = 2
"""So many addresses of each screen are opened: another row, another filter asks the same."""
AUTOCOMPLETE = "/admin/autocomplete/?app_label=contracts&model_name=contract&field_name=partner&term=p"
SLOW = {
    "postgresql": "SELECT 1 FROM pg_sleep(5)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000)"
    " SELECT count(*) FROM n",
}
BUSY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT count(*) FROM n"


def under_a_limit():
    """Whether the database would stop, just now, what runs too long."""
    if connection.vendor == "postgresql":
        return connection.connection.execute("SHOW statement_timeout").fetchone() != ("0",)
    clock, time_limit.time = time_limit.time, type("Later", (), {"monotonic": lambda: float("inf")})
    try:
        connection.connection.execute(BUSY).fetchone()
    except Exception as error:
        return str(error) == "interrupted"
    finally:
        time_limit.time = clock
    return False


class Watch:
    """Notes what is asked without a limit. What opens a limit or keeps the session is no question."""

    def __init__(self):
        self.asked, self.unlimited = 0, []

    def __call__(self, execute, sql, *rest):
        found = execute(sql, *rest)
        if sql.lstrip("( ").startswith(("SELECT", "WITH")):
            self.asked += 1
            # A block's settings come with its first question.
            if not under_a_limit():
                self.unlimited.append(sql)
        return found


def get(client, address, watch, **headers):
    cache.clear()
    if connection.vendor == "postgresql":
        # A test is one transaction, in which the settings of the page before would last.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
    with connection.execute_wrapper(watch):
        return client.get(address, headers=headers)


def screens():
    """The names of all screens of the admin, each with the parameters in its address."""
    [admin] = [one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "admin"]
    named = [name for name in admin.reverse_dict if isinstance(name, str)]
    return {name: admin.reverse_dict.getlist(name)[0][0][0][1] for name in named}


def address_of(name, parameters):
    """Of the screen of a row of its model, if it is one of a model's."""
    app, model, *_rest = [*name.split("_"), ""]
    there = apps.all_models.get(app, {}).get(model)
    row = there._default_manager.values_list("pk", flat=True).first() if there else 1
    return reverse(f"admin:{name}", args=[row or 1 for _parameter in parameters])


def name_of(address):
    """The name of the screen; None where there is none."""
    try:
        return resolve(address.partition("?")[0]).url_name
    except Resolver404:
        return None


def addresses(page, base):
    """Where the page leads to within the site."""
    for found in ADDRESSES.findall(page):
        address = urljoin(base, html.unescape(found)).partition("#")[0]
        if address.startswith("/"):
            yield address


def drafts_of(client, segment):
    """The pages about what the builder holds, saved nowhere."""
    there = change(segment)
    definition = any_of([JOINED, EXPIRED], [NEW])
    buttons = [{button: "1"} for button in LEADING_ON if button != "near"] + [{"near": "1:2"}]
    return [client.post(there, form(definition, name="New", revision="1", **one)).url for one in buttons]


def imports_of(user):
    """The pages of an import, as far as one can have come, with rows refused and cells left out."""
    rows = (
        ["Partner ID", "Name", "Country"],
        ["900001", "New", "Atlantis"],
        ["no number", "Refused", ""],
    )
    records = {
        ImportStatus.RECEIVED: received(csv_file(*rows)),
        ImportStatus.APPLIED: imported(csv_file(*rows)),
    }
    for status in set(ImportStatus) - {ImportStatus.RECEIVING} - records.keys():
        records[status] = checked(csv_file(*rows))
        Import.objects.filter(pk=records[status].pk).update(status=status)
    pages = [reverse("admin:partners_import_change", args=[record.pk]) for record in records.values()]
    files = itertools.product(("refused", "left_out"), (ImportStatus.CHECKED, ImportStatus.APPLIED))
    pages += [reverse(f"admin:partners_import_{file}", args=[records[status].pk]) for file, status in files]
    return [*pages, f"{pages[list(records).index(ImportStatus.CHECKED)]}?match=1"]


@pytest.fixture
def program(as_superuser, superuser):
    call_command("demo_data", partners=30, days=1, verbosity=0)
    edit = choose(rows=Partner.objects.filter(prospecting_stage="new"), user=superuser)
    plan(edit=edit, to="outreach", why="")
    apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=superuser)
    planned = choose(rows=Partner.objects.all(), user=superuser)
    plan(edit=planned, to="joined", why="")
    Export.objects.create(user_name="anna", what="Partners", format="csv")
    first, second = Segment.objects.all()[:2]
    return [
        f"/admin/partners/stageedit/{planned.pk}/plan/?effects=1",
        f"{PARTNERS}?q=a%40b&segment={first.pk}",
        f"{CONTRACTS}?q=a",
        "/admin/partners/",
        "/admin/autocomplete/?app_label=contracts&model_name=contract&field_name=partner&term=a",
        f"/admin/segments/segment/compare/{first.pk},{second.pk}/",
        *drafts_of(as_superuser, first),
        *imports_of(superuser),
    ]


@pytest.mark.django_db
def test_every_question_of_every_screen_is_asked_within_a_limit(as_superuser, program):
    watch, opened, waiting = Watch(), {}, [START]

    def open_one(address, name):
        opened.setdefault(name, set()).add(address)
        answer = get(as_superuser, address, watch)
        if not answer.streaming and answer["Content-Type"].startswith("text/html"):
            waiting.extend(addresses(answer.content.decode(), address))
        return answer.status_code

    def open_all():
        while waiting:
            address = waiting.pop()
            name = name_of(address)
            seen = opened.setdefault(name, set())
            if name in (None, "logout") or address in seen or len(seen) >= PER_SCREEN:
                continue
            assert open_one(address, name) < 500, address

    for address in program:
        assert open_one(address, name_of(address)) == HTTPStatus.OK, address
    open_all()
    waiting += [address_of(*screen) for screen in screens().items() if screen[0] not in opened]
    open_all()
    assert not watch.unlimited
    assert watch.asked > 200
    assert screens().keys() <= opened.keys()


def ask_what_takes_seconds(model, monkeypatch):
    """Have the screens of this model ask it."""
    monkeypatch.setitem(EXTENSIONS, model, [*EXTENSIONS[model]])
    extend(model, annotations={"slow": RawSQL(SLOW[connection.vendor], [])})


@pytest.mark.django_db(transaction=True)
class TestAPageThatTakesTooLong:
    @pytest.fixture(autouse=True)
    def impatience(self, change_limits):
        change_limits(page_timeout_s=0.05)

    @pytest.fixture
    def slow(self, monkeypatch):
        """A list that asks what takes seconds."""
        ask_what_takes_seconds(Partner, monkeypatch)
        PartnerFactory.create_batch(2)

    @pytest.mark.usefixtures("slow")
    @pytest.mark.parametrize("address", [PARTNERS, f"{PARTNERS}?q=partner", AUTOCOMPLETE])
    def test_is_stopped_and_says_so(self, as_superuser, address, change_limits):
        answer = as_superuser.get(address)
        assert answer.status_code == 503
        page = answer.content.decode()
        assert "This takes too long" in page
        assert "Search for something more exact" in page
        change_limits(page_timeout_s=60)
        assert as_superuser.get("/admin/partners/partnergroup/").status_code == 200

    @pytest.mark.usefixtures("slow")
    def test_is_stopped_within_a_page_too(self, as_superuser):
        answer = as_superuser.get(PARTNERS, headers={"HX-Request": "true"})
        assert answer.status_code == 503
        assert "<html" not in answer.content.decode()

    def test_is_no_answer_to_what_is_sent(self, as_superuser, change_limits):
        change_limits(page_timeout_s=0)
        as_superuser.post("/admin/partners/partnergroup/add/", {"name": "VIP"})
        assert PartnerGroup.objects.get().name == "VIP"

    @pytest.mark.parametrize("action", ["export", "add_to_group", "remove_from_group", "change_stage"])
    def test_is_stopped_where_an_action_asks_first(self, as_superuser, action, change_limits):
        partners = [partner.pk for partner in PartnerFactory.create_batch(2)]
        change_limits(page_timeout_s=0)
        sent = {"action": action, "_selected_action": partners, "select_across": "1"}
        answer = as_superuser.post(PARTNERS, sent)
        assert answer.status_code == 503
        assert "This takes too long" in answer.content.decode()
        assert not StageEdit.objects.exists()

    def test_is_stopped_where_deleting_asks_first(self, as_superuser, monkeypatch):
        ask_what_takes_seconds(PartnerGroup, monkeypatch)
        group = PartnerGroup.objects.create(name="VIP")
        sent = {"action": "delete_selected", "_selected_action": [group.pk]}
        assert as_superuser.post("/admin/partners/partnergroup/", sent).status_code == 503
        assert as_superuser.get(f"/admin/partners/partnergroup/{group.pk}/delete/").status_code == 503
        assert PartnerGroup.objects.exists()

    def test_is_stopped_where_a_stage_is_chosen_for_many(self, as_superuser, superuser, change_limits):
        PartnerFactory()
        edit = choose(rows=Partner.objects.all(), user=superuser)
        change_limits(page_timeout_s=0)
        address = reverse("admin:partners_stageedit_plan", args=[edit.pk])
        assert as_superuser.post(address, {"to_stage": "joined"}).status_code == 503
        assert StageEdit.objects.get().to_stage == ""

    @pytest.mark.parametrize("button", ["preview", "near_misses", "export", "see_all"])
    def test_is_stopped_in_the_builder(self, as_superuser, change_limits, button):
        segment = saved()
        change_limits(page_timeout_s=0)
        assert as_superuser.post(change(segment), form(button=button, revision="1")).status_code == 503
        assert as_superuser.post(change(segment), form(button="save", name="New", revision="1")).url
        assert Segment.objects.get().name == "New"

    def test_is_stopped_where_the_form_of_an_export_is_drawn_again(self, as_superuser, change_limits):
        address = reverse("admin:segments_segment_export", args=[saved().pk])
        change_limits(page_timeout_s=0)
        assert as_superuser.post(address, {"format": "csv"}).status_code == 503
        sent = {"format": "csv", "columns": "name", "download": "1"}
        assert b"".join(as_superuser.post(address, sent).streaming_content)

    def test_is_no_reason_to_stop_what_is_confirmed(self, as_superuser, change_limits):
        partner, group = PartnerFactory(), PartnerGroup.objects.create(name="VIP")
        change_limits(page_timeout_s=0)
        ticked = {"_selected_action": [partner.pk]}
        as_superuser.post(PARTNERS, {**ticked, "action": "add_to_group", "group": group.pk, "confirm": "1"})
        assert list(group.partners.all()) == [partner]
        term = TemplateTermFactory()
        sent = {"_selected_action": [term.pk], "action": "archive"}
        as_superuser.post("/admin/contracts/templateterm/", sent)
        assert TemplateTerm.objects.get(pk=term.pk).archived

    def test_leaves_other_faults_alone(self, as_superuser, monkeypatch, change_limits):
        change_limits(page_timeout_s=60)
        monkeypatch.setattr(PartnerAdmin, "get_queryset", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            as_superuser.get(PARTNERS)


@pytest.mark.django_db(transaction=True)
def test_what_a_page_writes_is_kept(as_superuser, monkeypatch):
    monkeypatch.setattr(
        PartnerAdmin, "get_queryset", lambda _self, _request: Partner.objects.exclude(pk=PartnerFactory().pk)
    )
    as_superuser.get(PARTNERS)
    assert Partner.objects.exists()
