
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0003_order_and_upkeep'),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                ('who', models.CharField(max_length=150, verbose_name='who')),
                ('what', models.CharField(max_length=300, verbose_name='what')),
                ('asked', models.TextField(blank=True, verbose_name='asked for')),
                ('columns', models.TextField(verbose_name='columns')),
                ('format', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'Excel')], max_length=10, verbose_name='file')),
                ('rows', models.PositiveBigIntegerField(null=True, verbose_name='rows')),
            ],
            options={
                'verbose_name': 'export',
                'verbose_name_plural': 'exports',
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['-at', '-id'], name='partners_exports_by_time')],
            },
        ),
    ]
