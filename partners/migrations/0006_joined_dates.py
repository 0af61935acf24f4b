from django.db import migrations, models

from partners.core.migration_operations import vacuum_often


class Migration(migrations.Migration):
    """Which edit gave a date that is there already is not known: undoing such an edit leaves the date."""

    dependencies = [("partners", "0005_imports")]
    operations = [
        migrations.AddField(
            "partnerstagechange",
            "joined_date",
            models.DateField(blank=True, editable=False, null=True, verbose_name="original joined date"),
        ),
        vacuum_often("partners_partnerstagechange"),
    ]
