"""Two people who save the same at once get the form back; odd addresses get a page. Never an error page."""

import pytest
from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.auth.models import Group
from django.urls import reverse

from partners.models import Partner, PartnerGroup
from tests.factories import PartnerFactory, PartnerGroupFactory

pytestmark = pytest.mark.django_db
NEVER_EMPTY_IN_LISTS = {"partners.StageEdit.applied_at"}
MESSAGE = "Somebody saved the same at the same moment. Nothing was saved: check it and try again."


def test_a_name_that_was_unique_a_moment_ago_comes_back_with_what_was_typed(as_editor, monkeypatch):
    PartnerGroupFactory(name="Creators")
    monkeypatch.setattr(PartnerGroup, "clean", lambda self: None)
    monkeypatch.setattr(PartnerGroup, "validate_constraints", lambda self, exclude=None: None)
    page = as_editor.post(reverse("admin:partners_partnergroup_add"), {"name": "CREATORS"})
    assert page.status_code == 200
    assert MESSAGE in page.content.decode()
    assert 'value="CREATORS"' in page.content.decode()
    assert PartnerGroup.objects.get().name == "Creators"


def test_a_partner_id_that_was_free_a_moment_ago_comes_back_with_what_was_typed(as_editor, monkeypatch):
    PartnerFactory(id=700123, name="Vela")
    monkeypatch.setattr(
        "partners.forms.PartnerForm.clean_partner_id", lambda self: self.cleaned_data["partner_id"]
    )
    typed = {"name": "Aurora Media", "partner_id": "700123", "prospecting_stage": "new"}
    page = as_editor.post(reverse("admin:partners_partner_add"), typed)
    assert page.status_code == 200
    assert MESSAGE in page.content.decode()
    assert 'value="Aurora Media"' in page.content.decode()
    assert list(Partner.objects.values_list("pk", "name")) == [(700123, "Vela")]


def test_a_rename_that_collides_keeps_both_names(as_editor, monkeypatch):
    PartnerGroupFactory(name="Creators")
    group = PartnerGroupFactory(name="Makers")
    monkeypatch.setattr(PartnerGroup, "clean", lambda self: None)
    monkeypatch.setattr(PartnerGroup, "validate_constraints", lambda self, exclude=None: None)
    page = as_editor.post(reverse("admin:partners_partnergroup_edit", args=[group.pk]), {"name": "creators"})
    assert MESSAGE in page.content.decode()
    assert set(PartnerGroup.objects.values_list("name", flat=True)) == {"Creators", "Makers"}


@pytest.mark.parametrize("page", ["abc", "", "-1", "0", "1.5", "\0", "9" * 30, "9" * 5000])
def test_a_page_of_the_history_that_is_no_number_or_past_the_last_shows_one_that_is(as_superuser, page):
    address = reverse("admin:partners_partner_history", args=[PartnerFactory().pk])
    assert as_superuser.get(address, {"p": page}).status_code == 200


@pytest.mark.parametrize("page", ["change", "delete"])
def test_an_empty_to_field_is_none(as_superuser, superuser, page):
    rows = [PartnerFactory(), PartnerGroupFactory(), superuser, Group.objects.create(name="Editors")]
    for row in rows:
        address = admin_urlname(row._meta, page)
        assert as_superuser.get(reverse(address, args=[row.pk]), {"_to_field": ""}).status_code == 200


@pytest.mark.parametrize("screen", ["partners/partner", "contracts/contract", "contracts/templateterm"])
def test_an_incomplete_form_that_asks_to_be_saved_as_another_row_is_shown_again(as_superuser, screen):
    page = as_superuser.post(f"/admin/{screen}/add/", {"_saveasnew": "1"})
    assert page.status_code == 200
    assert page.context["errors"]


@pytest.mark.parametrize(
    ("screen", "query"),
    [
        ("auth_group", {"permissions": "9" * 30}),
        ("auth_user", {"date_joined__year": "-1"}),
        ("auth_user", {"username__regex": "("}),
        ("auth_user", {"username": "nul\0"}),
        ("partners_partner", {"id__range": "1"}),
        ("partners_partner", {"website": "vela"}),
        ("partners_partner", {"name__regex": "("}),
        ("segments_segment", {"definition__contains": "'"}),
        ("segments_segment", {"owner": "9" * 30}),
    ],
)
def test_a_list_says_which_filters_it_does_not_have_and_shows_everything(as_superuser, screen, query):
    page = as_superuser.get(reverse(f"admin:{screen}_changelist"), query, follow=True)
    assert page.redirect_chain
    assert "There is no such filter. Here is everything." in page.content.decode()


def columns_to_sort_by():
    for model, model_admin in admin.site._registry.items():
        changelist = model_admin.get_changelist(None)
        for column in model_admin.list_display:
            field = changelist.get_ordering_field(_Listed(model, model_admin), column)
            if isinstance(field, str):
                yield model, field


class _Listed:
    """As much of a list as the look-up of a column's field needs."""

    def __init__(self, model, model_admin):
        self.lookup_opts, self.model_admin, self.model = model._meta, model_admin, model


def test_a_column_that_may_be_empty_says_where_rows_without_a_value_come():
    """Databases differ in it: `EmptyLast` and `EmptyHighest` are the same in all."""
    empty = {
        f"{model._meta.label}.{name}"
        for model, name in columns_to_sort_by()
        if name in {field.name for field in model._meta.fields if field.null}
    }
    assert empty == NEVER_EMPTY_IN_LISTS
