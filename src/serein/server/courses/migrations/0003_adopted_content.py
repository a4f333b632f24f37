"""An adoption keeps what was adopted, so that a changed file is read against it."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_withdrawal")]

    operations = [
        migrations.AddField(
            model_name="adoption",
            name="content",
            field=models.JSONField(null=True, encoder=DjangoJSONEncoder),
        ),
    ]
