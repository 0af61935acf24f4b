from django.db import migrations

from partners.core.migration_operations import sort_by_code, vacuum_often


class Migration(migrations.Migration):
    dependencies = [("contracts", "0003_stage_history")]
    operations = [sort_by_code("contracts_templateterm"), vacuum_often("contracts_contract")]
