from django.db import migrations

from partners.names import sort_by_code


class Migration(migrations.Migration):
    dependencies = [("contracts", "0003_stage_history")]
    operations = [migrations.RunPython(sort_by_code("contracts_templateterm"), migrations.RunPython.noop, elidable=True)]
