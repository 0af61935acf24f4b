"""The Groups screen: numbers, renaming, the guard, e-mail lists."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.models import Export, Membership, Partner, PartnerGroup
from segments.models import Segment
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.partners.exports.reading import content_of, csv_rows

pytestmark = pytest.mark.django_db
GROUPS = reverse("admin:partners_partnergroup_changelist")


def emails(group):
    return reverse("admin:partners_partnergroup_emails", args=[group.pk])


def lines(response):
    return csv_rows(content_of(response))


def in_the_builder(group):
    condition = {"field": "partner_group", "operator": "any_of", "value": [group.pk]}
    return {"version": 1, "any": [{"all": [condition]}]}


def test_the_number_of_partners_leads_to_exactly_them(as_editor):
    group = PartnerGroupFactory(name="Creators")
    PartnerFactory.create_batch(3, groups=[group])
    PartnerFactory(groups=[PartnerGroupFactory(name="Others")])
    address = f"{reverse('admin:partners_partner_changelist')}?groups__id__exact={group.pk}"
    assert f'<a href="{address}" class="number">3</a>' in as_editor.get(GROUPS).content.decode()
    assert as_editor.get(address).context["cl"].result_count == 3


def test_an_empty_group_has_no_partner(as_editor):
    PartnerGroupFactory()
    assert '<span class="muted">0</span>' in as_editor.get(GROUPS).content.decode()


def test_a_group_is_renamed_and_keeps_its_partners(as_editor):
    group = PartnerGroupFactory(name="Creators")
    PartnerFactory(groups=[group])
    as_editor.post(reverse("admin:partners_partnergroup_edit", args=[group.pk]), {"name": "Makers"})
    assert PartnerGroup.objects.get().name == "Makers"
    assert group.partners.count() == 1


def test_the_groups_are_listed_in_as_many_queries_however_many_there_are(
    as_editor, django_assert_num_queries
):
    PartnerFactory(groups=PartnerGroupFactory.create_batch(2))
    with CaptureQueriesContext(connection) as few:
        as_editor.get(GROUPS)
    PartnerFactory.create_batch(5, groups=PartnerGroupFactory.create_batch(10))
    with django_assert_num_queries(len(few)):
        as_editor.get(GROUPS)


# Deleting


def test_a_deletion_counts_the_members_and_does_not_list_them(as_editor, django_assert_max_num_queries):
    group = PartnerGroupFactory(name="Creators")
    PartnerFactory.create_batch(30, groups=[group])
    address = reverse("admin:partners_partnergroup_delete", args=[group.pk])
    with django_assert_max_num_queries(12):
        page = as_editor.get(address).content.decode()
    assert "Group memberships: 30" in page
    assert f" in {group.pk}" not in page
    as_editor.post(address, {"post": "yes"})
    assert not PartnerGroup.objects.exists()
    assert not Membership.objects.exists()
    assert Partner.objects.count() == 30


@pytest.mark.parametrize("many", [False, True])
def test_a_group_that_segments_name_stays_and_a_link_leads_to_them(as_editor, many):
    group = PartnerGroupFactory(name="Creators")
    Segment.objects.create(name="Makers of things", definition=in_the_builder(group))
    if many:
        address, asked = GROUPS, {"action": "delete_selected", "_selected_action": [group.pk]}
        page = as_editor.post(address, {**asked, "index": "0"})
    else:
        address, asked = reverse("admin:partners_partnergroup_delete", args=[group.pk]), {}
        page = as_editor.get(address)
    link = f'<a href="{reverse("admin:segments_segment_changelist")}?names=group:{group.pk}">see it</a>'
    assert f"1 segment uses it: {link}" in page.content.decode()
    as_editor.post(address, {**asked, "post": "yes"})
    assert PartnerGroup.objects.exists()


def test_a_group_that_a_segment_names_since_the_question_was_asked_stays(as_editor, monkeypatch):
    group = PartnerGroupFactory(name="Creators")
    Segment.objects.create(name="Makers of things", definition=in_the_builder(group))
    monkeypatch.setattr(
        "partners.groups.admin.PartnerGroupAdmin.get_deleted_objects", lambda *_: ([], {}, set(), [])
    )
    address = reverse("admin:partners_partnergroup_delete", args=[group.pk])
    page = as_editor.post(address, {"post": "yes"}, follow=True)
    assert "It has come into use, or was changed, meanwhile. Nothing was deleted." in page.content.decode()
    assert PartnerGroup.objects.exists()


def test_a_viewer_deletes_no_group(as_viewer):
    group = PartnerGroupFactory()
    address = reverse("admin:partners_partnergroup_delete", args=[group.pk])
    assert as_viewer.post(address, {"post": "yes"}).status_code == 403
    assert PartnerGroup.objects.exists()


# E-mail lists


def test_the_e_mail_list_has_each_address_once(as_viewer):
    group = PartnerGroupFactory(name="VIP 2026")
    for email in ("hello@eclair.example", "hello@aurora.example", "Hello@Aurora.example"):
        PartnerFactory(email=email, groups=[group])
    PartnerFactory(name="Elsewhere", email="hello@else.example")
    response = as_viewer.get(emails(group))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="VIP 2026 e-mails ')
    assert lines(response) == [["E-mail"], ["hello@aurora.example"], ["hello@eclair.example"]]


def test_the_e_mail_list_leaves_a_record(as_viewer):
    group = PartnerGroupFactory(name="VIP")
    PartnerFactory(email="hello@eclair.example", groups=[group])
    content_of(as_viewer.get(emails(group)))
    export = Export.objects.get()
    assert (export.user_name, export.what, export.columns, export.rows) == (
        "viewer",
        "Group “VIP”",
        "E-mail list",
        1,
    )


def test_partners_without_an_address_are_left_out_and_counted(as_viewer):
    group = PartnerGroupFactory(name="VIP")
    PartnerFactory.create_batch(2, email="", groups=[group])
    assert len(lines(as_viewer.get(emails(group)))) == 1
    page = as_viewer.get(GROUPS).content.decode()
    assert "2 partners of VIP have no e-mail address and were left out of the list." in page


def test_an_address_that_a_spreadsheet_would_run_is_made_harmless(as_viewer):
    group = PartnerGroupFactory()
    PartnerFactory(email="+tag@vela.example", groups=[group])
    assert lines(as_viewer.get(emails(group)))[1] == ["'+tag@vela.example"]


def test_a_group_in_another_script_has_a_file_name_too(as_viewer):
    group = PartnerGroupFactory(name="合作伙伴")
    response = as_viewer.get(emails(group))
    assert "filename*=utf-8''%E5%90%88%E4%BD%9C%E4%BC%99%E4%BC%B4" in response["Content-Disposition"]


@pytest.mark.parametrize("key", [424242, "9" * 30])
def test_the_e_mail_list_of_no_group_is_not_there(as_viewer, key):
    assert as_viewer.get(f"{GROUPS}{key}/e-mails/").status_code == 404


def test_only_those_who_may_see_partners_download(as_outsider, outsider, as_nobody):
    group = PartnerGroupFactory()
    assert as_outsider.get(emails(group)).status_code == 403
    outsider.user_permissions.set(Permission.objects.filter(codename="view_partnergroup"))
    assert as_outsider.get(emails(group)).status_code == 403
    assert "Download" not in as_outsider.get(GROUPS).content.decode()
    assert reverse("admin:login") in as_nobody.get(emails(group))["Location"]
