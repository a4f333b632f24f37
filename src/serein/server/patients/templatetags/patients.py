"""The patient's header: who this is and what must not be missed, on each of their pages."""

from datetime import date, datetime
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from serein.server.patients import charts, queries
from serein.server.patients.models import Patient

register = template.Library()
# What FHIR calls the state of an entry, in words; what is not here is a word already.
STATES = {
    "entered-in-error": _("entered in error"),
    "unconfirmed": _("not confirmed"),
    "refuted": _("was never so"),
    "remission": _("in remission"),
    "resolved": _("over"),
    "inactive": _("not active"),
    "on-hold": _("on hold"),
    "not-taken": _("not taken"),
    "stopped": _("no longer taken"),
    "completed": _("taken to its end"),
}


@register.inclusion_tag("patients/header.html", takes_context=True)
def patient_header(context: RequestContext, patient: Patient) -> dict[str, Any]:
    """Name, age, birth date, sex, allergies, open courses, and alerts that wait."""
    courses = patient.courses.filter(ended_on__isnull=True).order_by("started_on")
    alerts = patient.alerts.filter(resolved_at__isnull=True).order_by("raised_at")
    back = context["taken_back"](alerts)
    told = [{"alert": one, "is_taken_back": one.id in back} for one in alerts]
    return {**_person(context, patient), "courses": list(courses), "alerts": told}


@register.inclusion_tag("patients/header.html", takes_context=True)
def visit_header(context: RequestContext, patient: Patient, more: str) -> dict[str, Any]:
    """The same person on the page of a visit, which has its own alerts and adds its own line.

    `more` is that line's template; it reads `session` and `label`.
    """
    visit = {"session": context["session"], "label": context["label"]}
    return {**_person(context, patient), **visit, "more": more}


def _person(context: RequestContext, patient: Patient) -> dict[str, Any]:
    now: datetime = context["now"]
    rows = queries.allergies(patient)
    allergies = [one for one in charts.listed(rows, "allergy") if one.is_current]
    return {
        "patient": patient,
        "permissions": context.get("permissions", ()),
        "age": age(patient.born_on, now.astimezone(context["clinic"].zone).date()),
        "clinic": context["clinic"],
        "allergies": allergies,
        "none_known": None if allergies else charts.none_known(rows),
    }


def age(born_on: date, today: date) -> int:
    """Completed years."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


@register.filter
def state(code: str) -> str:
    """The state of an entry in the words that the form by hand offers."""
    return str(STATES.get(code, code))


@register.filter
def day(written: str) -> str:
    """The day of a date as another system wrote it, in this chart's own way."""
    try:
        return formats.date_format(date.fromisoformat(written[:10]), "j M Y")
    except ValueError:
        return written


@register.simple_tag(takes_context=True)
def age_of(context: RequestContext, patient: Patient) -> int:
    """The patient's age today, where the clinic is."""
    return age(patient.born_on, context["now"].astimezone(context["clinic"].zone).date())
