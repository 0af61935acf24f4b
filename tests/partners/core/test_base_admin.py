"""Two people who save the same at the same moment: the second gets the form back, never an error page."""

import pytest
from django.urls import reverse

from partners.models import Partner, PartnerGroup
from tests.factories import PartnerFactory, PartnerGroupFactory

pytestmark = pytest.mark.django_db
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
    page = as_editor.post(
        reverse("admin:partners_partnergroup_change", args=[group.pk]), {"name": "creators"}
    )
    assert MESSAGE in page.content.decode()
    assert set(PartnerGroup.objects.values_list("name", flat=True)) == {"Creators", "Makers"}
