"""What stands in each row of a list besides its columns."""

import pytest
from django.contrib import admin
from django.urls import reverse, set_script_prefix
from pytest_django.asserts import assertHTMLEqual

from partners.core.row_menu import row_link
from partners.models import Partner, PartnerGroup


@pytest.fixture
def at_home():
    """The site stands at the root again, however a test moves it."""
    yield
    set_script_prefix("/")


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize("page", ["change", "history", "delete"])
def test_a_row_leads_to_its_own_pages_wherever_the_site_stands(page):
    for place in ("/", "/tools/", "/"):
        set_script_prefix(place)
        for row in (Partner(pk=1), Partner(pk=9_223_372), PartnerGroup(pk=1)):
            address = row_link("", page, row).address
            assert address == reverse(f"admin:partners_{row._meta.model_name}_{page}", args=[row.pk])
            assert address.startswith(place)


def test_a_row_is_ticked_as_in_any_list_of_the_admin():
    partner, partners = Partner(pk=7, name='A "<b>" & Söhne'), admin.site.get_model_admin(Partner)
    assertHTMLEqual(partners.action_checkbox(partner), admin.ModelAdmin.action_checkbox(partners, partner))
    assert "A &quot;&lt;b&gt;&quot; &amp; Söhne (7)" in partners.action_checkbox(partner)
