"""Who may import what, by which way."""

import io

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from partners.imports.importers.registry import importers
from partners.models import Partner
from partners.models.imports import Import, ImportStatus
from tests.factories import UserFactory
from tests.partners.imports.files import checked, csv_file, imported, received
from tests.partners.imports.pages import ADD, HEADINGS, LIST, page_of, send

pytestmark = pytest.mark.django_db


def test_the_way_to_an_import_stands_on_the_lists_of_those_who_may(as_editor, as_viewer):
    for importer in importers():
        meta = importer.model._meta
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        link = f'href="{ADD}?kind={importer.key}"'
        assert link in as_editor.get(address).content.decode()
        assert link not in as_viewer.get(address).content.decode()
    assert 'value="groups" selected' in as_editor.get(ADD, {"kind": "groups"}).content.decode()


@pytest.mark.parametrize("who", ["as_viewer", "as_outsider"])
def test_viewers_and_outsiders_can_not_import_by_any_way(request, who):
    client = request.getfixturevalue(who)
    record = checked(csv_file(HEADINGS, [1, "A", ""], [2, "", ""]))
    assert client.get(LIST).status_code == 403
    assert client.get(ADD).status_code == 403
    assert send(client, csv_file(HEADINGS, [1, "A", ""])).status_code == 403
    assert client.get(page_of(record)).status_code == 403
    assert client.post(page_of(record), {"confirm": "1"}).status_code == 403
    assert client.post(reverse("admin:partners_import_step", args=[record.pk])).status_code == 403
    assert client.get(reverse("admin:partners_import_refused", args=[record.pk])).status_code == 403
    assert not Partner.objects.exists()
    assert Import.objects.count() == 1
    assert "/import/" not in client.get(reverse("admin:index")).content.decode()


def test_whoever_is_not_logged_in_is_asked_to(as_nobody):
    assert as_nobody.get(ADD).status_code == 302
    assert send(as_nobody, csv_file(HEADINGS, [1, "A", ""]), follow=False).status_code == 302
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("codenames", "kinds"),
    [
        (["add_partner"], []),
        (["change_partner"], []),
        (["add_partner", "change_partner"], ["partners"]),
        (["add_partnergroup", "change_partnergroup"], []),
        (["add_partnergroup", "change_partnergroup", "change_partner"], ["groups"]),
        (["add_contract", "change_contract"], ["contracts"]),
        (["add_templateterm", "change_templateterm"], ["terms"]),
    ],
)
def test_whoever_may_add_and_change_the_rows_may_import_them_and_nothing_else(client, codenames, kinds):
    user = UserFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)
    file = csv_file(["Group"], ["VIP"]).getvalue()
    records = {importer.key: received(io.BytesIO(file), importer.key) for importer in importers()}
    for key, record in records.items():
        assert client.get(page_of(record)).status_code == (200 if key in kinds else 403)
        send(client, csv_file(HEADINGS, [1, "A", ""]), kind=key)
    assert set(Import.objects.filter(user_name=user.username).values_list("kind", flat=True)) == set(kinds)
    if kinds:
        assert client.get(LIST).content.decode().count('class="row-name"') == 2 * len(kinds)


def test_nobody_rewrites_or_deletes_a_record(as_superuser):
    record = imported(csv_file(HEADINGS, [1, "A", ""]))
    assert as_superuser.post(reverse("admin:partners_import_delete", args=[record.pk])).status_code == 403
    as_superuser.post(page_of(record), {"status": ImportStatus.RECEIVED})
    assert Import.objects.get().status == ImportStatus.APPLIED
