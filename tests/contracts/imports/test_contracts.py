from datetime import UTC, date, datetime

import pytest

from contracts.models import Contract, ContractStageChange, TemplateTerm
from partners.imports.errors import Conflict
from partners.imports.services import apply_import
from partners.models import Partner
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory
from tests.partners.imports.files import checked, csv_file, imported, numbers, reasons

pytestmark = pytest.mark.django_db

HEADINGS = ["Contract ID", "Partner ID", "Template term", "Currency", "Stage", "Start", "End"]


@pytest.fixture
def program():
    PartnerFactory(id=1)
    PartnerFactory(id=2)
    TemplateTermFactory(name="Gold 2026")
    TemplateTermFactory(name="Old", archived=True)


def test_a_new_contract_has_all_that_the_file_says(program):
    row = ["S-1", 1, "gold 2026", "", "awaiting contract start", "2025-02-03T00:00:00+01:00", "2026-02-03"]
    record = imported(csv_file([*HEADINGS, "Stage since"], [*row, "2025-01-02T10:00:00+01:00"]), "contracts")
    assert numbers(record) == {"new": 1}
    contract = Contract.objects.get()
    assert (contract.number, contract.partner_id, contract.template_term.name) == ("S-1", 1, "Gold 2026")
    assert (contract.stage, contract.start_date) == ("awaiting_contract_start", date(2025, 2, 3))
    assert (contract.end_date, contract.stage_since) == (
        date(2026, 2, 3),
        datetime(2025, 1, 2, 9, tzinfo=UTC),
    )
    change = ContractStageChange.objects.get()
    assert (change.user_name, change.why, change.at) == (
        "ada",
        "Import of partners.csv",
        contract.stage_since,
    )
    assert numbers(imported(csv_file(HEADINGS, row), "contracts")) == {"unchanged": 1}


def test_a_contract_changes_where_the_file_says_something_else(program):
    old = ContractFactory(number="S-1", partner_id=1, stage="joined", start_date=date(2025, 1, 1))
    other = ContractFactory(number="S-2", partner_id=1, stage="joined", start_date=date(2025, 1, 1))
    rows = [
        ["S-1", "", "Gold 2026", "", "expired", "", "2025-06-01"],
        ["S-2", 1, "", "", "", "2025-02-01", ""],
    ]
    record = imported(csv_file(HEADINGS, *rows), "contracts")
    assert numbers(record) == {"changed": 2}
    old.refresh_from_db()
    other.refresh_from_db()
    assert (old.stage, old.end_date, old.template_term.name) == ("expired", date(2025, 6, 1), "Gold 2026")
    assert (other.stage, other.start_date, other.end_date) == ("joined", date(2025, 2, 1), None)
    assert list(old.stage_changes.values_list("from_stage", "to_stage")) == [
        ("", "joined"),
        ("joined", "expired"),
    ]
    assert old.stage_since == old.stage_changes.last().at


def test_a_time_that_the_file_gives_is_taken_as_it_is(program):
    ContractFactory(number="S-1", partner_id=1)
    file = csv_file(["Contract ID", "Status", "Stage since"], ["S-1", "Suspended", "2025-05-06"])
    imported(file, "contracts")
    assert Contract.objects.get().stage_since == datetime(2025, 5, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (["", 1, "Gold 2026", "", "Joined", "2025-01-01"], "number", "Contract ID is missing."),
        (["S 1", 1, "Gold 2026", "", "Joined", "2025-01-01"], "number", "“S 1” is no Contract ID"),
        (
            ["S-1", "", "Gold 2026", "", "Joined", "2025-01-01"],
            "partner",
            "A new contract needs: Partner ID.",
        ),
        (
            ["S-1", 3, "Gold 2026", "", "Joined", "2025-01-01"],
            "partner",
            "There is no partner with the Partner ID 3.",
        ),
        (["S-1", 1, "", "", "Joined", "2025-01-01"], "template_term", "A new contract needs: Template term."),
        (
            ["S-1", 1, "Silver", "", "Joined", "2025-01-01"],
            "template_term",
            "There is no template term “Silver”.",
        ),
        (["S-1", 1, "Old", "", "Joined", "2025-01-01"], "template_term", "Old is archived"),
        (["S-1", 1, "Gold 2026", "", "", "2025-01-01"], "stage", "A new contract needs: Stage."),
        (["S-1", 1, "Gold 2026", "", "Nought", "2025-01-01"], "stage", "“Nought” is no contract stage."),
        (["S-1", 1, "Gold 2026", "", "Joined", ""], "start_date", "A new contract needs: Start."),
        (
            ["S-1", 1, "Gold 2026", "", "Joined", "2025-01-02", "2025-01-01"],
            "end_date",
            "A contract can't end",
        ),
    ],
)
def test_a_contract_that_can_not_be_says_why(program, row, column, reason):
    [(number, where, why)] = reasons(checked(csv_file(HEADINGS, row), "contracts"))
    assert (number, where) == (2, column)
    assert why.startswith(reason)


