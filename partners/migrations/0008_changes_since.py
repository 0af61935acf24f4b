from django.db import migrations

from partners.core.migration_operations import ReadChanges


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0007_audit_kind_of_links'),
    ]

    operations = [
        ReadChanges('partnerchange'),
    ]
