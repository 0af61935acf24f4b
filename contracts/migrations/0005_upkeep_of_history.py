from django.db import migrations

from partners.core.migration_operations import vacuum_often


class Migration(migrations.Migration):
    dependencies = [("contracts", "0004_order_and_upkeep")]
    operations = [vacuum_often("contracts_contractstagechange")]