def test_an_end_before_the_start_that_is_there_is_refused(program):
    ContractFactory(number="S-1", start_date=date(2025, 2, 1))
    record = checked(csv_file(["Contract ID", "End"], ["S-1", "2025-01-01"]), "contracts")
    assert reasons(record) == [(2, "end_date", "A contract can't end before it starts.")]


def test_a_contract_keeps_an_archived_term_that_it_has_already(program):
    ContractFactory(number="S-1", partner_id=1, template_term=TemplateTerm.objects.get(name="Old"))
    record = imported(
        csv_file(["Contract ID", "Template term", "Stage"], ["S-1", "OLD", "Expired"]), "contracts"
    )
    assert numbers(record) == {"changed": 1}


def test_a_contract_of_another_partner_is_refused_unless_wanted(program):
    ContractFactory(number="S-1", partner_id=1)
    file = csv_file(["Contract ID", "Partner ID"], ["S-1", 2])
    told = f"S-1 belongs to {Partner.objects.get(pk=1).name}, Partner ID 1."
    assert reasons(checked(file, "contracts")) == [(2, "partner", told)]
    file.seek(0)
    imported(file, "contracts", overwrites=True)
    assert Contract.objects.get().partner_id == 2


def test_template_terms_are_made_if_that_is_wanted_and_their_currency_is_known(program):
    rows = [
        ["S-1", 1, "Silver", "eur", "Joined", "2025-01-01"],
        ["S-2", 2, "SILVER", "EUR", "Joined", "2025-01-01"],
        ["S-3", 2, "Bronze", "", "Joined", "2025-01-01"],
    ]
    record = imported(csv_file(HEADINGS, *rows), "contracts", creates=True)
    assert numbers(record) == {"new": 2, "refused": 1}
    assert reasons(record) == [(4, "currency", "A new template term needs: Currency.")]
    assert record.created_names == ["Silver EUR"]
    term = TemplateTerm.objects.get(name="Silver")
    assert (term.currency, term.contracts.count()) == ("EUR", 2)


def test_what_somebody_did_meanwhile_is_left_alone(program):
    ContractFactory(number="S-1", partner_id=1, stage="joined")
    rows = [["S-1", "", "", "", "Expired", ""], ["S-2", 2, "Gold 2026", "", "Joined", "2025-01-01"]]
    record = checked(csv_file(HEADINGS, *rows), "contracts")
    Contract.objects.filter(number="S-1").update(stage="suspended")
    Partner.objects.filter(pk=2).delete()
    assert numbers(apply_import(record=record, user="ada")) == {"new": 1, "changed": 1, "overtaken": 2}
    assert Contract.objects.get().stage == "suspended"


def test_a_term_that_is_gone_meanwhile_stops_the_whole_import(program):
    record = checked(csv_file(HEADINGS, ["S-1", 1, "Gold 2026", "", "Joined", "2025-01-01"]), "contracts")
    TemplateTerm.objects.get(name="Gold 2026").delete()
    with pytest.raises(Conflict, match="template term meanwhile"):
        apply_import(record=record, user="ada")


