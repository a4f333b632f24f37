"""What is typed of a visit by weight: the scale, the order, the bag, the pump, the dose."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from serein.server.treatment.actions.by_weight import ByWeight
from serein.server.treatment.actions.dose import Portion
from serein.server.treatment.actions.given import Right
from serein.server.treatment.forms.entries import EntryForm, PlainEntryForm, day_field, moment
from serein.server.treatment.forms.visit import Ordering

MG, PER_KG = "mg", "mg/kg"


class Decimals(forms.FloatField):
    """A number; a comma is the point of many keyboards."""

    def to_python(self, value: Any) -> Any:
        """The number that was typed."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class WeightForm(EntryForm):
    """The patient on the scale."""

    weight_kg = Decimals(label=_("Weight, kg"))
    confirms = forms.CharField(required=False)


class WeighedOrderForm(Ordering):
    """A dose by weight or in mg; the other of the two is worked out from the weight."""

    dose = Decimals(label=_("Dose"))
    unit = forms.ChoiceField(
        choices=((PER_KG, "mg/kg"), (MG, "mg")), widget=forms.RadioSelect, label=_("In")
    )
    method = forms.ChoiceField(
        choices=(("actual", _("as measured")), ("ideal", _("ideal")), ("adjusted", _("adjusted"))),
        initial="actual",
        widget=forms.RadioSelect,
        label=_("Weight"),
    )
    because = forms.CharField(
        required=False, max_length=400, label=_("Reason, for a dose above the soft limit")
    )
    confirms = forms.CharField(required=False)

    def dose_words(self, *, is_confirmed: bool) -> dict[str, Any]:
        """The dose as the action takes it."""
        typed = self.cleaned_data
        is_per_kg = typed["unit"] == PER_KG
        return {
            "dose_mg": None if is_per_kg else typed["dose"],
            "weighed": ByWeight(
                mg_per_kg=typed["dose"] if is_per_kg else None,
                method=typed["method"],
                because=typed["because"],
                is_confirmed=is_confirmed,
            ),
        }


class PreparationForm(PlainEntryForm):
    """The bag."""

    lot = forms.UUIDField(label=_("Vial, from the shelf"))
    diluent_ml = Decimals(label=_("Diluent, mL"))
    minutes = Decimals(label=_("Duration, minutes"))
    confirms = forms.CharField(required=False)


class SecondCheckForm(PlainEntryForm):
    """The second person's own numbers."""

    prepared = forms.UUIDField(widget=forms.HiddenInput)
    weight_kg = Decimals(label=_("Weight, kg"))
    lot = forms.CharField(max_length=40, label=_("Lot on the vial"))
    ml_per_h = Decimals(label=_("Rate, mL/h"))


class StartForm(EntryForm):
    """The pump started."""

    ml_per_h = Decimals(label=_("The pump shows, mL/h"))
    is_already_running = forms.BooleanField(
        required=False, label=_("It runs already: store it as it happened")
    )


class PumpForm(EntryForm):
    """Another act at the pump."""

    step = forms.ChoiceField(
        choices=(
            ("rate", _("Rate changed")),
            ("pause", _("Paused")),
            ("resume", _("Resumed")),
            ("stop", _("Stopped")),
        ),
    )
    ml_per_h = Decimals(required=False, label=_("New rate, mL/h"))
    because = forms.CharField(required=False, max_length=400, label=_("Why"))
    confirms = forms.CharField(required=False)


class GivenCorrectionForm(PlainEntryForm):
    """A dose, or an act at the pump, as it really was."""

    wrong = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        required=False,
        choices=(
            ("given", _("Given")),
            ("partly", _("Partly given")),
            ("refused", _("Refused")),
            ("never", _("Never given: recorded in error")),
        ),
        widget=forms.RadioSelect,
        label=_("What really became of it"),
    )
    mg = Decimals(required=False, label=_("Reached the patient, mg"))
    ml_per_h = Decimals(required=False, label=_("The rate, mL/h, when it is wrong"))
    is_never = forms.BooleanField(required=False, label=_("It was never done"))
    at = forms.TimeField(required=False, label=_("Time, when it is wrong"))
    on = day_field()
    reason = forms.CharField(max_length=400, label=_("What was recorded wrongly"))

    def right(self) -> Right:
        """How it really was."""
        typed = self.cleaned_data
        return Right(typed["outcome"], typed["mg"], typed["ml_per_h"], typed["is_never"])

    def given_at(self, *, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When it really was; None when the time is not what is wrong."""
        return moment(self.cleaned_data, now=now, zone=zone)


class DoseForm(EntryForm):
    """One dose that is no device and no drip."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=(("given", _("Given")), ("partly", _("Partly given")), ("refused", _("Refused"))),
        widget=forms.RadioSelect,
        label=_("What became of it"),
    )
    mg = Decimals(required=False, label=_("Reached the patient, mg"))
    lot = forms.UUIDField(required=False, label=_("Lot, from the shelf"))
    site = forms.CharField(required=False, max_length=80, label=_("Where it was injected"))
    is_already_given = forms.BooleanField(
        required=False, label=_("It was already given: store it as it happened")
    )

    def portion(self) -> Portion:
        """The dose as the action takes it; of one refused nothing reached anybody."""
        typed = self.cleaned_data
        is_refused = typed["outcome"] == "refused"
        return Portion(
            number=typed["number"],
            outcome=typed["outcome"],
            mg=0 if is_refused else typed["mg"] or 0,
            lot=None if is_refused else typed["lot"],
            site=typed["site"],
        )
