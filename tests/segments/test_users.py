"""Conditions that name users."""

import pytest
from django.contrib.auth.models import User

from partners.models import Partner
from segments.attributes.users import UserSelect
from segments.compiler import compile_definition
from segments.conditions import CATALOG
from segments.definition import Condition, Definition, Group
from segments.errors import DefinitionError, IncompleteError
from segments.insight.health import unknown_ids
from segments.language.labels import Labels
from segments.language.sentences import sentence
from tests.factories import PartnerFactory, UserFactory
from tests.segments.masks import answered_by_masks
from tests.segments.moments import AT

pytestmark = pytest.mark.django_db
OWNER = CATALOG["owner"]


def asked(*names, operator="any_of"):
    return Definition((Group((Condition("owner", operator, names),)),))


def found(definition):
    return set(Partner.objects.filter(compile_definition(definition, AT)).values_list("name", flat=True))


@pytest.fixture
def ada(db):
    ada = UserFactory(username="ada")
    PartnerFactory(name="Hers", owner=ada)
    PartnerFactory(name="Nobody's")
    return ada


def test_users_are_named_by_their_user_names_letter_by_letter(ada):
    assert found(asked("ada")) == {"Hers"}
    assert found(asked("ada", operator="none_of")) == {"Nobody's"}
    assert found(asked("Ada")) == set()


def test_a_user_with_another_name_is_another_user_and_the_old_name_is_told(ada):
    User.objects.filter(pk=ada.pk).update(username="ada.lovelace")
    definition = asked("ada")
    assert found(definition) == set()
    with answered_by_masks():
        assert found(definition) == set()
    [message] = unknown_ids(definition, Labels.of(definition))
    assert message == "1 Owner is not known: ada."
    assert unknown_ids(asked("ada.lovelace"), Labels.of(asked("ada.lovelace"))) == []


def test_a_user_who_is_deleted_owns_nobody_any_more(ada):
    ada.delete()
    assert found(Definition((Group((Condition("owner", "is_empty"),)),))) == {"Hers", "Nobody's"}


def test_the_sentence_names_them(ada):
    assert sentence(asked("ada", "bo"), Labels(())) == "Partners whose owner is ada or bo."


@pytest.mark.parametrize("wrong", [7, None, "", "  ", "nul\0", "x" * 151, ["ada"]])
def test_what_can_not_be_a_user_name_is_refused(wrong):
    with pytest.raises(DefinitionError, match="is not a Owner"):
        OWNER.read("any_of", [wrong])


def test_no_user_is_not_enough():
    with pytest.raises(IncompleteError, match="Choose at least one user"):
        OWNER.read("any_of", [])


def test_staff_are_offered_and_who_was_chosen_before(ada):
    UserFactory(username="gone", is_active=False)
    UserFactory(username="customer", is_staff=False)
    drawn = UserSelect().render("owner", ["former"])
    assert '<option value="ada">ada</option>' in drawn
    assert '<option value="former" selected>former</option>' in drawn
    assert "gone" not in drawn
    assert "customer" not in drawn
