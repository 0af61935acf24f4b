"""After a big write the database knows what its tables hold."""

import pytest
from django.db import connection

from partners.core.statistics import refresh_statistics
from partners.models import Membership, Partner
from tests.factories import PartnerFactory, PartnerGroupFactory

pytestmark = pytest.mark.django_db


def rows_expected(model):
    """How many rows PostgreSQL plans with; -1 if it has never looked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table])
        return cursor.fetchone()[0]


@pytest.mark.postgresql
def test_what_was_written_in_this_transaction_is_known_to_its_next_statement():
    PartnerFactory.create_batch(3, groups=PartnerGroupFactory.create_batch(2))

    refresh_statistics(Partner, Membership)

    assert (rows_expected(Partner), rows_expected(Membership)) == (3, 6)


def test_nothing_written_is_nothing_asked(django_assert_num_queries):
    with django_assert_num_queries(0):
        refresh_statistics()


def test_other_databases_are_told_nothing(django_assert_num_queries):
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 0):
        refresh_statistics(Partner)
