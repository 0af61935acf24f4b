"""Texts are searched whatever their letters, with the same answers on both databases."""

import pytest
from django.contrib.auth import get_user_model

from partners.models import Partner
from tests.factories import PartnerFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kept", "term", "found"),
    [
        ("https://m\u00fcsli.example/", "M\u00dcSLI", True),
        ("https://M\u00dcSLI.example/", "m\u00fcsli", True),
        ("https://\u043c\u0438\u0440.example/", "\u041c\u0418\u0420", True),
        ("https://example.com/stra\u00dfe", "STRASSE", False),
        ("https://example.com/100%25_\\", "00%25_\\", True),
        ("https://example.com/a", "_x", False),
        ("https://example.com/\u00e9", "%", False),
    ],
)
def test_a_text_is_found_whatever_its_letters(kept, term, found):
    PartnerFactory(website=kept)
    assert Partner.objects.filter(website__icontains=term).exists() is found


def test_an_empty_column_and_a_number_are_searched_too():
    partner = PartnerFactory(id=700123, original_joined_date=None)
    assert Partner.objects.filter(id__icontains="0012").get() == partner
    assert not Partner.objects.filter(original_joined_date__icontains="1").exists()


def test_the_users_screen_finds_names_beyond_ascii(as_superuser):
    get_user_model().objects.create_user("jos\u00e9.garc\u00eda")
    page = as_superuser.get("/admin/auth/user/", {"q": "JOS\u00c9"})
    assert [user.username for user in page.context["cl"].result_list] == ["jos\u00e9.garc\u00eda"]
