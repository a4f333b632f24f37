"""Who did or saw what, chained so that a change to any line shows."""

from django.db import models

from serein.server.ids import new_id


class Chain(models.Model):
    """The head of one chain: a clinic's, or "house" for what happens before a clinic is known."""

    name = models.CharField(max_length=64, primary_key=True)
    lines = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.name}: {self.lines} lines"


class Event(models.Model):
    """One line of the log: who, when, what, on which row, about which patient."""

    id = models.UUIDField(primary_key=True, default=new_id)
    chain = models.CharField(max_length=64)
    line = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=150)
    verb = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    subject_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    details = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["chain", "line"], name="audit_line_once"),)
        indexes = (models.Index(fields=["patient_id", "-at"], name="audit_by_patient"),)

    def __str__(self) -> str:
        return f"{self.chain}:{self.line} {self.verb}"
