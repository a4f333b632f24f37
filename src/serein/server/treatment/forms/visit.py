"""What is typed of one visit, act by act, from a danger sign to its end and what is set right."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from serein.server.library import library
from serein.server.treatment.forms.entries import EntryForm, PlainEntryForm, day_field, moment
from serein.server.treatment.models import Outcome


class DangerForm(EntryForm):
    """One danger sign."""

    code = forms.CharField(max_length=80)


class AlertForm(forms.Form):
    """What was done about an alert, or which prescriber said what."""

    answered_by = forms.UUIDField(required=False, label=_("Which prescriber answered"))
    resolution = forms.CharField(required=False, max_length=400, label=_("What was done"))


class NoteForm(EntryForm):
    """A note."""

    text = forms.CharField(max_length=2000, label=_("Note"))


class StopForm(EntryForm):
    """The patient wants no more."""


class DecisionForm(EntryForm):
    """The prescriber's word on one rule."""

    rule = forms.CharField(max_length=80)
    reason = forms.CharField(max_length=400, label=_("Reason, in a sentence"))


class Ordering(EntryForm):
    """Who ordered it: the prescriber here, or one on the telephone."""

    prescriber = forms.UUIDField(required=False, label=_("Prescriber on the telephone"))
    is_read_back = forms.BooleanField(required=False, label=_("I read the order back"))


class OrderForm(Ordering):
    """A dose in devices, signed or by telephone."""

    # "56", or "28/1": 28 mg in place of device 1, so that one radio button says both.
    dose_mg = forms.RegexField(r"^\d{1,4}(/\d{1,2})?$", label=_("Dose"))
    replaces_device = forms.IntegerField(required=False)

    def clean(self) -> dict[str, Any]:
        """The milligrams, and the device they replace."""
        typed = dict(super().clean())
        dose, _slash, device = str(typed.get("dose_mg", "")).partition("/")
        if dose:
            typed["dose_mg"] = int(dose)
        if device:
            typed["replaces_device"] = int(device)
        return typed

    def dose_words(self, *, is_confirmed: bool) -> dict[str, Any]:  # noqa: ARG002  a device has no doubts
        """The dose as the action takes it."""
        typed = self.cleaned_data
        return {"dose_mg": typed["dose_mg"], "replaces_device": typed["replaces_device"]}


class CosignForm(PlainEntryForm):
    """The signature on an order given by telephone; another's only when they say it is."""

    order = forms.UUIDField(widget=forms.HiddenInput)
    is_in_place = forms.BooleanField(required=False, widget=forms.HiddenInput)


class DeviceForm(EntryForm):
    """One device."""

    step = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=[one for one in Outcome.choices if one[0] != Outcome.NEVER],
        widget=forms.RadioSelect,
        label=_("What became of it"),
    )
    lot = forms.CharField(required=False, max_length=40, label=_("Lot on the device"))
    observer = forms.UUIDField(required=False, label=_("Who watched"))
    is_already_given = forms.BooleanField(
        required=False, label=_("It was already given: store it as it happened")
    )


class DoseCorrectionForm(PlainEntryForm):
    """A device as it really was."""

    wrong = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=Outcome.choices, widget=forms.RadioSelect, label=_("What really became of it")
    )
    lot = forms.CharField(required=False, max_length=40, label=_("Lot on the device"))
    at = forms.TimeField(required=False, label=_("Time, when it is wrong"))
    on = day_field()
    reason = forms.CharField(max_length=400, label=_("What was recorded wrongly"))

    def given_at(self, *, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When it really was; None when the time is not what is wrong."""
        return moment(self.cleaned_data, now=now, zone=zone)


class ReopenForm(PlainEntryForm):
    """An end that was recorded by mistake."""

    reason = forms.CharField(max_length=400, label=_("How it came to be ended by mistake"))


def _ways_home() -> list[tuple[str, str]]:
    return list(library().dictionary.code("transport.way").choices.items())


class ReleaseForm(EntryForm):
    """Letting the patient go."""

    is_escort_seen = forms.BooleanField(required=False, label=_("The escort is here"))
    way_home = forms.ChoiceField(
        required=False,
        choices=_ways_home,
        widget=forms.RadioSelect,
        label=_("Or another safe way home"),
    )
    way_detail = forms.CharField(
        required=False, max_length=200, label=_("Who goes along or drives, or which firm")
    )
    is_not_driving = forms.BooleanField(required=False, label=_("The patient does not drive today"))
    is_acknowledged_by_patient = forms.BooleanField(
        required=False, label=_("The patient understands the instructions")
    )
    is_acknowledged_by_escort = forms.BooleanField(
        required=False, label=_("The escort understands the instructions")
    )


class EndForm(EntryForm):
    """The visit ended otherwise."""

    kind = forms.CharField(max_length=20)
    told = forms.CharField(required=False, max_length=400, label=_("Who was told"))
    state = forms.CharField(
        required=False, max_length=1800, label=_("How the patient was, or why no dose was given")
    )


class TimeForm(EntryForm):
    """The right time of what was entered with a wrong one."""

    wrong = forms.UUIDField(widget=forms.HiddenInput)


class CorrectionForm(PlainEntryForm):
    """A corrected value."""

    wrong = forms.UUIDField(widget=forms.HiddenInput)
    value = forms.CharField(max_length=2000, label=_("Right value"))
    reason = forms.CharField(max_length=400, label=_("Why"))
    confirms = forms.CharField(required=False)
