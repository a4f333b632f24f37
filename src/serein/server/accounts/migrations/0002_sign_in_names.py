"""One sign-in name is one person's, however it is spelled in capitals, at whatever clinic."""

from collections import defaultdict

from django.db import migrations, models
from django.db.models.functions import Lower

from serein.clinical.errors import InputError


def refuse_names_alike(apps, schema_editor):
    """Say which names differ by their capitals alone, before the constraint would fail raw."""
    user_model = apps.get_model("accounts", "User")
    alike = defaultdict(list)
    names = user_model.objects.order_by("username").values_list("username", Lower("username"))
    for name, plain in names:
        alike[plain].append(name)
    found = [" and ".join(f"“{name}”" for name in some) for some in alike.values() if some[1:]]
    if found:
        last = next(some[-1] for some in alike.values() if some[1:])
        raise InputError(
            f"These sign-in names differ by capitals alone: {'; '.join(found)}. From this version"
            " on they are one name. Nothing was changed. Give all but one of each another name in"
            " the database, tell the person, and start again, for example: UPDATE accounts_user"
            f" SET username = '{last}-2' WHERE username = '{last}';"
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunPython(refuse_names_alike, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(Lower("username"), name="one_sign_in_name"),
        ),
    ]
