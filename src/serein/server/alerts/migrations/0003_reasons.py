"""One call for each reading: the row keeps its gravest reason and the others beside it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_longer_resolution")]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="also",
            field=models.JSONField(default=list),
        ),
    ]
