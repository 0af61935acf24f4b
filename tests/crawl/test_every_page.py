"""Every page of the admin opens, for every row, and no link of the program leads to nothing."""

import pytest
from django.contrib import admin
from django.urls import get_resolver, resolve, reverse

from partners.models import Partner
from segments.models import Segment
from tests.crawl.crawler import Crawler, client_of
from tests.crawl.program import make_program, models_without_rows
from tests.segments.forms import EXPIRED, JOINED, any_of, change, form

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PAGES = ("change", "history", "delete")
LEADING_ON = ("preview", "see_all", "export", "entering", "leaving", "near_misses")
NO_PAGES = {
    # These only take what a form posts.
    "contracts_templateterm_archive",
    "contracts_templateterm_restore",
    "logout",
    # These belong to a login that is on its way, or to one with codes.
    "company_callback",
    "company_login",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_view_recovery_codes",
    "password_forgotten",
    "password_reset_confirm",
    "partners_import_step",
    "partners_partner_groups",
    "partners_partner_notes",
    "segments_segment_settle",
    "segments_segment_track_now",
    "password_change_done",
}


@pytest.fixture
def users():
    made = make_program()
    assert not models_without_rows()
    return made


def crawl(user, *, every=1):
    """Open the pages of each row, or of every so many, and what the pages lead to."""
    crawler = Crawler(client_of(user))
    crawler.open("/")
    for page in ("index", "theme", "login", "password_change", "jsi18n"):
        crawler.open(reverse(f"admin:{page}"))
    crawler.open(reverse("account_login"))
    for model in admin.site._registry:
        open_model(crawler, model, every)
    for app in crawler.client.get(reverse("admin:index")).context["available_apps"]:
        crawler.open(app["app_url"])
    build(crawler)
    watched = Segment.objects.get(name="Two partners")
    crawler.open(reverse("admin:segments_segment_changes", args=[watched.pk]))
    crawler.follow()
    return crawler


def open_model(crawler, model, every):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    rows = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    listed = crawler.open(reverse(f"{name}_changelist"))
    crawler.open(reverse(f"{name}_add"))
    for row in rows[::every]:
        for page in PAGES:
            crawler.open(reverse(f"{name}_{page}", args=[row]))
    for action in listed.actions:
        for ticked in (rows[:2], rows[:40]):
            data = {"action": action, "_selected_action": ticked, "index": "0"}
            crawler.open(reverse(f"{name}_changelist"), data=data)


def build(crawler):
    """What the builder shows and where its buttons lead, of a changed definition."""
    segment = Segment.objects.get(name="Joined gold partners")
    address = change(segment)
    partner = Partner.objects.first()
    crawler.open(f"{reverse('admin:segments_partner_why_not', args=[partner.pk])}?segment={segment.pk}")
    definition = any_of([JOINED], [EXPIRED, JOINED])
    for button in LEADING_ON:
        crawler.open(address, data=form(definition, button, name="Changed", revision="1"))
    crawler.open(address, data=form(definition, near="2:1", name="Changed", revision="1"))
    for crowd in ("entered", "left"):
        crawler.open(reverse(f"admin:segments_segment_{crowd}", args=[segment.pk, 2, 3]))


def names_of(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from names_of(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


@pytest.mark.parametrize("login", ["admin", "editor", "viewer"])
def test_every_page_opens_for_every_row(users, login):
    """An editor and a viewer see other parts of the same pages: for them every eighth row is enough."""
    crawler = crawl(users[login], every=1 if login == "admin" else 8)
    assert not crawler.faults, "\n".join(crawler.faults)
    if login == "admin":
        opened = {resolve(address.partition("?")[0]).url_name for address in crawler.opened}
        assert set(names_of(get_resolver().url_patterns)) - opened == NO_PAGES
