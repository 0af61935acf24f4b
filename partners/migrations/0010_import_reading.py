from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0009_stage_words")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="reading",
            field=models.JSONField(default=dict),
        ),
    ]
