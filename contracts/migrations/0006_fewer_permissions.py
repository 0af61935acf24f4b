from django.db import migrations


def remove_dead_permissions(apps, schema_editor):
    """Nothing asks for the permissions that Django made on these models: whoever holds one loses nothing."""
    permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    codenames = [f"{may}_{model}" for may in ("add", "change", "delete", "view") for model in ["contractstagechange"]]
    permissions.filter(content_type__app_label="contracts", codename__in=codenames).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contracts', '0005_upkeep_of_history'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='contractstagechange',
            options={'default_permissions': (), 'ordering': ['id'], 'verbose_name': 'change of stage', 'verbose_name_plural': 'changes of stage'},
        ),
        migrations.RunPython(remove_dead_permissions, migrations.RunPython.noop),
    ]
