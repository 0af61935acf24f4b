
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from partners.core.migration_operations import VacuumOften


class Migration(migrations.Migration):

    dependencies = [
        ('segments', '0003_tags_favourites_and_archive'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Worker',
            fields=[
                ('name', models.CharField(max_length=200, primary_key=True, serialize=False, verbose_name='name')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('seen_at', models.DateTimeField(verbose_name='last sign of life')),
            ],
            options={
                'verbose_name': 'worker',
                'verbose_name_plural': 'workers',
                'ordering': ['-seen_at'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('user_name', models.CharField(blank=True, max_length=150, verbose_name='who')),
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('baseline', 'Start of tracking'), ('scheduled', 'Scheduled'), ('bulk', 'Import or bulk change'), ('save', 'Saved definition'), ('manual', 'Track now')], max_length=10, verbose_name='started by')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('state', models.CharField(choices=[('due', 'Due'), ('running', 'Running'), ('done', 'Done'), ('held', 'Held'), ('failed', 'Failed'), ('discarded', 'Discarded')], default='due', max_length=10, verbose_name='state')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('worker', models.CharField(blank=True, max_length=200, verbose_name='worker')),
                ('leased_until', models.DateTimeField(null=True)),
                ('confirmed', models.PositiveBigIntegerField(null=True)),
                ('at', models.DateTimeField(null=True, verbose_name='when')),
                ('day', models.DateField(null=True)),
                ('revision', models.PositiveIntegerField(null=True, verbose_name='version')),
                ('size', models.PositiveBigIntegerField(null=True, verbose_name='partners')),
                ('entered', models.PositiveBigIntegerField(default=0, verbose_name='entered')),
                ('left', models.PositiveBigIntegerField(default=0, verbose_name='left')),
                ('guarded', models.PositiveBigIntegerField(null=True)),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('milliseconds', models.PositiveIntegerField(null=True, verbose_name='milliseconds')),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='segments.segment')),
                ('user', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'run',
                'verbose_name_plural': 'runs',
                'ordering': ['-id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SegmentDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('size', models.PositiveBigIntegerField(verbose_name='partners')),
                ('entered', models.PositiveBigIntegerField(default=0, verbose_name='entered')),
                ('left', models.PositiveBigIntegerField(default=0, verbose_name='left')),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='days', to='segments.segment')),
            ],
            options={
                'verbose_name': 'day of a segment',
                'verbose_name_plural': 'days of segments',
                'ordering': ['-day'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Stay',
            fields=[
                ('pk', models.CompositePrimaryKey('entered_run_id', 'partner_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('partner_id', models.BigIntegerField(verbose_name='Partner ID')),
                ('entered_cause', models.PositiveSmallIntegerField(choices=[(1, 'Start of tracking'), (2, 'Data'), (3, 'Time'), (4, 'Definition'), (5, 'Deleted')], verbose_name='cause')),
                ('left_cause', models.PositiveSmallIntegerField(choices=[(1, 'Start of tracking'), (2, 'Data'), (3, 'Time'), (4, 'Definition'), (5, 'Deleted')], null=True, verbose_name='cause')),
                ('entered_run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='segments.run')),
                ('left_run', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='segments.run')),
                ('segment', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='stays', to='segments.segment')),
            ],
            options={
                'verbose_name': 'stay',
                'verbose_name_plural': 'stays',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Tracking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_name', models.CharField(blank=True, max_length=150, verbose_name='who')),
                ('frequency', models.CharField(choices=[('hourly', 'Every hour'), ('daily', 'Every day')], default='daily', max_length=10, verbose_name='how often')),
                ('paused', models.BooleanField(default=False, verbose_name='paused')),
                ('guard_percent', models.PositiveSmallIntegerField(blank=True, default=20, help_text='Percent of the segment. Empty: no run is held.', null=True, verbose_name='hold a run that moves more than')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='switched on')),
                ('since', models.DateTimeField(editable=False, null=True, verbose_name='tracked since')),
                ('kept_since', models.DateTimeField(editable=False, null=True)),
                ('size', models.PositiveBigIntegerField(editable=False, null=True, verbose_name='partners')),
                ('asked', models.JSONField(default=dict, editable=False)),
                ('last_run', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='segments.run')),
                ('segment', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='tracking', to='segments.segment')),
                ('user', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'tracking',
                'verbose_name_plural': 'tracking',
                'default_permissions': (),
            },
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('user__isnull', False)), fields=['user'], name='run_user_idx'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('state__in', ('due', 'running'))), fields=['due_at'], name='run_waiting_idx'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['segment', 'at'], name='run_segment_at_idx'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['segment'], name='run_failed_idx'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('state', 'done')), fields=['at'], name='run_done_at_idx'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'due')), fields=('segment',), name='run_due_uniq'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('segment',), name='run_running_uniq'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'held')), fields=('segment',), name='run_held_uniq'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'running'), _negated=True), ('leased_until__isnull', False), _connector='OR'), name='run_lease_check'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('at__isnull', False), ('day__isnull', False), ('revision__isnull', False), ('size__isnull', False)), _connector='OR'), name='run_done_check'),
        ),
        migrations.AddConstraint(
            model_name='segmentday',
            constraint=models.UniqueConstraint(fields=('segment', 'day'), name='segmentday_day_uniq'),
        ),
        migrations.AddIndex(
            model_name='stay',
            index=models.Index(fields=['partner_id'], name='stay_partner_idx'),
        ),
        migrations.AddIndex(
            model_name='stay',
            index=models.Index(condition=models.Q(('left_run__isnull', False)), fields=['left_run'], name='stay_left_run_idx'),
        ),
        migrations.AddIndex(
            model_name='stay',
            index=models.Index(condition=models.Q(('left_cause', 5)), fields=['partner_id', 'segment'], name='stay_deleted_idx'),
        ),
        migrations.AddConstraint(
            model_name='stay',
            constraint=models.UniqueConstraint(condition=models.Q(('left_run', None)), fields=('segment', 'partner_id'), name='stay_open_uniq'),
        ),
        migrations.AddConstraint(
            model_name='stay',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('left_cause__isnull', True), ('left_run__isnull', True)), models.Q(('left_cause__isnull', False), ('left_run__isnull', False), models.Q(('left_run', models.F('entered_run')), _negated=True)), _connector='OR'), name='stay_left_check'),
        ),
        migrations.AddIndex(
            model_name='tracking',
            index=models.Index(condition=models.Q(('user__isnull', False)), fields=['user'], name='tracking_user_idx'),
        ),
        migrations.AddConstraint(
            model_name='tracking',
            constraint=models.CheckConstraint(condition=models.Q(('guard_percent__isnull', True), ('guard_percent__gt', 0), _connector='OR'), name='tracking_guard_check'),
        ),
        VacuumOften('stay'),
    ]
