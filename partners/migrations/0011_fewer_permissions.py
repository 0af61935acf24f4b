from django.db import migrations

MODELS = (
    "export",
    "import",
    "importpart",
    "importrow",
    "membership",
    "partnerstagechange",
    "stageedit",
)


def remove_dead_permissions(apps, schema_editor):
    """Nothing asks for the permissions that Django made on these models: whoever holds one loses nothing."""
    permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    codenames = [f"{may}_{model}" for may in ("add", "change", "delete", "view") for model in MODELS]
    permissions.filter(content_type__app_label="partners", codename__in=codenames).delete()


def name_apart(apps, schema_editor):
    """Django has permissions with the same names, on groups of users."""
    permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    for may in ("add", "change", "delete", "view"):
        named = permissions.filter(content_type__app_label="partners", codename=f"{may}_partnergroup")
        named.update(name=f"Can {may} partner group")


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('partners', '0010_import_reading'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='export',
            options={'default_permissions': (), 'ordering': ['-at', '-id'], 'verbose_name': 'export', 'verbose_name_plural': 'exports'},
        ),
        migrations.AlterModelOptions(
            name='import',
            options={'default_permissions': (), 'ordering': ['-created_at', '-id'], 'verbose_name': 'import', 'verbose_name_plural': 'imports'},
        ),
        migrations.AlterModelOptions(
            name='importpart',
            options={'default_permissions': (), 'ordering': ['position']},
        ),
        migrations.AlterModelOptions(
            name='importrow',
            options={'default_permissions': (), 'ordering': ['number', 'id']},
        ),
        migrations.AlterModelOptions(
            name='membership',
            options={'default_permissions': (), 'verbose_name': 'group membership', 'verbose_name_plural': 'group memberships'},
        ),
        migrations.AlterModelOptions(
            name='partnergroup',
            options={'default_permissions': (), 'ordering': ['name_folded', 'id'], 'permissions': [('add_partnergroup', 'Can add partner group'), ('change_partnergroup', 'Can change partner group'), ('delete_partnergroup', 'Can delete partner group'), ('view_partnergroup', 'Can view partner group')], 'verbose_name': 'group', 'verbose_name_plural': 'groups'},
        ),
        migrations.AlterModelOptions(
            name='partnerstagechange',
            options={'default_permissions': (), 'ordering': ['id'], 'verbose_name': 'change of stage', 'verbose_name_plural': 'changes of stage'},
        ),
        migrations.AlterModelOptions(
            name='stageedit',
            options={'default_permissions': (), 'ordering': ['-applied_at', '-id'], 'verbose_name': 'stage edit', 'verbose_name_plural': 'stage edits'},
        ),
        migrations.RunPython(remove_dead_permissions, migrations.RunPython.noop),
        migrations.RunPython(name_apart, migrations.RunPython.noop),
    ]
