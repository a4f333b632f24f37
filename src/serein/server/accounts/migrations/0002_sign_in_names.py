"""One sign-in name is one person's, however it is spelled in capitals, at whatever clinic."""

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(Lower("username"), name="one_sign_in_name"),
        ),
    ]
