"""The list of contracts, its search, and the contract's form."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contracts.imports.contracts import read_number
from contracts.models import Contract
from partners.imports.errors import Refused
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:contracts_contract_changelist")
ADD = reverse("admin:contracts_contract_add")
TERMS = reverse("admin:contracts_templateterm_changelist")
LONG_AGO = datetime(2024, 3, 11, tzinfo=UTC)


def change(contract):
    return reverse("admin:contracts_contract_change", args=[contract.pk])


def posted(contract, **values):
    return {
        "number": contract.number,
        "partner": contract.partner_id,
        "template_term": contract.template_term_id,
        "stage": contract.stage,
        "start_date": "2025-02-03",
        "end_date": "",
        **values,
    }


def unsaved(**values):
    return ContractFactory.build(partner=PartnerFactory(), template_term=TemplateTermFactory(), **values)


def found(client, term, address=LIST):
    return [str(row) for row in client.get(address, {"q": term}).context["cl"].result_list]


def errors(response):
    return response.context["adminform"].form.errors


def test_the_list_shows_partner_term_and_stage(as_editor):
    ContractFactory(
        number="S-5550001",
        partner=PartnerFactory(id=700123, name="Aurora Media"),
        template_term=TemplateTermFactory(name="Gold 2026"),
        stage="suspended",
    )
    page = as_editor.get(LIST).content.decode()
    assert "S-5550001" in page
    assert '<bdi>Aurora Media</bdi></span> <span class="row-detail">700123</span>' in page
    assert "Gold 2026" in page
    assert '<span class="badge badge-stopped" title="the brand suspended it">Suspended' in page
    assert "3 Feb 2025" in page


@pytest.mark.parametrize(
    "term", ["S-5550001", "s-5550001", "5550001", "S-555", " 555 ", "éclair", "reviews éclair", "700161"]
)
def test_a_contract_is_found_by_its_id_and_by_its_partner(as_editor, term):
    ContractFactory(number="S-5550001", partner=PartnerFactory(id=700161, name="ÉCLAIR Reviews"))
    ContractFactory(number="S-7", partner=PartnerFactory(id=8, name="Moss Diary"))
    assert found(as_editor, term) == ["S-5550001"]


@pytest.mark.parametrize("term", ["nul\0byte", "9" * 30, "²"])
@pytest.mark.parametrize("address", [LIST, TERMS])
def test_an_absurd_search_finds_nothing(as_editor, term, address):
    ContractFactory()
    assert as_editor.get(address, {"q": term}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"stage__exact": "nul\0"},
        {"id__in": "9" * 30},
        {"template_term__id__exact": "x"},
        {"stage": "unheard_of"},
        {"stage__exact": "unheard_of"},
        {"state": "unheard_of"},
        {"ends": "unheard_of"},
        {"template_term__id__exact": "9" * 30},
        {"start_date__gte": "2026-02-31"},
        {"end_date__lte": "soon"},
        {"end_date__lte": "99999-01-01"},
        {"end_date__gte": "nul\0"},
        {"p": "9" * 30},
        {"o": "99.x"},
    ],
)
def test_an_absurd_filter_is_answered_with_a_page(as_editor, query):
    assert as_editor.get(LIST, query, follow=True).status_code == 200


@pytest.mark.parametrize(
    "query", [{}, {"q": "partner"}, {"state": "active", "end_date__lte": "2030-01-01"}, {"o": "2"}]
)
def test_the_list_asks_as_many_queries_for_many_contracts_as_for_few(
    as_editor, django_assert_num_queries, query
):
    ContractFactory.create_batch(2, end_date=date(2026, 1, 1))
    with CaptureQueriesContext(connection) as few:
        assert as_editor.get(LIST, query).context["cl"].result_count == 2
    ContractFactory.create_batch(10, end_date=date(2026, 1, 1))
    with django_assert_num_queries(len(few)):
        as_editor.get(LIST, query)


@pytest.mark.parametrize("client", ["as_outsider", "as_nobody"])
def test_whoever_may_not_see_contracts_gets_no_list_and_no_page(client, request):
    client, contract = request.getfixturevalue(client), ContractFactory(number="S-5550001")
    for address in (LIST, change(contract), ADD):
        answer = client.get(address)
        assert answer.status_code in (302, 403)
        assert "S-5550001" not in answer.content.decode()


def test_a_new_contract_without_a_contract_id_is_given_one(as_editor):
    as_editor.post(ADD, posted(unsaved(number="")))
    assert Contract.objects.get().number.startswith("S-")


def test_a_new_contract_can_bring_its_contract_id_along(as_editor):
    as_editor.post(ADD, posted(unsaved(number=" S-5550001 ")))
    assert Contract.objects.get().number == "S-5550001"


@pytest.mark.parametrize("number", ["?", "...", "0", "S 1", "S,1"])
def test_what_an_import_takes_for_no_contract_id_is_none_in_the_form_either(as_editor, number):
    page = as_editor.post(ADD, posted(unsaved(number=number)))
    assert errors(page)["number"] == [
        "A Contract ID has a letter or a digit other than 0, and no spaces or commas."
    ]
    with pytest.raises(Refused):
        read_number(number)


def test_a_typed_contract_id_is_kept_as_an_import_keeps_it(as_editor):
    as_editor.post(ADD, posted(unsaved(number="S\u20115550001\u200b")))
    assert Contract.objects.get().number == "S-5550001"


def test_a_doubled_contract_id_is_refused(as_editor):
    ContractFactory(number="S-5550001")
    page = as_editor.post(ADD, posted(unsaved(number="S-5550001")))
    assert errors(page) == {"number": ["There is a contract with this Contract ID already."]}


def test_a_contract_can_not_lose_its_contract_id(as_editor):
    contract = ContractFactory()
    page = as_editor.post(change(contract), posted(contract, number=""))
    assert errors(page) == {"number": ["This field is required."]}


def test_an_end_before_the_start_is_refused_next_to_the_end(as_editor):
    page = as_editor.post(ADD, posted(unsaved(), end_date="2025-02-02"))
    assert errors(page) == {"end_date": ["A contract can't end before it starts."]}


def test_an_archived_template_term_can_not_be_given_to_a_new_contract(as_editor):
    term = TemplateTermFactory(name="Gold 2024", archived=True)
    page = as_editor.post(ADD, posted(unsaved(), template_term=term.pk))
    assert errors(page) == {
        "template_term": ["Gold 2024 is archived: it can't be given to contracts any more."]
    }


def test_a_contract_can_not_be_moved_to_an_archived_template_term(as_editor):
    contract = ContractFactory()
    page = as_editor.post(
        change(contract), posted(contract, template_term=TemplateTermFactory(archived=True).pk)
    )
    assert list(errors(page)) == ["template_term"]


def test_a_contract_keeps_the_template_term_that_was_archived_later(as_editor):
    contract = ContractFactory(template_term=TemplateTermFactory(archived=True))
    as_editor.post(change(contract), posted(contract, end_date="2026-02-02"))
    contract.refresh_from_db()
    assert contract.end_date == date(2026, 2, 2)


def test_a_changed_stage_is_dated(as_editor):
    contract = ContractFactory(stage="joined", stage_since=LONG_AGO)
    before = timezone.now()
    as_editor.post(change(contract), posted(contract, stage="suspended"))
    contract.refresh_from_db()
    assert contract.stage == "suspended"
    assert contract.stage_since >= before


def test_a_change_of_something_else_leaves_the_stages_date(as_editor):
    contract = ContractFactory(stage_since=LONG_AGO)
    as_editor.post(change(contract), posted(contract, end_date="2026-02-02"))
    contract.refresh_from_db()
    assert contract.stage_since == LONG_AGO


@pytest.mark.parametrize("key", ["many", "9" * 30, "nul\0", "-1", "424242", ""])
@pytest.mark.parametrize("field", ["partner", "template_term"])
def test_a_partner_or_term_that_does_not_exist_is_refused(as_editor, field, key):
    page = as_editor.post(ADD, posted(unsaved(), **{field: key}))
    assert list(errors(page)) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "nul\0"),
        ("number", "S" * 51),
        ("stage", "none"),
        ("stage", "unheard_of"),
        ("start_date", "soon"),
        ("start_date", ""),
        ("end_date", "99999-01-01"),
    ],
)
def test_a_wrong_field_is_named(as_editor, field, value):
    page = as_editor.post(ADD, posted(unsaved(), **{field: value}))
    assert list(errors(page)) == [field]


def test_the_address_of_the_form_can_carry_nonsense(as_editor):
    assert as_editor.get(ADD, {"partner": "many", "template_term": "9" * 30}).status_code == 200


def test_a_search_that_finds_very_many_finds_them_all(as_editor, change_limits):
    change_limits(search_max_rows=2)
    ContractFactory(number="S-1", partner=PartnerFactory(name="Moss Diary"))
    ContractFactory(number="S-2", partner=PartnerFactory(name="Moss Weekly"))
    ContractFactory(number="S-3", partner=PartnerFactory(name="Moss Yearly"))
    ContractFactory(number="X-4", partner=PartnerFactory(name="Vela"))
    assert sorted(found(as_editor, "moss")) == ["S-1", "S-2", "S-3"]
    assert sorted(found(as_editor, "s-")) == ["S-1", "S-2", "S-3"]


def test_a_viewer_reads_a_contract_and_changes_nothing(as_viewer):
    contract = ContractFactory()
    assert contract.number in as_viewer.get(change(contract)).content.decode()
    assert as_viewer.post(change(contract), posted(contract)).status_code == 403


def test_an_open_end_is_later_than_any_end(as_editor):
    ContractFactory(number="S-1", end_date=date(2030, 1, 1))
    ContractFactory(number="S-2", end_date=None)
    ContractFactory(number="S-3", end_date=date(2029, 1, 1))
    by_end = 1 + as_editor.get(LIST).context["cl"].model_admin.list_display.index("ends")
    for order, numbers in ((f"{by_end}", ["S-3", "S-1", "S-2"]), (f"-{by_end}", ["S-2", "S-1", "S-3"])):
        listed = as_editor.get(LIST, {"o": order}).context["cl"].result_list
        assert [contract.number for contract in listed] == numbers


def test_a_search_reads_neither_contract_ids_nor_names_that_can_not_match(as_editor):
    ContractFactory(number="S-1", partner=PartnerFactory(name="Moss Diary"))
    for term, column in (("moss", 'number" LIKE'), ("s-1", 'name_folded" LIKE')):
        with CaptureQueriesContext(connection) as queries:
            assert found(as_editor, term) == ["S-1"]
        listing = [query["sql"] for query in queries if "ORDER BY" in query["sql"]]
        assert listing
        assert not [sql for sql in listing if column in sql]


@pytest.mark.parametrize("most", [1, 5_000])
def test_a_search_finds_contract_ids_and_partners_at_once(as_editor, change_limits, most):
    change_limits(search_max_rows=most)
    ContractFactory(number="MOSS-1", partner=PartnerFactory(name="Vela"))
    ContractFactory(number="MOSS-2", partner=PartnerFactory(name="Moss Diary"))
    ContractFactory(number="S-3", partner=PartnerFactory(name="Moss Weekly"))
    ContractFactory(number="S-4", partner=PartnerFactory(name="Vela"))
    assert sorted(found(as_editor, "moss")) == ["MOSS-1", "MOSS-2", "S-3"]


@pytest.mark.parametrize("partner", ["moss DIARY ", "700377"])
def test_a_partner_and_a_term_can_be_typed(as_editor, partner):
    PartnerFactory(id=700377, name="Moss Diary")
    typed = {"partner": "", "partner-typed": partner, "template_term": "", "template_term-typed": "2026"}
    TemplateTermFactory(name="2026")
    as_editor.post(ADD, posted(unsaved(), **typed))
    contract = Contract.objects.get()
    assert (contract.partner_id, contract.template_term.name) == (700377, "2026")


@pytest.mark.parametrize("partner", ["Moss", "Nobody", "9" * 30])
def test_what_is_no_single_partner_is_refused_and_kept(as_editor, partner):
    PartnerFactory.create_batch(2, name="Moss")
    page = as_editor.post(ADD, posted(unsaved(), **{"partner": "", "partner-typed": partner}))
    assert errors(page) == {"partner": ["There is none with this ID or name, or several have the name."]}
    assert f'name="partner-typed" value="{partner}"' in page.content.decode()


def test_the_form_offers_no_button_that_deletes_its_partner(superuser, client):
    client.force_login(superuser)
    page = client.get(ADD).content.decode()
    assert 'id="change_id_partner"' in page
    assert 'id="delete_id_partner"' not in page
