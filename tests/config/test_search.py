"""Searching everything: what is found of each kind, for whom, and when one kind takes too long."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import search as module
from config.search import MAX_HITS
from partners.core.time_limit import SupersededError, TooSlowError
from segments.models import Segment
from tests.factories import (
    ContractFactory,
    PartnerFactory,
    PartnerGroupFactory,
    TemplateTermFactory,
    UserFactory,
)
from tests.segments.forms import saved
from tests.segments.query.test_slow_questions import stopping

pytestmark = pytest.mark.django_db
SEARCH = reverse("admin:search")
DIALOG = {"hx-request": "true"}


def found(client, text):
    """The titles of the hits by kind, without kinds that have none."""
    result = client.get(SEARCH, {"q": text}).context["found"]
    return {str(kind.label): [str(hit.title) for hit in kind.hits] for kind in result.kinds if kind.hits}


def text_of(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


@pytest.fixture
def moss(db):
    """One row of each kind, of the same name."""
    partner = PartnerFactory(pk=700123, name="Moss Diary", email="hello@moss.example")
    group, term = PartnerGroupFactory(name="Moss lovers"), TemplateTermFactory(name="Moss 2026")
    contract = ContractFactory(number="S-5550123", partner=partner, template_term=term)
    return partner, saved("All moss"), group, contract, term


def test_every_kind_is_found_by_its_name_in_any_letters(as_superuser, moss):
    assert found(as_superuser, " MOSS") == {
        "Partners": ["Moss Diary"],
        "Segments": ["All moss"],
        "Groups": ["Moss lovers"],
        "Template terms": ["Moss 2026"],
    }


@pytest.mark.parametrize("text", ["S-5550123", "s-555", "5550123"])
def test_a_contract_is_found_by_the_beginning_of_its_id(as_editor, moss, text):
    assert found(as_editor, text) == {"Contracts": ["S-5550123"]}


@pytest.mark.parametrize("text", ["700123", "hello", "HELLO@moss", "Diary moss"])
def test_a_partner_is_found_by_id_address_and_words_of_the_name(as_editor, moss, text):
    assert found(as_editor, text) == {"Partners": ["Moss Diary"]}


def test_an_address_is_looked_for_beside_names_where_it_is_meant(as_editor):
    PartnerFactory(name="Anna", email="x@example.org")
    PartnerFactory(name="Bert", email="anna@example.org")
    assert found(as_editor, "anna") == {"Partners": ["Anna"]}
    assert found(as_editor, "anna@") == {"Partners": ["Bert"]}


def test_of_partners_the_id_comes_first_then_names_that_begin_with_the_text(as_editor):
    for number in range(MAX_HITS):
        PartnerFactory(name=f"A 7 {number}")
    PartnerFactory(pk=7, name="Vela")
    for name in ("7 Deals", "7"):
        PartnerFactory(name=name)
    assert found(as_editor, "7")["Partners"] == ["Vela", "7", "7 Deals", "A 7 0", "A 7 1", "A 7 2"]


def test_what_was_found_before_the_time_was_up_is_shown(as_editor, moss, monkeypatch):
    class Slow:
        def __getitem__(self, _some):
            raise TooSlowError

    PartnerFactory(name="A moss")
    monkeypatch.setattr(module, "sorted_when_found", lambda _rows: Slow())
    assert found(as_editor, "moss")["Partners"] == ["Moss Diary"]
    assert "Partners: this takes too long" in text_of(as_editor.get(SEARCH, {"q": "moss"}))


def test_names_that_begin_with_the_text_come_first_and_the_archive_last(as_editor):
    old = saved("Moss of old")
    Segment.objects.filter(pk=old.pk).update(archived_at=timezone.now())
    for name in ("A moss", "Moss"):
        saved(name)
    TemplateTermFactory(name="A moss", archived=False)
    TemplateTermFactory(name="Moss", archived=True)
    assert found(as_editor, "moss") == {
        "Segments": ["Moss", "A moss", "Moss of old"],
        "Template terms": ["A moss", "Moss"],
    }
    assert "Archived" in text_of(as_editor.get(SEARCH, {"q": "moss of"}))


def test_every_hit_leads_to_a_page_and_many_lead_to_the_list(as_editor, moss):
    for number in range(MAX_HITS + 1):
        PartnerFactory(name=f"Moss {number}")
    result = as_editor.get(SEARCH, {"q": "moss"}).context["found"]
    partners = result.kinds[0]
    assert len(partners.hits) == MAX_HITS
    assert len(as_editor.get(partners.url).context["cl"].result_list) == MAX_HITS + 2
    for kind in result.kinds:
        assert bool(kind.url) == (kind is partners)
        for hit in kind.hits:
            assert as_editor.get(hit.url).status_code == 200, hit


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        (
            "import",
            ["Imports", "Import partners", "Import groups", "Import template terms", "Import contracts"],
        ),
        ("stage edit", ["Stage edits"]),
        ("users", ["Users"]),
        ("create segment", ["Create Segment"]),
        ("add part", ["Add partner"]),
    ],
)
def test_pages_are_found_by_what_they_are_called(as_superuser, text, pages):
    assert found(as_superuser, text)["Pages"][: len(pages)] == pages


@pytest.mark.parametrize("who", ["editor", "viewer", "outsider", "superuser"])
def test_nobody_finds_a_page_that_does_not_open(request, who, moss):
    client = request.getfixturevalue(f"as_{who}")
    for text in "aeiost":
        for kind in client.get(SEARCH, {"q": text}).context["found"].kinds:
            for hit in kind.hits:
                assert client.get(hit.url).status_code == 200, hit


def test_a_viewer_finds_rows_and_no_page_to_change_them(as_viewer, moss):
    assert found(as_viewer, "moss").keys() == {"Partners", "Segments", "Groups", "Template terms"}
    for text in ("import", "add", "create", "users", "stage edits"):
        assert found(as_viewer, text) == {}


def test_an_outsider_finds_nothing_but_the_start_page(as_outsider, moss):
    for text in ("moss", "700123", "hello@", "S-5550123", "segments", "import"):
        assert found(as_outsider, text) == {}
    assert found(as_outsider, "start") == {"Pages": ["Start"]}


def test_each_kind_is_for_those_who_may_look_at_it(client, moss):
    user = UserFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_partnergroup", "view_segment"]))
    client.force_login(user)
    assert found(client, "moss") == {"Groups": ["Moss lovers"]}


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "a\0b"])
def test_a_text_without_letters_asks_nothing(as_editor, moss, text):
    assert found(as_editor, text) == {}


@pytest.mark.parametrize("text", ["%", "_", "'", "<b>", "\\", "🦩" * 300, "1" * 300, "شروق"])
def test_whatever_is_typed_is_answered(as_editor, moss, text):
    answer = as_editor.get(SEARCH, {"q": text})
    assert answer.status_code == 200
    assert "Nothing is called" in text_of(answer)
    assert "<b>" not in answer.content.decode()


@pytest.mark.parametrize("error", [TooSlowError, SupersededError])
def test_a_kind_that_takes_too_long_says_so_and_the_others_answer(as_editor, moss, monkeypatch, error):
    monkeypatch.setattr(module, "time_limit", stopping(error, times=1))
    answer = as_editor.get(SEARCH, {"q": "moss"})
    assert "Partners: this takes too long" in text_of(answer)
    assert found(as_editor, "moss")["Segments"] == ["All moss"]
    assert "All moss" in text_of(answer)


def test_the_dialog_gets_options_and_no_frame(as_editor, moss):
    page = as_editor.get(SEARCH, {"q": "moss"}, headers=DIALOG).content.decode()
    assert page.count('role="option"') == 4
    assert "<html" not in page
    assert "4 results" in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_every_page_offers_the_search_to_those_who_are_logged_in(as_outsider, as_nobody):
    assert f'action="{SEARCH}"' in as_outsider.get(reverse("admin:index")).content.decode()
    assert SEARCH not in as_nobody.get(reverse("admin:login")).content.decode()


def test_the_queries_do_not_grow_with_the_data(as_editor, django_assert_max_num_queries):
    def ask():
        for text in ("S-555", "moss"):
            as_editor.get(SEARCH, {"q": text}, headers=DIALOG)

    def add(number):
        term = TemplateTermFactory(name=f"Moss {number}")
        ContractFactory(template_term=term, partner=PartnerFactory(name=f"Moss {number}"))
        PartnerGroupFactory(name=f"Moss {number}")

    add(0)
    with CaptureQueriesContext(connection) as few:
        ask()
    for number in range(1, 20):
        add(number)
    with django_assert_max_num_queries(len(few)):
        ask()
