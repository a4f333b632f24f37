"""An order that was given on paper keeps when it was entered beside when it was given."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("treatment", "0003_numbers")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="recorded_at",
            field=models.DateTimeField(null=True),
        ),
    ]
