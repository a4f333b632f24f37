"""People, clinics, and who does what where."""

import zoneinfo

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from serein.server.ids import new_id

# Each of the two; a fact and a line of the log keep both in one column of this length.
LONGEST_NAME = 75
LONGEST_SHOWN = 150


class Clinic(models.Model):
    """One site: its chairs, staff, certification and patients are its own."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=120, unique=True)
    time_zone = models.CharField(max_length=60, default="America/New_York")
    phone_day = models.CharField(max_length=40, blank=True)
    phone_night = models.CharField(max_length=40, blank=True)
    is_invented = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The zone in which this clinic's wall clocks hang."""
        return zoneinfo.ZoneInfo(self.time_zone)


class User(AbstractUser):
    """A person who signs in."""

    id = models.UUIDField(primary_key=True, default=new_id)
    must_change_password = models.BooleanField(default=False)
    # What they are, as it was read for one request.
    roles_read: "list[Membership] | None" = None

    class Meta(AbstractUser.Meta):
        constraints = (models.UniqueConstraint(Lower("username"), name="one_sign_in_name"),)

    def __str__(self) -> str:
        """The name that stands beside what they did, as long as every row can keep."""
        return (self.get_full_name() or self.username)[:LONGEST_SHOWN]


class Role(models.TextChoices):
    """What a person is at a clinic."""

    NURSE = "nurse", _("Nurse")
    MONITOR = "monitor", _("Monitor")
    PRESCRIBER = "prescriber", _("Prescriber")
    THERAPIST = "therapist", _("Therapist")
    PHARMACIST = "pharmacist", _("Pharmacist")
    BILLER = "biller", _("Biller")
    DESK = "desk", _("Front desk")
    OWNER = "owner", _("Owner")


class Membership(models.Model):
    """One person's role at one clinic."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    is_medical_director = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["clinic", "user", "role"], name="role_once"),
        )

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()} at {self.clinic}"