def test_a_term_that_came_into_being_meanwhile_is_used(program):
    row = ["S-1", 1, "Silver", "EUR", "Joined", "2025-01-01"]
    record = checked(csv_file(HEADINGS, row), "contracts", creates=True)
    TemplateTermFactory(name="silver", currency="USD")
    apply_import(record=record, user="ada")
    assert Contract.objects.get().template_term.name == "silver"


def test_doubled_contract_ids_are_refused(program):
    row = ["S-1", 1, "Gold 2026", "", "Joined", "2025-01-01"]
    record = checked(csv_file(HEADINGS, row, row), "contracts")
    assert reasons(record)[0] == (2, "number", "Row 3 has the same Contract ID.")


# Template terms


def test_template_terms_are_new_or_changed():
    TemplateTermFactory(name="Gold 2026", currency="EUR")
    TemplateTermFactory(name="Silver", currency="EUR")
    rows = [["GOLD 2026", "usd", ""], ["silver", "", "yes"], ["Bronze", "GBP", "no"]]
    record = imported(csv_file(["Name", "Currency", "Archived"], *rows), "terms")
    assert numbers(record) == {"new": 1, "changed": 2}
    assert set(TemplateTerm.objects.values_list("name", "currency", "archived")) == {
        ("Gold 2026", "USD", False),
        ("Silver", "EUR", True),
        ("Bronze", "GBP", False),
    }
    assert numbers(imported(csv_file(["Name", "Currency", "Archived"], *rows), "terms")) == {"unchanged": 3}


def test_template_terms_that_can_not_be_say_why():
    rows = [["Gold", ""], ["Silver", "EURO"], ["Bronze", "EUR"], ["BRONZE", "EUR"], ["", "EUR"]]
    record = checked(csv_file(["Template term", "Currency"], *rows), "terms")
    assert reasons(record) == [
        (2, "currency", "A new template term needs: Currency."),
        (3, "currency", "“EURO” is no currency: three letters, such as EUR."),
        (4, "name", "Row 5 has the same Template term."),
        (5, "name", "Row 4 has the same Template term."),
        (6, "name", "Template term is missing."),
    ]


def test_a_term_that_somebody_changed_meanwhile_is_left_alone():
    TemplateTermFactory(name="Gold", currency="EUR")
    record = checked(csv_file(["Name", "Currency"], ["Gold", "USD"], ["Silver", "USD"]), "terms")
    TemplateTerm.objects.update(currency="GBP")
    TemplateTermFactory(name="silver", currency="EUR")
    assert numbers(apply_import(record=record, user="ada")) == {"new": 1, "changed": 1, "overtaken": 2}
    assert set(TemplateTerm.objects.values_list("currency", flat=True)) == {"GBP", "EUR"}


def test_a_new_term_in_two_currencies_is_refused_in_the_check(program, change_limits):
    change_limits(import_part_rows=1)
    silver = TemplateTermFactory(name="Silver")
    rows = [
        [f"S-{n}", n, term, currency, "Joined", "2025-02-03", ""]
        for n, term, currency in (
            (1, "Gold", "EUR"),
            (2, "gold", "USD"),
            (3, "Bronze", "EUR"),
            (4, "silver", "USD"),
        )
    ]
    PartnerFactory(id=3)
    PartnerFactory(id=4)
    record = checked(csv_file(HEADINGS, *rows), "contracts", creates=True)
    assert numbers(record) == {"new": 2, "refused": 2}
    assert reasons(record) == [
        (2, "currency", "The file gives the new template term “Gold” several currencies: EUR, USD."),
        (3, "currency", "The file gives the new template term “gold” several currencies: EUR, USD."),
    ]
    assert record.created_names == ["Bronze EUR"]
    assert [row.changes for row in record.planned.filter(outcome="refused")] == [{}, {}]
    apply_import(record=record, user="ada")
    assert not TemplateTerm.objects.named("Gold").exists()
    assert list(Contract.objects.order_by("number").values_list("number", flat=True)) == ["S-3", "S-4"]
    assert Contract.objects.get(number="S-4").template_term == silver
