"""What the facts that are no part of a session are called on the page of the chart."""

from django.utils.translation import gettext as _


def titles() -> dict[str, str]:
    """The name of each of our own codes that a chart outside sessions can hold."""
    return {
        "bp.systolic": _("Systolic blood pressure"),
        "bp.diastolic": _("Diastolic blood pressure"),
        "heart-rate": _("Heart rate"),
        "spo2": _("Oxygen saturation"),
        "respiration": _("Respiratory rate"),
        "weight": _("Weight"),
        "height": _("Height"),
        "phq-9.total": _("PHQ-9 total"),
        "rems.enrolled": _("Enrolled in the registry"),
    }
