from django.db import migrations

from partners.core.migration_operations import LogChanges


class Migration(migrations.Migration):

    dependencies = [
        ('contracts', '0001_initial'),
        ('partners', '0002_partner_changes'),
    ]

    operations = [
        LogChanges('contract', 'partner_id'),
    ]
