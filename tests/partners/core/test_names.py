"""How names compare, and that no way of saving leaves the folded name behind."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from contracts.models import TemplateTerm
from partners.core.names import fold, is_blank, without_invisible
from partners.models import Partner, PartnerGroup
from tests.factories import PartnerFactory, PartnerGroupFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("éclair", "ÉCLAIR"),
        ("e\u0301clair", "ÉCLAIR"),
        ("STRASSE", "Straße"),
        ("  Nordlicht\u3000", "nordlicht"),
        ("ΩΚΕΑΝΌΣ", "ωκεανός"),
        ("\uff26\uff35\uff2c\uff2c width", "full WIDTH"),
        ("Ёлка", "ёЛКА"),
    ],
)
def test_texts_that_differ_in_case_form_or_surrounding_space_fold_alike(one, other):
    assert fold(one) == fold(other)


def test_different_names_fold_differently():
    assert fold("éclair") != fold("eclair")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Fern\u200b", "Fern"),
        ("\ufeffS-5550001\u2060", "S-5550001"),
        ("\u200f\u202bFern\u202c \u200e", "Fern"),
        ("news\u00adletter@fern.example", "newsletter@fern.example"),
        ("S-1\u200d", "S-1"),
        ("S\u200c\u200d-1", "S-1"),
        ("\u3164", ""),
        ("\u3000\u200d\u3000", ""),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\U0001f469\u200d\U0001f4bb Studio", "\U0001f469\u200d\U0001f4bb Studio"),
        ("\u2764\ufe0f Deals", "\u2764\ufe0f Deals"),
        ("a\nb", "a\nb"),
    ],
)
def test_what_nobody_sees_is_taken_out_of_a_text(text, kept):
    assert without_invisible(text) == kept


@given(
    st.text(
        st.characters(exclude_categories=["Cs"]) | st.sampled_from("\u200b\u200c\u200d\u202e a\u00e9\u3000")
    )
)
def test_taking_out_twice_is_taking_out_once(text):
    once = without_invisible(text)
    assert without_invisible(once) == once
    assert once == once.strip()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_that_shows_something_can_be_compared(text):
    assert is_blank(text) or fold(without_invisible(text))


@pytest.mark.parametrize(
    "text", ["", " ", "\u3000", "\u200b", "\u200d", "\u202e", "\u3164", "\u2800", "\ufe0f", "\U000e0101"]
)
def test_a_text_that_shows_nothing_is_blank(text):
    assert is_blank(text)


def test_a_name_is_kept_without_what_nobody_sees():
    group = PartnerGroupFactory.build(name="\u200fVIP\u200b")
    group.full_clean()
    assert (group.name, group.name_folded) == ("VIP", "vip")


def test_a_name_that_differs_only_in_what_nobody_sees_is_taken():
    PartnerGroupFactory(name="VIP")
    with pytest.raises(ValidationError, match="There is a group with this name already"):
        PartnerGroupFactory.build(name="VI\u200bP").full_clean()


def test_a_row_is_found_whatever_nobody_sees():
    group = PartnerGroupFactory(name="Garden Bloggers")
    assert PartnerGroup.objects.named("Garden\u200b Bloggers\u200e").get() == group


def test_saving_a_row_keeps_its_folded_name_up():
    partner = PartnerFactory(name="Vela")
    partner.name = "ÉCLAIR Reviews"
    partner.save()
    assert Partner.objects.get(name_folded="éclair reviews") == partner


def test_saving_only_the_name_keeps_the_folded_name_up():
    partner = PartnerFactory(name="Vela")
    partner.name = "ÉCLAIR"
    partner.save(update_fields=["name"])
    assert Partner.objects.get(name_folded="éclair") == partner


def test_saving_other_fields_only_leaves_the_name_alone():
    partner = PartnerFactory(name="Vela")
    partner.name = "Changed in memory"
    partner.email = "vela@vela.example"
    partner.save(update_fields=["email"])
    partner.refresh_from_db()
    assert (partner.name, partner.name_folded, partner.email) == ("Vela", "vela", "vela@vela.example")


def test_bulk_create_folds_the_names():
    Partner.objects.bulk_create([Partner(name="ÉCLAIR"), Partner(name="Straße")])
    assert set(Partner.objects.values_list("name_folded", flat=True)) == {"éclair", "strasse"}


def test_bulk_create_that_updates_folds_the_names():
    PartnerFactory(id=700123, name="Vela")
    Partner.objects.bulk_create(
        [Partner(id=700123, name="ÉCLAIR")],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name", "name_folded"],
    )
    assert Partner.objects.get().name_folded == "éclair"


def test_update_folds_the_name():
    PartnerFactory(name="Vela")
    Partner.objects.update(name="ÉCLAIR")
    assert Partner.objects.get().name_folded == "éclair"


def test_update_without_a_name_leaves_the_folded_name_alone():
    PartnerFactory(name="Vela")
    Partner.objects.update(email="vela@vela.example")
    assert Partner.objects.get().name_folded == "vela"


def test_bulk_update_folds_the_names():
    partner = PartnerFactory(name="Vela")
    partner.name = "ÉCLAIR"
    Partner.objects.bulk_update([partner], ["name"])
    assert Partner.objects.get().name_folded == "éclair"


def test_bulk_update_of_other_fields_leaves_the_folded_name_alone():
    partner = PartnerFactory(name="Vela")
    partner.name, partner.email = "Changed in memory", "vela@vela.example"
    Partner.objects.bulk_update([partner], ["email"])
    assert Partner.objects.get().name_folded == "vela"


def test_a_row_is_found_by_its_name_in_any_letters():
    group = PartnerGroupFactory(name="Garden Bloggers")
    assert PartnerGroup.objects.named(" garden BLOGGERS").get() == group


@pytest.mark.parametrize("factory", [PartnerGroupFactory, TemplateTermFactory])
def test_a_name_can_not_be_doubled_in_other_letters(factory):
    factory(name="Straße")
    with pytest.raises(IntegrityError), transaction.atomic():
        factory(name="STRASSE")


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        (PartnerGroupFactory, "There is a group with this name already."),
        (TemplateTermFactory, "There is a template term with this name already."),
    ],
)
def test_a_doubled_name_is_refused_with_a_message(factory, message):
    factory(name="Straße")
    with pytest.raises(ValidationError) as refused:
        factory.build(name=" STRASSE ").full_clean()
    assert refused.value.message_dict["name"] == [message]


def test_a_row_keeps_its_own_name():
    group = PartnerGroupFactory(name="Creators")
    group.name = " CREATORS "
    group.full_clean()
    assert group.name == "CREATORS"


def test_partners_may_share_a_name():
    PartnerFactory(name="Vela")
    twin = PartnerFactory(name="vela")
    twin.full_clean()
    assert Partner.objects.named("VELA").count() == 2


@pytest.mark.parametrize("model", [Partner, PartnerGroup, TemplateTerm])
@pytest.mark.parametrize("blank", ["", "   ", "\u3000"])
def test_the_database_refuses_a_blank_name(model, blank):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(name=blank)


def test_a_row_shows_as_its_name():
    assert str(PartnerGroupFactory(name="Creators")) == "Creators"


def test_a_partner_shows_as_its_name_and_partner_id():
    assert str(PartnerFactory(id=700123, name="Aurora Media")) == "Aurora Media (700123)"


def test_the_flag_of_england_stays_as_it_is():
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    assert without_invisible(f"\u200b{flag} Shop\U000e0067") == f"{flag} Shop"
