from django.db import migrations

from partners.names import sort_by_code


class Migration(migrations.Migration):
    dependencies = [("segments", "0001_initial")]
    operations = [migrations.RunPython(sort_by_code("segments_segment"), migrations.RunPython.noop, elidable=True)]
