from django.db import migrations, models

from partners.names import sort_by_code


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_stage_history")]
    operations = [
        migrations.RunPython(
            sort_by_code("partners_partner", "partners_partnergroup"), migrations.RunPython.noop, elidable=True
        ),
        migrations.AddIndex(
            "partner", models.Index(fields=["original_joined_date", "id"], name="partners_by_joined")
        ),
    ]
