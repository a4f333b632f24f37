"""What a named person must close."""

from collections.abc import Mapping
from typing import Any

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
    """One call to whom it names, or a duty: open until somebody says what was done.

    A reading that crosses several limits calls once. The gravest reason is the row's own; `also`
    keeps the others, each with its rule, text, urgency and source. One that is `taken_back` no
    longer holds: the reading behind it was corrected.
    """

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
    also = models.JSONField(default=list)
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

    @property
    def reasons(self) -> list[Mapping[str, Any]]:
        """Every rule behind it, the gravest first; those taken back last."""
        own = {name: getattr(self, name) for name in ("rule", "text", "urgency", "source")}
        return [own, *self.also]

    @property
    def rules(self) -> list[str]:
        """The rules that hold."""
        return [one["rule"] for one in self.reasons if not one.get("taken_back")]

    @property
    def words(self) -> str:
        """The gravest reason, and those that are as grave."""
        return "; ".join(one["text"] for one in self._gravest)

    @property
    def asked_for(self) -> str:
        """What the gravest ask for."""
        asked = [one["source"].get("action", "") for one in self._gravest]
        return ". ".join(dict.fromkeys(filter(None, asked)))

    @property
    def lesser(self) -> list[str]:
        """The other reasons that hold."""
        less = [one for one in self.also if one["urgency"] != self.urgency]
        return [one["text"] for one in less if not one.get("taken_back")]

    @property
    def _gravest(self) -> list[Mapping[str, Any]]:
        grave = [one for one in self.reasons if one["urgency"] == self.urgency]
        return [one for one in grave if not one.get("taken_back")]
