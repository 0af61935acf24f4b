"""Every address of the program is one of Django's own or declares who may open it."""

import inspect

import pytest
from django.contrib.admin import AdminSite
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import get_resolver, reverse

from partners.core.pages import StaffPage

pytestmark = pytest.mark.django_db
EDITOR, VIEWER, OUTSIDER = "editor", "viewer", "outsider"
MAY_OPEN = {
    "contracts_contract_pdf": {EDITOR, VIEWER},
    "contracts_templateterm_archive": {EDITOR},
    "contracts_templateterm_edit": {EDITOR},
    "contracts_templateterm_restore": {EDITOR},
    "partners_import_add": {EDITOR},
    "partners_import_change": {EDITOR},
    "partners_import_left_out": {EDITOR},
    "partners_import_refused": {EDITOR},
    "partners_import_step": {EDITOR},
    "partners_partner_edit": {EDITOR},
    "partners_partner_groups": {EDITOR},
    "partners_partner_note": {EDITOR},
    "partners_partner_notes": {EDITOR},
    "partners_partnergroup_add_partners": {EDITOR},
    "partners_partnergroup_edit": {EDITOR},
    "partners_partnergroup_emails": {EDITOR, VIEWER},
    "partners_stageedit_change": set(),
    "partners_stageedit_plan": set(),
    "partners_stageedit_undo": set(),
    "search": {EDITOR, VIEWER, OUTSIDER},
    "segments_compare": {EDITOR, VIEWER},
    "segments_compare_part": {EDITOR, VIEWER},
    "segments_compare_part_export": {EDITOR, VIEWER},
    "segments_draft_entering": {EDITOR, VIEWER},
    "segments_draft_export": {EDITOR, VIEWER},
    "segments_draft_leaving": {EDITOR, VIEWER},
    "segments_draft_near_misses": {EDITOR, VIEWER},
    "segments_draft_partners": {EDITOR, VIEWER},
    "segments_draft_why": {EDITOR, VIEWER},
    "segments_partner_why_not": {EDITOR, VIEWER},
    "segments_segment_add": {EDITOR},
    "segments_segment_change": {EDITOR, VIEWER},
    "segments_segment_as_of": {EDITOR, VIEWER},
    "segments_segment_as_of_export": {EDITOR, VIEWER},
    "segments_segment_changes": {EDITOR, VIEWER},
    "segments_segment_changes_export": {EDITOR, VIEWER},
    "segments_segment_compare": {EDITOR, VIEWER},
    "segments_segment_definition": {EDITOR, VIEWER},
    "segments_segment_entered": {EDITOR, VIEWER},
    "segments_segment_export": {EDITOR, VIEWER},
    "segments_segment_held": {EDITOR, VIEWER},
    "segments_segment_import": {EDITOR},
    "segments_segment_left": {EDITOR, VIEWER},
    "segments_segment_moves": {EDITOR, VIEWER},
    "segments_segment_partners": {EDITOR, VIEWER},
    "segments_segment_restore": {EDITOR},
    "segments_segment_settle": {EDITOR},
    "segments_segment_size": {EDITOR, VIEWER},
    "segments_segment_track_now": {EDITOR},
    "segments_segment_tracking": {EDITOR},
    "segments_segment_tracking_off": {EDITOR},
    "segments_segment_versions": {EDITOR, VIEWER},
    "segments_segment_why": {EDITOR, VIEWER},
    "theme": {EDITOR, VIEWER, OUTSIDER},
}
"""By the name of a page, who of the standing users may open it. A superuser may open all."""
OF_EACH_LOGIN = {
    "account_login",
    "account_reauthenticate",
    "company_callback",
    "company_login",
    "mfa_activate_totp",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_view_recovery_codes",
    "password_forgotten",
    "password_reset_confirm",
}
"""What all users do to their own logins, before or after they are in."""


def addresses(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns)
        else:
            yield pattern


def page_behind(pattern):
    found = inspect.unwrap(pattern.callback, stop=lambda view: isinstance(view, StaffPage))
    return found if isinstance(found, StaffPage) else None


def is_of_django(pattern):
    view = inspect.unwrap(pattern.callback)
    of_admin = any(hasattr(cls, getattr(view, "__name__", "")) for cls in (AdminSite, UserAdmin))
    return of_admin or view.__module__.startswith("django.")


ADDRESSES = list(addresses(get_resolver().url_patterns))
PAGES = {pattern.name: (pattern, page) for pattern in ADDRESSES if (page := page_behind(pattern))}


def opened(name):
    """An address with this name, of rows that aren't there."""
    kinds = PAGES[name][0].pattern.converters
    keys = {key: 1 if type(kind).__name__ == "IntConverter" else "404" for key, kind in kinds.items()}
    return reverse(f"admin:{name}", kwargs=keys)


def test_every_address_is_one_of_djangos_own_or_declares_who_may_open_it():
    others = {one.name for one in ADDRESSES if not (page_behind(one) or is_of_django(one))}
    assert others <= OF_EACH_LOGIN <= {one.name for one in ADDRESSES}
    assert set(PAGES) == set(MAY_OPEN)


@pytest.mark.parametrize("name", MAY_OPEN)
def test_the_declared_permission_holds_for_these_and_nobody_else(name, editor, viewer, outsider, superuser):
    permission = PAGES[name][1].permission
    assert {user.username for user in (editor, viewer, outsider) if permission(user)} == MAY_OPEN[name]
    assert permission(superuser)
    assert not permission(AnonymousUser())


@pytest.mark.parametrize("name", MAY_OPEN)
def test_the_address_refuses_all_others(name, request):
    address = opened(name)
    for who in (EDITOR, VIEWER, OUTSIDER):
        client = request.getfixturevalue(f"as_{who}")
        refused = who not in MAY_OPEN[name]
        for answer in (client.get(address), client.post(address)):
            assert (answer.status_code == 403) == refused, (who, answer)


@pytest.mark.parametrize("name", MAY_OPEN)
def test_the_address_tells_those_who_are_not_logged_in_to_do_so(name):
    client = Client()
    asked = client.get(opened(name))
    assert (asked.status_code, asked["Location"].partition("?")[0]) == (302, reverse("admin:login"))
    assert client.post(opened(name)).status_code in (302, 401)
