"""Saved segments: asked anew each time, and what they name is held fast."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import JSONField, ProtectedError, Value
from django.urls import reverse

from contracts.models import TemplateTerm
from partners.models import Partner, PartnerGroup
from segments.definition import Definition
from segments.errors import DefinitionError
from segments.models import REFERENCED, Segment, SegmentReference
from segments.references import list_of_segments_naming
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import JOINED, NEW, PROSPECTS, any_of, asks, saved, text_of

pytestmark = pytest.mark.django_db

NAMED = {
    "partner_group": (PartnerGroupFactory, "partners_partnergroup"),
    "template_term": (TemplateTermFactory, "contracts_templateterm"),
    "partner_name": (PartnerFactory, "partners_partner"),
    "partner_id": (PartnerFactory, "partners_partner"),
}


@pytest.fixture(params=NAMED)
def named(request):
    """A row, two segments that name it, and the admin's name for its pages."""
    factory, pages = NAMED[request.param]
    row = factory(name="In use")
    saved("First", any_of([asks(request.param, "any_of", [row.pk])]))
    saved("Second <b>", any_of([NEW], [JOINED, asks(request.param, "none_of", [row.pk])]))
    return row, pages


def is_there(row):
    return type(row).objects.filter(pk=row.pk).exists()


class TestGuards:
    def test_a_row_in_use_can_not_be_deleted(self, named):
        row, _pages = named
        with pytest.raises(ProtectedError), transaction.atomic():
            row.delete()
        with pytest.raises(ProtectedError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).delete()
        assert is_there(row)

    def test_the_page_for_deleting_it_leads_to_the_segments(self, as_superuser, named):
        row, pages = named
        address = reverse(f"admin:{pages}_delete", args=[row.pk])
        for answer in (as_superuser.get(address), as_superuser.post(address, {"post": "yes"})):
            assert "It can't be deleted: it is in use." in text_of(answer)
            link = f'<a href="{list_of_segments_naming(row)}">see them</a>'
            assert f"2 segments use it: {link}" in text_of(answer)
        assert is_there(row)

    def test_the_action_on_several_rows_says_which_is_in_use(self, as_superuser, named):
        row, pages = named
        free = type(row).objects.create(name="Not in use")
        data = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [row.pk, free.pk], "post": "yes"}
        answer = as_superuser.post(reverse(f"admin:{pages}_changelist"), data)
        assert "Nothing was deleted: some of these are in use." in text_of(answer)
        assert f"<bdi>{row}</bdi>: 2 segments use it" in text_of(answer)
        assert is_there(row)
        assert is_there(free)

    def test_once_no_segment_names_it_it_can_go(self, named):
        row, _pages = named
        Segment.objects.get(name="First").delete()
        second = Segment.objects.get(name="Second <b>")
        second.definition = PROSPECTS
        second.save()
        row.delete()
        assert not is_there(row)

    def test_a_partner_that_only_matches_can_go(self):
        partner = PartnerFactory()
        segment = saved(definition=any_of([NEW], [JOINED]))
        assert segment.partners().count() == 1
        partner.delete()
        assert segment.partners().count() == 0

    def test_a_group_whose_name_a_text_contains_can_go(self):
        term = TemplateTermFactory(name="Gold")
        saved(definition=any_of([asks("template_term", "contains", "gold")]))
        term.delete()
        assert not TemplateTerm.objects.exists()


