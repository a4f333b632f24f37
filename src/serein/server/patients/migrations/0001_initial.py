"""The first tables."""

import django.db.models.deletion
import serein.server.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Patient',
            fields=[
                ('id', models.UUIDField(default=serein.server.ids.new_id, primary_key=True, serialize=False)),
                ('family_name', models.CharField(max_length=120)),
                ('given_name', models.CharField(max_length=120)),
                ('born_on', models.DateField()),
                ('sex', models.CharField(blank=True, max_length=12)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('address', models.JSONField(blank=True, default=dict)),
                ('died_on', models.DateField(blank=True, null=True)),
                ('is_invented', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.clinic')),
            ],
        ),
        migrations.CreateModel(
            name='Identifier',
            fields=[
                ('id', models.UUIDField(default=serein.server.ids.new_id, primary_key=True, serialize=False)),
                ('system', models.CharField(max_length=200)),
                ('value', models.CharField(max_length=200)),
                ('label', models.CharField(blank=True, max_length=80)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.clinic')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identifiers', to='patients.patient')),
            ],
        ),
        migrations.CreateModel(
            name='FactRow',
            fields=[
                ('id', models.UUIDField(default=serein.server.ids.new_id, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=80)),
                ('value', models.JSONField()),
                ('unit', models.CharField(blank=True, max_length=24)),
                ('effective_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('by_name', models.CharField(blank=True, max_length=150)),
                ('source', models.CharField(max_length=200)),
                ('panel', models.UUIDField(null=True)),
                ('encounter', models.UUIDField(null=True)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.clinic')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='patients.factrow')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='facts', to='patients.patient')),
            ],
            options={
                'db_table': 'patients_fact',
            },
        ),
        migrations.AddIndex(
            model_name='patient',
            index=models.Index(fields=['clinic', 'family_name', 'given_name'], name='patient_by_name'),
        ),
        migrations.AddIndex(
            model_name='patient',
            index=models.Index(fields=['clinic', 'born_on'], name='patient_by_birth'),
        ),
        migrations.AddConstraint(
            model_name='identifier',
            constraint=models.UniqueConstraint(fields=('clinic', 'system', 'value'), name='identifier_names_one_patient'),
        ),
        migrations.AddIndex(
            model_name='factrow',
            index=models.Index(fields=['encounter'], name='fact_by_encounter'),
        ),
        migrations.AddIndex(
            model_name='factrow',
            index=models.Index(fields=['patient', 'code', '-effective_at'], name='fact_by_patient_code'),
        ),
    ]
