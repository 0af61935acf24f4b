"""What apps declare to be added to the screens of the apps below them."""

import pytest
from django.contrib import admin
from django.db.models import F
from django.test.utils import isolate_apps
from django.urls import reverse
from django.utils.html import format_html

from partners.core.extensions import EXTENSIONS, extend, placed
from partners.core.filtersets import MenuFilter
from partners.exports.columns import COLUMNS
from partners.imports.importers.registry import IMPORTERS
from partners.models import PartnerGroup
from segments.conditions import ATTRIBUTES
from tests.factories import PartnerFactory, PartnerGroupFactory

LIST = reverse("admin:partners_partnergroup_changelist")


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Groups without what other apps add, and what a test adds is gone after it."""
    monkeypatch.setitem(EXTENSIONS, PartnerGroup, [])


@admin.display(description="Shouted", ordering="shouted")
def shouted(group):
    return group.shouted.upper()


@admin.display(description="Length")
def length(group):
    return len(group.name)


FILTERS = {"exactly": MenuFilter("name", label="Exact name", choices=[("VIP", "Very important")])}


def echo(request, group):
    return format_html("<p>{} sees {}</p>", request.user, group)


def nobody(user):
    return False


def page_of(client, group):
    return client.get(reverse("admin:partners_partnergroup_change", args=[group.pk])).content.decode()


def columns_of(client):
    return client.get(LIST).context["cl"].list_display


@pytest.mark.parametrize(
    ("order", "expected"), [(0, "XYab"), (1, "aXYb"), (2, "abXY"), (9, "abXY"), (float("inf"), "abXY")]
)
def test_the_order_is_how_many_of_the_own_entries_come_before(order, expected):
    assert "".join(placed("ab", [(order, "XY")])) == expected


def test_entries_of_the_same_order_stand_as_they_were_declared():
    assert "".join(placed("ab", [(1, "X"), (0, "Y"), (1, "Z")])) == "YaXZb"


@pytest.mark.django_db
class TestAnExtendedScreen:
    @pytest.fixture
    def group(self):
        return PartnerGroupFactory(name="VIP")

    def test_shows_a_column_and_sorts_by_what_its_rows_know_besides(self, as_viewer, group):
        PartnerGroupFactory(name="EU")
        extend(PartnerGroup, columns=[shouted], annotations={"shouted": F("name_folded")}, order=1)
        assert columns_of(as_viewer)[:3] == ["name", shouted, "number_of_partners"]
        found = as_viewer.get(LIST, {"o": "-1"}).context["cl"].result_list
        assert [row.name for row in found] == ["VIP", "EU"]

    def test_filters(self, as_viewer, group):
        PartnerGroupFactory(name="EU")
        extend(PartnerGroup, filters=FILTERS)
        found = as_viewer.get(LIST, {"exactly": "VIP"}).context["cl"].result_list
        assert [row.name for row in found] == ["VIP"]

    def test_shows_a_panel_below_the_form_of_a_row(self, as_viewer, group):
        extend(PartnerGroup, panels=[echo])
        assert "<p>viewer sees VIP</p>" in page_of(as_viewer, group)

    def test_fetches_what_its_rows_show_all_at_once(self, as_viewer, group, django_assert_num_queries):
        PartnerFactory(groups=[group])
        extend(PartnerGroup, prefetch=["partners"])
        (row,) = as_viewer.get(LIST).context["cl"].result_list
        with django_assert_num_queries(0):
            assert len(row.partners.all()) == 1

    def test_shows_two_extensions_in_the_order_of_their_declaration(self, as_viewer, group):
        extend(PartnerGroup, columns=[length])
        extend(PartnerGroup, columns=[shouted], annotations={"shouted": F("name_folded")})
        assert columns_of(as_viewer)[2:4] == [length, shouted]

    def test_shows_nothing_of_it_to_those_who_may_not_see_it(self, as_viewer, group):
        extend(
            PartnerGroup,
            columns=[shouted],
            filters=FILTERS,
            panels=[echo],
            annotations={"shouted": F("name_folded")},
            allowed=nobody,
        )
        assert shouted not in columns_of(as_viewer)
        assert "Exact name" not in as_viewer.get(LIST).content.decode()
        assert "viewer sees" not in page_of(as_viewer, group)


def declared():
    """How much has been declared of each kind."""
    extensions = {model: len(several) for model, several in EXTENSIONS.items() if several}
    return extensions, len(COLUMNS), len(IMPORTERS), len(ATTRIBUTES)


def test_what_is_declared_once_more_is_there_once(monkeypatch):
    monkeypatch.undo()  # with all that apps add to groups
    before = declared()
    with isolate_apps("partners", "contracts", "segments"):
        assert declared() == before