class TestReferences:
    def test_name_each_row_once(self):
        group, term, partner = PartnerGroupFactory(), TemplateTermFactory(), PartnerFactory()
        segment = saved(
            definition=any_of(
                [asks("partner_group", "any_of", [group.pk, group.pk, 404_404_404])],
                [asks("partner_group", "none_of", [group.pk]), asks("template_term", "any_of", [term.pk])],
                [asks("partner_id", "any_of", [partner.pk]), asks("partner_name", "any_of", [partner.pk])],
            )
        )
        held = {(one.group, one.template_term, one.partner) for one in segment.references.all()}
        assert held == {(group, None, None), (None, term, None), (None, None, partner)}
        assert segment.references.count() == 3
        assert {str(one) for one in segment.references.all()} == {"Prospects"}

    def test_of_a_broken_definition_are_let_go(self):
        group = PartnerGroupFactory()
        segment = saved(definition=any_of([asks("partner_group", "any_of", [group.pk])]))
        segment.definition = {"version": 2}
        segment.save()
        assert not SegmentReference.objects.exists()

    def test_can_be_thousands(self):
        Partner.objects.bulk_create(
            Partner(id=number, name=f"Partner {number}") for number in range(1, 2_502)
        )
        segment = saved(definition=any_of([asks("partner_id", "any_of", list(range(1, 2_502)))]))
        assert segment.references.count() == 2_501

    def test_that_stay_are_not_written_again(self):
        first, second, third = PartnerFactory.create_batch(3)
        segment = saved(definition=any_of([asks("partner_id", "any_of", [first.pk, second.pk])]))
        kept = segment.references.get(partner=second)
        segment.definition = any_of([asks("partner_name", "any_of", [second.pk, third.pk])])
        segment.save()
        assert {one.partner for one in segment.references.all()} == {second, third}
        assert segment.references.get(partner=second) == kept

    def test_name_exactly_one_row(self):
        segment = saved()
        for names in ({}, {"group": PartnerGroupFactory(), "partner": PartnerFactory()}):
            with pytest.raises(IntegrityError), transaction.atomic():
                SegmentReference.objects.create(segment=segment, **names)

    @pytest.mark.parametrize(
        ("name", "make"),
        [
            ("group", PartnerGroupFactory),
            ("template_term", TemplateTermFactory),
            ("partner", PartnerFactory),
        ],
    )
    def test_name_a_row_no_second_time(self, name, make):
        row, segment = make(), saved()
        SegmentReference.objects.create(segment=segment, **{name: row})
        SegmentReference.objects.create(segment=segment, **{name: make()})
        SegmentReference.objects.create(segment=saved("Other"), **{name: row})
        with pytest.raises(IntegrityError), transaction.atomic():
            SegmentReference.objects.create(segment=segment, **{name: row})

    def test_know_every_model_that_can_be_picked(self):
        assert set(REFERENCED) == {PartnerGroup, TemplateTerm, Partner, Segment}


class TestPartners:
    def test_are_asked_for_anew_each_time(self):
        contract = ContractFactory(stage="joined")
        segment = saved(definition=any_of([JOINED]))
        assert list(segment.partners()) == [contract.partner]
        contract.stage = "cancelled"
        contract.save()
        assert list(segment.partners()) == []
        ContractFactory(partner=contract.partner)
        assert list(Segment.objects.get().partners()) == [contract.partner]

    def test_of_a_broken_definition_are_nobody(self):
        PartnerFactory()
        for definition in ([], {"version": 1, "any": []}, any_of([asks("shoe_size", "none_of", [44])]), None):
            segment = saved(f"{definition}")
            Segment.objects.filter(pk=segment.pk).update(definition=Value(definition, JSONField()))
            segment.refresh_from_db()
            assert not segment.partners().exists()
            with pytest.raises(DefinitionError):
                segment.read()

    def test_can_be_narrowed_and_ordered_further(self):
        first, second = PartnerFactory(name="A"), PartnerFactory(name="B")
        segment = saved(definition=any_of([NEW], [JOINED]))
        assert list(segment.partners().order_by("-name")) == [second, first]
        assert list(segment.partners().exclude(pk=first.pk)) == [second]


class TestNames:
    def test_are_unique_in_any_letters_for_the_database_too(self):
        saved("Straße")
        with pytest.raises(ValidationError):
            Segment(name="STRASSE", definition=PROSPECTS).full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            saved("STRASSE")

    def test_are_never_blank_for_the_database_too(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            saved("   ")

    def test_are_how_a_segment_is_called(self):
        assert str(saved("Prospects")) == "Prospects"


def test_a_segment_outlives_its_owner(editor):
    segment = saved(owner=editor, changed_by=editor)
    editor.delete()
    segment.refresh_from_db()
    assert (segment.owner, segment.changed_by) == (None, None)


def test_the_order_of_values_and_doubles_among_them_mean_nothing():
    where = asks(
        "contracts", "at_least", "1", where=[asks("contract_stage", "any_of", ["joined", "expired"])]
    )
    segment = saved(definition=any_of([asks("country", "any_of", ["DE", "AT"]), where]) | {"version": 2})

    def means(countries, stages):
        limit = asks("contract_stage", "any_of", stages)
        condition = asks("contracts", "at_least", "1", where=[limit])
        raw = any_of([asks("country", "any_of", countries), condition]) | {"version": 2}
        return segment.means(Definition.from_json(raw))

    assert means(["AT", "DE", "AT"], ["expired", "joined"])
    assert not means(["AT"], ["expired", "joined"])
    assert not means(["AT", "DE"], ["expired"])
