"""A visit without a dose uses up no number, and each visit knows the last dose before it."""

from django.db import migrations, models


def tell_last_dose(apps, schema_editor):
    """Fill it in for the visits that are under way; how those that ended were judged stays."""
    session_model = apps.get_model("treatment", "Session")
    dose_model = apps.get_model("treatment", "Dose")
    for session in session_model.objects.filter(ended_at=None):
        earlier = dose_model.objects.filter(
            patient=session.patient_id,
            session__seated_at__lt=session.seated_at,
            outcome__in=("given", "partly"),
            replaced_by=None,
        )
        session.last_dose_at = earlier.aggregate(at=models.Max("given_at"))["at"]
        session.save(update_fields=["last_dose_at"])


class Migration(migrations.Migration):
    dependencies = [("treatment", "0002_corrections")]

    operations = [
        migrations.RemoveConstraint(model_name="session", name="session_number_once"),
        migrations.AddField(
            model_name="session",
            name="last_dose_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(tell_last_dose, migrations.RunPython.noop),
    ]
