"""The patient and the one table of facts."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import models

from serein.clinical.facts import Fact, FactValue
from serein.server.accounts.models import Clinic
from serein.server.ids import new_id

# Facts that are columns of the patient, by their codes.
OF_PERSON = {"birth-date": "born_on", "sex": "sex"}


class Patient(models.Model):
    """A person in the care of one clinic."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    family_name = models.CharField(max_length=120)
    given_name = models.CharField(max_length=120)
    born_on = models.DateField()
    sex = models.CharField(max_length=12, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.JSONField(default=dict, blank=True)
    died_on = models.DateField(null=True, blank=True)
    is_invented = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["clinic", "family_name", "given_name"], name="patient_by_name"),
            models.Index(fields=["clinic", "born_on"], name="patient_by_birth"),
        )

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def own_facts(self) -> list[Fact]:
        """Birth date and sex as the rules read them; a sex that is not known is no fact."""
        known = {"birth-date": self.born_on.isoformat(), "sex": self.sex}
        born_at = datetime.combine(self.born_on, time(), UTC)
        return [
            Fact(uuid5(self.id, code), code, value, born_at, self.created_at, source="registration")
            for code, value in known.items()
            if value not in ("", "unknown")
        ]


class Identifier(models.Model):
    """A number by which another system knows the patient; never shared by two patients."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identifiers")
    system = models.CharField(max_length=200)
    value = models.CharField(max_length=200)
    label = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["clinic", "system", "value"], name="identifier_names_one_patient"
            ),
        )

    def __str__(self) -> str:
        return f"{self.label or self.system} {self.value}"


class FactRow(models.Model):
    """One fact; rows are added and never changed or deleted."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="facts")
    code = models.CharField(max_length=80)
    value = models.JSONField()
    unit = models.CharField(max_length=24, blank=True)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    by_name = models.CharField(max_length=150, blank=True)
    source = models.CharField(max_length=200)
    panel = models.UUIDField(null=True)
    encounter = models.UUIDField(null=True)
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        db_table = "patients_fact"
        indexes = (
            models.Index(fields=["encounter"], name="fact_by_encounter"),
            models.Index(fields=["patient", "code", "-effective_at"], name="fact_by_patient_code"),
        )

    def __str__(self) -> str:
        return f"{self.code} = {self.value} {self.unit}".rstrip()


# What a fact is made of, in the order in which `fact` takes it.
COLUMNS = (
    "id",
    "code",
    "value",
    "unit",
    "effective_at",
    "recorded_at",
    "source",
    "by_name",
    "panel",
    "encounter",
    "replaces_id",
)


def facts(rows: models.QuerySet[FactRow]) -> list[Fact]:
    """The rows as facts, for the rules.

    Plain values: the floor reads thousands, and a model for each would cost the most of it.
    """
    return [fact(*values) for values in rows.values_list(*COLUMNS)]


def fact(
    id: UUID,  # noqa: A002  a fact's id
    code: str,
    value: FactValue,
    unit: str,
    effective_at: datetime,
    recorded_at: datetime,
    *rest: Any,
) -> Fact:
    """One fact out of the values of COLUMNS."""
    return Fact(id, code, value, effective_at, recorded_at, unit or None, *rest)
