from django.db import migrations

from partners.core.migration_operations import sort_by_code


class Migration(migrations.Migration):
    dependencies = [("segments", "0001_initial")]
    operations = [sort_by_code("segments_segment")]
