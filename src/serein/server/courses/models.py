"""A patient on a protocol, pinned to the version it started with."""

from datetime import datetime, time
from uuid import uuid5

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from serein.clinical.course import STARTED_ON
from serein.clinical.errors import UnknownContentError
from serein.clinical.facts import Fact
from serein.server.accounts.models import Clinic
from serein.server.ids import new_id
from serein.server.library import library
from serein.server.patients.models import Patient


class Adoption(models.Model):
    """A medical director's word that one version of one content file may be used at this clinic.

    Withdrawn, it stays: courses that began by it go on, and no other begins. It lapses when the
    clinic changes the file under its version; `content` is what was adopted, None in older rows.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    content_id = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    adopted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    adopted_at = models.DateTimeField()
    unchecked = models.PositiveIntegerField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["clinic", "content_id", "version"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="adopted_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.content_id} version {self.version}"


class Course(models.Model):
    """One course of treatment."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    protocol_id = models.CharField(max_length=80)
    protocol_version = models.PositiveIntegerField()
    indication = models.CharField(max_length=200)
    prescriber = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    started_on = models.DateField()
    review_on = models.DateField()
    earlier_sessions = models.PositiveIntegerField(default=0)
    ended_on = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.patient}: {self.protocol_id} since {self.started_on}"

    @property
    def protocol_title(self) -> str:
        """What the protocol is called in the version of this course; its id when that is gone."""
        try:
            return library().protocol(self.protocol_id, self.protocol_version).title
        except UnknownContentError:
            return self.protocol_id

    @property
    def product_title(self) -> str:
        """What is given, without its strength; the protocol's id when its version is gone."""
        try:
            of = library().protocol(self.protocol_id, self.protocol_version)
        except UnknownContentError:
            return self.protocol_id
        return of.product_title.partition(",")[0]

    def facts(self) -> list[Fact]:
        """The first day as the rules read it."""
        began_at = datetime.combine(self.started_on, time(), self.clinic.zone)
        day = self.started_on.isoformat()
        name = uuid5(self.id, STARTED_ON)
        return [Fact(name, STARTED_ON, day, began_at, began_at, source="course")]
