"""What a named person must close."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from serein.server.accounts.models import Clinic
from serein.server.ids import new_id
from serein.server.patients.models import Patient

LONGEST_TEXT = 300
# What was said, after the longest name of whoever said it.
LONGEST_RESOLUTION = 720


class Alert(models.Model):
    """One crossing or duty, open until somebody says what was done."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="alerts")
    encounter = models.UUIDField(null=True)
    rule = models.CharField(max_length=80)
    text = models.CharField(max_length=LONGEST_TEXT)
    urgency = models.CharField(max_length=12)  # now, soon, follow-up
    for_role = models.CharField(max_length=20)
    evidence = models.JSONField(default=list)
    source = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    resolution = models.CharField(max_length=LONGEST_RESOLUTION, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["encounter", "rule"],
                condition=Q(resolved_at__isnull=True),
                name="one_open_alert_per_rule",
            ),
        )
        indexes = (models.Index(fields=["clinic", "resolved_at"], name="alert_open"),)

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"
