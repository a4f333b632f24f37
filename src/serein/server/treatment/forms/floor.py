"""What is typed on the floor: who sits down, and why a chair is out of use."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from serein.server.treatment.forms.entries import HALF_A_DAY, day_field, moment, refuse_day_alone
from serein.server.treatment.models import LONGEST_CHAIR_NAME


class SeatForm(forms.Form):
    """Who sits down, and what was compared."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    course = forms.UUIDField(label=_("Patient"))
    identifiers = forms.MultipleChoiceField(
        required=False,
        label=_("Compared with the patient's own word (two at least)"),
        choices=(
            ("name", _("Full name")),
            ("birth date", _("Date of birth")),
            ("photograph", _("Photograph")),
            ("document", _("Identity document")),
        ),
        widget=forms.CheckboxSelectMultiple,
    )
    is_call_device_shown = forms.BooleanField(
        required=False, label=_("The patient has shown that the call device works")
    )
    at = forms.TimeField(required=False, label=_("Time, when it was not now"))
    on = day_field()
    reason = forms.CharField(required=False, max_length=300, label=_("Why it is entered later"))

    def clean(self) -> dict[str, Any]:
        """A day says nothing without its time."""
        refuse_day_alone(self)
        return self.cleaned_data

    def seated_at(self, *, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the patient sat down; None when it is now.

        A time without its day that was half a day ago or more is meant for today, and to come.
        """
        at = moment(self.cleaned_data, now=now, zone=zone)
        if at is None or self.cleaned_data.get("on") or now - at < HALF_A_DAY:
            return at
        return moment({**self.cleaned_data, "on": now.astimezone(zone).date()}, now=now, zone=zone)


class ReasonForm(forms.Form):
    """A reason for what is done to a chair."""

    reason = forms.CharField(max_length=120, label=_("Reason"))


class ChairForm(forms.Form):
    """What a chair is called."""

    name = forms.CharField(required=False, max_length=LONGEST_CHAIR_NAME, label=_("Name"))


class NewChairForm(ChairForm):
    """One chair more."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
