from django.db import migrations, models

from partners.core.migration_operations import sort_by_code, vacuum_often


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_stage_history")]
    operations = [
        sort_by_code("partners_partner", "partners_partnergroup"),
        vacuum_often("partners_partner", "partners_membership"),
        migrations.AddIndex(
            "partner", models.Index(fields=["original_joined_date", "id"], name="partners_by_joined")
        ),
    ]
