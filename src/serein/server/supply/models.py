"""The lots on the shelf."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from serein.server.accounts.models import Clinic
from serein.server.ids import new_id


class Unit(models.TextChoices):
    """What is counted out: a millilitre of a vial, or one piece."""

    ML = "mL", _("mL")
    SPRAY = "spray", _("spray")
    TABLET = "tablet", _("tablet")
    TROCHE = "troche", _("troche")


class Lot(models.Model):
    """One lot of one product in one strength; closed, it stays and is no longer picked."""

    id = models.UUIDField(primary_key=True, default=new_id)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    product = models.CharField(max_length=40)
    number = models.CharField(max_length=40)
    unit = models.CharField(max_length=12, choices=Unit.choices)
    # Milligrams in one unit: of a vial, mg/mL.
    strength_mg = models.FloatField()
    expires_on = models.DateField()
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    closed_because = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["clinic", "product", "number", "unit", "strength_mg"],
                condition=models.Q(closed_at__isnull=True),
                name="lot_on_the_shelf_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}, {self.strength_mg:g} mg/{self.unit}"
