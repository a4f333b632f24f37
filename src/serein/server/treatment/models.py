"""The floor: chairs, treatment sessions, orders and doses."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from serein.clinical.facts import Fact
from serein.server.accounts.models import Clinic
from serein.server.courses.models import Course
from serein.server.ids import new_id
from serein.server.patients.models import Patient

PERSON = settings.AUTH_USER_MODEL
LONGEST_CHAIR_NAME = 8
MOST_CHAIRS = 200


class Chair(models.Model):
    """One chair; its version grows with every change that its tile must show.

    Its number is its place on the floor and never another's; its name, when it has one, is said.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    number = models.PositiveSmallIntegerField()
    version = models.PositiveBigIntegerField(default=0)
    cleaning_since = models.DateTimeField(null=True)
    blocked_reason = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=LONGEST_CHAIR_NAME, blank=True)
    # No longer on the floor; its visits keep it.
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["clinic", "number"], name="chair_number_once"),
            models.UniqueConstraint(
                "clinic", Lower("name"), condition=~Q(name=""), name="chair_name_once"
            ),
        )

    def __str__(self) -> str:
        return f"Chair {self.label}"

    @property
    def label(self) -> str:
        """What the chair is called: its name, or its number."""
        return self.name or str(self.number)


class Ending(models.TextChoices):
    """How a session ended; only the first is called release."""

    RELEASED = "released", _("Released")
    NOT_DOSED = "not-dosed", _("Ended before any dose")
    AGAINST_ADVICE = "against-advice", _("Left against advice")
    TRANSFER = "transfer", _("Emergency transfer")
    DEATH = "death", _("Death")


class Session(models.Model):
    """One treatment visit, from the chair to the door."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="sessions")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="sessions")
    chair = models.ForeignKey(Chair, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    product = models.CharField(max_length=40)
    nurse = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    seated_at = models.DateTimeField()
    # The last dose of an earlier visit: how long ago it was decides whether this one is too soon.
    last_dose_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=20, choices=Ending.choices, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["chair"], condition=Q(ended_at__isnull=True), name="one_patient_per_chair"
            ),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(ended_at__isnull=True), name="one_chair_per_patient"
            ),
        )
        indexes = (models.Index(fields=["clinic", "ended_at"], name="session_open"),)

    def __str__(self) -> str:
        return f"{self.patient}, session {self.number}"

    @property
    def days_since_last_dose(self) -> int | None:
        """Days by the clinic's calendar, 0 on the same day; None when none is known."""
        if self.last_dose_at is None:
            return None
        zone = self.clinic.zone
        days = [at.astimezone(zone).date() for at in (self.last_dose_at, self.seated_at)]
        return (days[1] - days[0]).days

    def facts(self) -> list[Fact]:
        """The seating as the rules read it."""
        value = {
            "number": self.number,
            "product": self.product,
            "days_since_last_dose": self.days_since_last_dose,
        }
        return [
            Fact(
                id=self.id,
                code="session",
                value=value,
                effective_at=self.seated_at,
                recorded_at=self.seated_at,
                encounter=self.id,
                source="session",
            )
        ]


class Order(models.Model):
    """What a prescriber signed for this session; a later order stands beside the earlier one."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="orders")
    product = models.CharField(max_length=40)
    route = models.CharField(max_length=20, blank=True)
    dose_mg = models.FloatField()
    # Of an order by weight: what was asked for, and the weight and method it was reckoned from.
    mg_per_kg = models.FloatField(null=True)
    weight_kg = models.FloatField(null=True)
    weight_method = models.CharField(max_length=12, blank=True)
    replaces_device = models.PositiveSmallIntegerField(null=True)
    prescriber = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    is_by_telephone = models.BooleanField(default=False)
    is_read_back = models.BooleanField(default=False)
    reason = models.CharField(max_length=400, blank=True)
    signed_at = models.DateTimeField(null=True)
    # Who signed in place of the prescriber, who had left the clinic or prescribed there no longer;
    # None of their own signature.
    signed_in_place_by = models.ForeignKey(
        PERSON, null=True, on_delete=models.PROTECT, related_name="+"
    )
    had_prescriber_left = models.BooleanField(default=True)
    ordered_at = models.DateTimeField()
    # An order on paper is entered later than it was given; None for one of before this was told.
    recorded_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.product} {self.dose_mg:g} mg"

    @property
    def in_place(self) -> str:
        """Who signed in place of whom; empty of the prescriber's own signature."""
        if self.signed_in_place_by is None:
            return ""
        words = {"name": self.signed_in_place_by, "prescriber": self.prescriber}
        if self.had_prescriber_left:
            return _("Signed by %(name)s in place of %(prescriber)s, who has left") % words
        return (
            _("Signed by %(name)s in place of %(prescriber)s, who no longer prescribes here")
            % words
        )

    @property
    def mg(self) -> float:
        """The milligrams ordered; whole ones stay whole, as devices are counted."""
        return int(self.dose_mg) if float(self.dose_mg).is_integer() else self.dose_mg

    def facts(self) -> list[Fact]:
        """The order as the rules read it."""
        value = {
            "product": self.product,
            "dose_mg": self.mg,
            **self._by_weight(),
            "replaces_device": self.replaces_device,
            "telephone": self.is_by_telephone,
            "read_back": self.is_read_back,
            "signed": self.signed_at is not None,
        }
        return [
            Fact(
                id=self.id,
                code="order",
                value=value,
                effective_at=self.ordered_at,
                recorded_at=self.recorded_at or self.ordered_at,
                encounter=self.session_id,
                source="order",
            )
        ]

    def _by_weight(self) -> dict[str, object]:
        """Its route, and what it was reckoned from; nothing of an order by devices."""
        if self.weight_kg is None:
            return {"route": self.route} if self.route else {}
        return {
            "route": self.route,
            "mg_per_kg": self.mg_per_kg,
            "weight_kg": self.weight_kg,
            "weight_method": self.weight_method,
        }


class Outcome(models.TextChoices):
    """What became of one device."""

    GIVEN = "given", _("Given")
    PARTLY = "partly", _("Partly given")
    FAILED = "failed", _("Device failed")
    REFUSED = "refused", _("Refused")
    # Only as a correction: there was no such device.
    NEVER = "never", _("Never given: recorded in error")


class Dose(models.Model):
    """One device, as it was given or not; steps count every attempt of the session."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="doses")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    step = models.PositiveSmallIntegerField()
    device = models.PositiveSmallIntegerField()
    product = models.CharField(max_length=40)
    dose_mg = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    lot = models.CharField(max_length=40)
    given_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    observer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    outside_gate = models.JSONField(default=list)
    note = models.CharField(max_length=400, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["session", "step"],
                condition=Q(replaces__isnull=True),
                name="one_open_dose_step",
            ),
        )

    def __str__(self) -> str:
        return f"Device {self.device}, {self.dose_mg} mg"

    def facts(self) -> list[Fact]:
        """The device as the rules read it."""
        value = {
            "number": self.device,
            "step": self.step,
            "product": self.product,
            "dose_mg": self.dose_mg,
            "outcome": self.outcome,
            "lot": self.lot,
            "outside_gate": self.outside_gate,
        }
        return [
            Fact(
                id=self.id,
                code="device",
                value=value,
                effective_at=self.given_at,
                recorded_at=self.recorded_at,
                by=str(self.observer),
                encounter=self.session_id,
                replaces=self.replaces_id,
                source="dose",
            )
        ]
