"""Small files that are easily read wrong by `import_program`, with their right results."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contracts.models import Contract, TemplateTerm
from partners.models import Partner
from partners.models.imports import Import
from tests.factories import PartnerFactory
from tests.partners.imports.pages import page_of, text_of

pytestmark = pytest.mark.django_db

CASES = Path(__file__).parents[2] / "partners" / "imports" / "cases"


@pytest.fixture
def run(capsys):
    """Imports a case; what is said, and the error if it ends with one."""

    def run(name, *options):
        error = ""
        try:
            call_command("import_program", str(CASES / name), "--create", *options, verbosity=0)
        except CommandError as raised:
            error = str(raised)
        return capsys.readouterr().out, error

    return run


def partners():
    return sorted(Partner.objects.values_list("pk", flat=True))


def test_of_two_statuses_the_missing_page_of_one_is_told(run):
    said, error = run("api-two-statuses-page-missing")
    assert "Contracts?Status=EXPIRED) are there: 1 of 2. Missing pages: 2." in said
    assert said.count("Not all") == 1
    assert (Contract.objects.count(), error) == (5, "")


def test_an_entry_on_two_pages_is_not_counted_for_the_one_that_slipped_between_them(run):
    said, error = run("api-shifted-between-pages")
    assert "Not all partners are there: 4 of 5. 1 stands on two pages" in said
    assert (partners(), error) == ([700001, 700002, 700003, 700005], "")


def test_of_a_partner_who_changed_while_the_pages_were_saved_the_newer_values_count(run):
    said, error = run("api-changed-while-paging")
    assert "the last updated values are taken: 700003" in said
    assert Partner.objects.get(pk=700003).name == "Fictional Partner renamed"
    assert (Contract.objects.get().partner_id, Partner.objects.count(), error) == (700003, 5, "")


def test_an_answer_that_is_an_error_is_named_and_the_others_are_imported(run):
    said, error = run("api-one-answer-is-an-error")
    assert "Not all partners are there: 3 of 6. Missing pages: 2." in said
    assert "p2.json is no answer of the Brand API" in error
    assert "It says: ERROR: Too many requests" in error
    assert (partners(), Contract.objects.count()) == ([700001, 700002, 700003], 1)


def test_the_record_of_an_import_says_which_answers_were_not_read(run, as_superuser):
    for case, said in (
        ("api-one-answer-is-an-error", "p2.json is no answer of the Brand API"),
        (
            "api-other-list-in-folder",
            "contacts.json: not read, for it is a list of something else: Contacts.",
        ),
    ):
        run(case)
        record = Import.objects.filter(kind="partners").latest("pk")
        assert said in text_of(as_superuser.get(page_of(record)))


def test_a_list_of_something_else_is_told_by_name(run):
    said, error = run("api-other-list-in-folder")
    assert "contacts.json: not read, for it is a list of something else: Contacts." in said
    assert (partners(), error) == ([700001, 700002], "")


def test_what_can_not_be_read_of_a_partner_is_left_out_and_refuses_neither_it_nor_its_contract(run):
    said, error = run("api-bad-optional-fields")
    assert "cells left out: E-mail 2, Website 1" in said
    assert (Partner.objects.count(), Contract.objects.count(), error) == (6, 6, "")
    stored = {partner.pk: partner for partner in Partner.objects.all()}
    assert (stored[700003].country.code, stored[700006].country.code) == ("AE", "CI")
    assert (stored[700004].email, stored[700005].email) == ("a@x.example", "ok@x.example")
    assert (stored[700001].website, stored[700002].website) == ("", "")


def test_a_country_that_is_not_given_is_never_namibia(run):
    run("country-na.csv")
    assert not Partner.objects.filter(country="NA").exists()


def test_answers_in_utf_16_are_read(run):
    _said, error = run("api-utf16")
    assert (partners(), error) == ([700001, 700002], "")


def test_a_file_of_affiliates_is_not_taken_for_template_terms(run):
    _said, error = run("affiliates-guessed-as-terms.csv")
    assert "Say it with --kind (partners, groups, terms, contracts)" in error
    assert not TemplateTerm.objects.exists()


def test_of_a_file_of_contracts_active_is_joined_and_pending_refused_with_the_stages_it_can_be(run):
    PartnerFactory(id=700001)
    said, _error = run("contract-status-words.csv")
    assert (Contract.objects.get().number, Contract.objects.get().stage) == ("S-1", "joined")
    assert "“PENDING” can be Awaiting Publisher Approval or Awaiting Advertiser Approval. Say which." in said


def test_what_the_words_of_a_file_of_partners_mean_is_said_once(run):
    words = ["Active=Joined", "Approved=Negotiating", "Pending=Outreach", "Declined=Rejected by You"]
    run("partner-status-words.csv", *(f"--stage-word={word}" for word in words))
    assert dict(Partner.objects.values_list("pk", "prospecting_stage")) == {
        1: "joined", 2: "negotiating", 3: "outreach", 4: "rejected_by_you",
    }  # fmt: skip
    again, error = run("partner-status-words.csv")
    assert ("4 unchanged, 0 refused" in again, error) == (True, "")
