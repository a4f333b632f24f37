"""The first tables."""

import serein.server.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Chain',
            fields=[
                ('name', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('lines', models.PositiveBigIntegerField(default=0)),
                ('head', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.UUIDField(default=serein.server.ids.new_id, primary_key=True, serialize=False)),
                ('chain', models.CharField(max_length=64)),
                ('line', models.PositiveBigIntegerField()),
                ('at', models.DateTimeField()),
                ('by_id', models.UUIDField(null=True)),
                ('by_name', models.CharField(max_length=150)),
                ('verb', models.CharField(max_length=80)),
                ('subject', models.CharField(max_length=80)),
                ('subject_id', models.UUIDField(null=True)),
                ('patient_id', models.UUIDField(null=True)),
                ('details', models.JSONField(default=dict)),
                ('previous', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64)),
            ],
            options={
                'indexes': [models.Index(fields=['patient_id', '-at'], name='audit_by_patient')],
                'constraints': [models.UniqueConstraint(fields=('chain', 'line'), name='audit_line_once')],
            },
        ),
    ]
