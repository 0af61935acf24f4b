from django.db import migrations

UNREADABLE = '[{"changed": {}}]'
"""What was written when a segment was saved again: Django's own pages can't read it, for it names no fields."""


def make_readable(apps, schema_editor):
    entries = apps.get_model("admin", "LogEntry").objects.using(schema_editor.connection.alias)
    entries.filter(change_message=UNREADABLE).update(change_message="Changed.")


class Migration(migrations.Migration):

    dependencies = [
        ("segments", "0003_versions"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [migrations.RunPython(make_readable, migrations.RunPython.noop)]
