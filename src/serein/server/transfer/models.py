"""What came in from outside: the files, and what of them could not be read."""

from django.conf import settings
from django.db import models

from serein.server.accounts.models import Clinic
from serein.server.ids import new_id
from serein.server.patients.models import Patient


class ImportedFile(models.Model):
    """One file, known by its content: the same file again is the same row."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    resources = models.PositiveIntegerField()
    stored = models.PositiveIntegerField()
    unread = models.PositiveIntegerField()
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["clinic", "sha256"], name="file_imported_once"),
        )

    def __str__(self) -> str:
        return self.name


class UnreadResource(models.Model):
    """One entry that was kept aside whole, with the reason; nothing is dropped silently."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    file = models.ForeignKey(ImportedFile, on_delete=models.PROTECT, related_name="entries")
    patient = models.ForeignKey(
        Patient, null=True, on_delete=models.PROTECT, related_name="unread_lines"
    )
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=80)
    resource_id = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300)
    content = models.TextField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["patient", "read_at"], name="unread_by_patient"),)

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"
