"""The Template terms screen: numbers of contracts, archive and restore."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import TemplateTerm
from tests.factories import ContractFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db
TERMS = reverse("admin:contracts_templateterm_changelist")
ADD_TERM = reverse("admin:contracts_templateterm_add")
CONTRACTS = reverse("admin:contracts_contract_changelist")


def address(term, what):
    return reverse(f"admin:contracts_templateterm_{what}", args=[term.pk])


def chosen(client, action, *terms):
    ticked = [term.pk for term in terms]
    return client.post(TERMS, {"action": action, "_selected_action": ticked}, follow=True)


def found(client, query):
    return [str(row) for row in client.get(TERMS, query).context["cl"].result_list]


def errors(response):
    return response.context["adminform"].form.errors


def said(response):
    return [str(message) for message in response.context["messages"]]


def logged(term):
    return [entry.get_change_message() for entry in LogEntry.objects.filter(object_id=str(term.pk))]


@pytest.fixture
def gold():
    """A term with two active contracts, one pending and one closed."""
    gold = TemplateTermFactory(name="Gold")
    for number, stage in enumerate(["joined", "joined", "publisher_countered", "expired"]):
        ContractFactory(number=f"S-{number}", template_term=gold, stage=stage)
    ContractFactory(number="S-9", stage="joined")
    return gold


@pytest.mark.parametrize(("state", "numbers"), [("active", {"S-0", "S-1"}), ("pending", {"S-2"})])
def test_the_number_of_contracts_is_a_link_to_exactly_those(as_viewer, gold, state, numbers):
    page = as_viewer.get(TERMS, {"q": "gold"}).content.decode()
    cell = re.search(rf'<td class="field-{state}_contracts"><a href="([^"]+)" class="number">(\d+)</a>', page)
    rows = as_viewer.get(cell[1].replace("&amp;", "&")).context["cl"].result_list
    assert {row.number for row in rows} == numbers
    assert int(cell[2]) == len(numbers)


def test_a_term_without_contracts_shows_none(as_viewer):
    TemplateTermFactory()
    page = as_viewer.get(TERMS).content.decode()
    assert page.count('_contracts"><span class="muted">0</span></td>') == 2
    assert "state=active" not in page


def test_whoever_may_not_see_contracts_sees_their_number_without_a_link(as_outsider, outsider, gold):
    outsider.user_permissions.add(Permission.objects.get(codename="view_templateterm"))
    page = as_outsider.get(TERMS, {"q": "gold"}).content.decode()
    assert '<td class="field-active_contracts">2</td>' in page
    assert CONTRACTS not in page


@pytest.mark.parametrize("order", ["4", "-5"])
def test_terms_can_be_sorted_by_the_number_of_their_contracts(as_viewer, gold, order):
    TemplateTermFactory(name="Unused")
    assert len(found(as_viewer, {"o": order})) == 3


def test_the_terms_are_listed_in_as_many_queries_however_many_there_are(as_editor, django_assert_num_queries):
    TemplateTermFactory.create_batch(2)
    with CaptureQueriesContext(connection) as few:
        as_editor.get(TERMS)
    TemplateTermFactory.create_batch(10)
    with django_assert_num_queries(len(few)):
        as_editor.get(TERMS)


def test_a_template_term_is_found_by_its_name_in_other_letters(as_editor):
    TemplateTermFactory(name="ÉTÉ 2026")
    TemplateTermFactory(name="Gold")
    assert found(as_editor, {"q": "été"}) == ["ÉTÉ 2026"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"archived__exact": "0"}, ["Gold", "Silver"]),
        ({"archived__exact": "1"}, ["Old"]),
        ({"currency__exact": "SEK"}, ["Silver"]),
        ({"archived__exact": "x"}, []),
        ({"currency__exact": "?"}, []),
    ],
)
def test_terms_are_filtered(as_viewer, query, names):
    TemplateTermFactory(name="Gold")
    TemplateTermFactory(name="Silver", currency="SEK")
    TemplateTermFactory(name="Old", archived=True)
    assert found(as_viewer, query) == names


@pytest.mark.parametrize("query", [{"archived__exact": "nul\0"}, {"id__in": "9" * 30}, {"archived": "x"}])
def test_an_absurd_filter_is_answered_with_a_page(as_editor, query):
    assert as_editor.get(TERMS, query, follow=True).status_code == 200


def test_a_template_term_can_be_added(as_editor):
    as_editor.post(ADD_TERM, {"name": "Gold", "currency": "eur"})
    assert TemplateTerm.objects.get().currency == "EUR"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "GOLD", "There is a template term with this name already."),
        ("name", " ", "This field is required."),
        ("currency", "E1R", "A currency is three letters, such as EUR."),
    ],
)
def test_a_template_term_that_can_not_be_is_refused(as_editor, field, value, message):
    TemplateTermFactory(name="Gold")
    page = as_editor.post(ADD_TERM, {"name": "Silver", "currency": "EUR", field: value})
    assert list(errors(page)) == [field]
    assert message in errors(page)[field]


def test_terms_are_archived_from_the_list(as_editor):
    gold, silver, old = TemplateTermFactory(), TemplateTermFactory(), TemplateTermFactory(archived=True)
    page = chosen(as_editor, "archive", gold, silver, old)
    assert not TemplateTerm.objects.filter(archived=False).exists()
    assert said(page) == ["Archived 2 template terms: no new contracts, no change for those there are."]
    assert (logged(gold), logged(silver), logged(old)) == (["Archived."], ["Archived."], [])


def test_terms_are_restored_from_the_list(as_editor):
    old = TemplateTermFactory(name="Gold 2024", archived=True)
    page = chosen(as_editor, "restore", old)
    assert not TemplateTerm.objects.get().archived
    assert said(page) == ["Restored Gold 2024: new contracts are possible again."]
    assert logged(old) == ["Restored."]


@pytest.mark.parametrize(("what", "archived"), [("archive", True), ("restore", False)])
def test_a_terms_page_archives_and_restores_it(as_editor, what, archived):
    term = TemplateTermFactory(archived=not archived)
    assert f'action="{address(term, what)}"' in as_editor.get(address(term, "change")).content.decode()
    page = as_editor.post(address(term, what), follow=True)
    term.refresh_from_db()
    assert term.archived is archived
    assert page.redirect_chain[-1][0] == address(term, "change")
    assert len(logged(term)) == 1


def test_what_is_archived_already_stays_so_and_nothing_is_written_down(as_editor):
    term = TemplateTermFactory(archived=True)
    page = as_editor.post(address(term, "archive"), follow=True)
    assert said(page) == ["Nothing to archive here."]
    assert logged(term) == []


@pytest.mark.parametrize("what", ["archive", "restore"])
def test_to_look_at_the_address_changes_nothing(as_editor, what):
    term = TemplateTermFactory(archived=what == "restore")
    assert as_editor.get(address(term, what)).status_code == 302
    term.refresh_from_db()
    assert term.archived is (what == "restore")


@pytest.mark.parametrize("key", ["424242", "many", "9" * 30, "nul\0"])
def test_a_term_that_does_not_exist_is_not_found(as_editor, key):
    assert as_editor.post(f"{TERMS}{key}/archive/").status_code == 404


@pytest.mark.parametrize("client", ["as_viewer", "as_outsider"])
def test_whoever_may_not_change_terms_archives_none(client, request):
    client, term = request.getfixturevalue(client), TemplateTermFactory()
    assert client.post(address(term, "archive")).status_code == 403
    chosen(client, "archive", term)
    term.refresh_from_db()
    assert not term.archived


def test_nobody_archives_without_logging_in(as_nobody):
    term = TemplateTermFactory()
    assert "login" in as_nobody.post(address(term, "archive"))["Location"]
    term.refresh_from_db()
    assert not term.archived


def test_a_viewer_sees_no_button_to_archive(as_viewer):
    term = TemplateTermFactory()
    assert address(term, "archive") not in as_viewer.get(address(term, "change")).content.decode()


def test_an_outsider_sees_no_terms(as_outsider):
    assert as_outsider.get(TERMS).status_code == 403


def test_a_template_term_in_use_is_kept(as_editor):
    contract = ContractFactory()
    address = reverse("admin:contracts_templateterm_delete", args=[contract.template_term_id])
    as_editor.post(address, {"post": "yes"})
    assert TemplateTerm.objects.exists()
