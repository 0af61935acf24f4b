"""Which partners changed is written down by triggers, for every writer."""

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from contracts.models import Contract
from partners.change_log import PRUNED, tables_not_logged
from partners.models import Membership, Partner, PartnerChange
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db

LOGGED = {"partners_partner": "id", "partners_membership": "partner_id", "contracts_contract": "partner_id"}


def execute(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def logged_by(sql, *params):
    """The partners that a statement has logged."""
    PartnerChange.objects.all().delete()
    execute(sql, *params)
    return sorted(PartnerChange.objects.values_list("partner", flat=True))


@pytest.fixture
def two():
    return [PartnerFactory(pk=pk) for pk in (11, 12)]


@pytest.mark.parametrize("table", LOGGED)
def test_rows_that_come_change_or_go_name_their_partner(table, two):
    rows = {
        "partners_partner": "INSERT INTO partners_partner (id, name, name_folded, email, website,"
        " prospecting_stage, country, business_model, next_step)"
        " VALUES (13, 'A', 'a', '', '', 'new', '', '', '')",
        "partners_membership": "INSERT INTO partners_membership (partner_id, group_id)"
        f" VALUES (12, {PartnerGroupFactory().pk})",
        "contracts_contract": "INSERT INTO contracts_contract (number, partner_id, template_term_id, stage,"
        f" start_date, stage_since) VALUES ('S-1', 12, {TemplateTermFactory().pk}, 'joined', '2026-01-01',"
        " '2026-01-01 00:00:00+00:00')",
    }
    partner = 13 if table == "partners_partner" else 12
    assert logged_by(rows[table]) == [partner]
    column = LOGGED[table]
    assert logged_by(f"UPDATE {table} SET {column} = {column} WHERE {column} = %s", partner) == [partner]
    assert logged_by(f"DELETE FROM {table} WHERE {column} = %s", partner) == [partner]


@pytest.mark.parametrize("model", [Membership, Contract])
def test_a_row_that_moves_to_another_partner_names_both(model, two):
    if model is Membership:
        Membership.objects.create(partner=two[0], group=PartnerGroupFactory())
    else:
        ContractFactory(partner=two[0])
    assert logged_by(f"UPDATE {model._meta.db_table} SET partner_id = 12") == [11, 12]


def test_a_partner_whose_id_changes_is_named_by_both(two):
    Partner.objects.filter(pk=12).delete()
    execute("DELETE FROM partners_partnerstagechange")
    assert logged_by("UPDATE partners_partner SET id = 99 WHERE id = 11") == [11, 99]


@pytest.mark.postgresql
def test_a_statement_names_each_partner_once_however_many_rows_it_writes(two):
    ContractFactory.create_batch(3, partner=two[0])
    assert logged_by("UPDATE contracts_contract SET stage = 'expired'") == [11]


@pytest.mark.postgresql
@pytest.mark.parametrize("table", ["partners_membership", "contracts_contract"])
def test_an_emptied_table_stands_for_all_partners(table):
    PartnerChange.objects.all().delete()
    execute(f"TRUNCATE {table} CASCADE")
    assert PartnerChange.objects.filter(partner=None).exists()


def test_a_statement_that_writes_nothing_names_nobody(two):
    assert logged_by("UPDATE partners_partner SET website = '' WHERE id = 0") == []


def test_the_tables_that_are_not_logged_are_told():
    assert tables_not_logged([Partner, Membership, Contract]) == []
    on = " ON contracts_contract" * (connection.vendor == "postgresql")
    with transaction.atomic():
        execute(f"DROP TRIGGER contracts_contract_log_delete{on}")
        assert tables_not_logged([Partner, Membership, Contract]) == ["contracts_contract"]
        transaction.set_rollback(True)


def test_pruning_keeps_the_last_rows(two, capsys):
    PartnerChange.objects.all().delete()
    for stage in ("joined", "expired", "new"):
        Partner.objects.filter(pk=11).update(prospecting_stage=stage)
    rows = PartnerChange.objects.exclude(pk=PRUNED).order_by("pk").values_list("pk", flat=True)
    before = list(rows.all())
    call_command("prune_changes", keep=2)
    kept = list(rows.all())
    assert len(kept) >= 2
    assert kept == before[-len(kept) :]
    assert f"{len(before) - len(kept)} rows deleted" in capsys.readouterr().out
