"""The first tables."""

import django.db.models.deletion
import serein.server.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('courses', '0001_initial'),
        ('patients', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Chair',
            fields=[
                ('id', models.UUIDField(default=serein.server.ids.new_id, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('version', models.PositiveBigIntegerField(default=0)),
                ('cleaning_since', models.DateTimeField(null=True)),
                ('blocked_reason', models.CharField(blank=True, max_length=120)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.clinic')),
            ],
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.UUIDField(default=serein.server.ids.new_id, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('product', models.CharField(max_length=40)),
                ('seated_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ending', models.CharField(blank=True, choices=[('released', 'Released'), ('not-dosed', 'Ended before any dose'), ('against-advice', 'Left against advice'), ('transfer', 'Emergency transfer'), ('death', 'Death')], max_length=20)),
                ('chair', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='treatment.chair')),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.clinic')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='courses.course')),
                ('nurse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='patients.patient')),
            ],
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.UUIDField(default=serein.server.ids.new_id, primary_key=True, serialize=False)),
                ('product', models.CharField(max_length=40)),
                ('dose_mg', models.PositiveSmallIntegerField()),
                ('replaces_device', models.PositiveSmallIntegerField(null=True)),
                ('is_by_telephone', models.BooleanField(default=False)),
                ('is_read_back', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('signed_at', models.DateTimeField(null=True)),
                ('ordered_at', models.DateTimeField()),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.clinic')),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('prescriber', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='treatment.session')),
            ],
        ),
        migrations.CreateModel(
            name='Dose',
            fields=[
                ('id', models.UUIDField(default=serein.server.ids.new_id, primary_key=True, serialize=False)),
                ('step', models.PositiveSmallIntegerField()),
                ('device', models.PositiveSmallIntegerField()),
                ('product', models.CharField(max_length=40)),
                ('dose_mg', models.PositiveSmallIntegerField()),
                ('outcome', models.CharField(choices=[('given', 'Given'), ('partly', 'Partly given'), ('failed', 'Device failed'), ('refused', 'Refused')], max_length=12)),
                ('lot', models.CharField(max_length=40)),
                ('given_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('outside_gate', models.JSONField(default=list)),
                ('note', models.CharField(blank=True, max_length=400)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.clinic')),
                ('observer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='patients.patient')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='doses', to='treatment.session')),
            ],
        ),
        migrations.AddConstraint(
            model_name='chair',
            constraint=models.UniqueConstraint(fields=('clinic', 'number'), name='chair_number_once'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['clinic', 'ended_at'], name='session_open'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('chair',), name='one_patient_per_chair'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('patient',), name='one_chair_per_patient'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.UniqueConstraint(condition=models.Q(('ending', 'not-dosed'), _negated=True), fields=('course', 'number'), name='session_number_once'),
        ),
        migrations.AddConstraint(
            model_name='dose',
            constraint=models.UniqueConstraint(fields=('session', 'step'), name='one_open_dose_step'),
        ),
    ]
