from django.db import migrations


def remove_dead_permissions(apps, schema_editor):
    """Nothing asks for the permissions that Django made on these models: whoever holds one loses nothing."""
    permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    codenames = [f"{may}_{model}" for may in ("add", "change", "delete", "view") for model in ["segmentreference"]]
    permissions.filter(content_type__app_label="segments", codename__in=codenames).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('segments', '0004_readable_changes'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='segmentreference',
            options={'default_permissions': (), 'verbose_name': 'segment', 'verbose_name_plural': 'segments'},
        ),
        migrations.RunPython(remove_dead_permissions, migrations.RunPython.noop),
    ]
