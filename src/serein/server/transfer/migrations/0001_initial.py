"""The first tables."""

import django.db.models.deletion
import serein.server.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('patients', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportedFile',
            fields=[
                ('id', models.UUIDField(default=serein.server.ids.new_id, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('resources', models.PositiveIntegerField()),
                ('stored', models.PositiveIntegerField()),
                ('unread', models.PositiveIntegerField()),
                ('imported_at', models.DateTimeField()),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.clinic')),
                ('imported_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='UnreadResource',
            fields=[
                ('id', models.UUIDField(default=serein.server.ids.new_id, primary_key=True, serialize=False)),
                ('place', models.PositiveIntegerField()),
                ('kind', models.CharField(max_length=80)),
                ('resource_id', models.CharField(blank=True, max_length=200)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('reason', models.CharField(max_length=300)),
                ('content', models.TextField()),
                ('read_at', models.DateTimeField(null=True)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.clinic')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='transfer.importedfile')),
                ('patient', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='unread_lines', to='patients.patient')),
            ],
        ),
        migrations.AddConstraint(
            model_name='importedfile',
            constraint=models.UniqueConstraint(fields=('clinic', 'sha256'), name='file_imported_once'),
        ),
        migrations.AddIndex(
            model_name='unreadresource',
            index=models.Index(fields=['patient', 'read_at'], name='unread_by_patient'),
        ),
    ]
