"""The acts of a visit by weight: the scale, the bag, the second check, the pump, the dose."""

from typing import Any

from serein.server.accounts.request import ClinicRequest
from serein.server.treatment import actions
from serein.server.treatment.models import Session
from serein.server.treatment.session.acting import acting, words


@acting("weigh", "treatment.weigh")
def weigh(request: ClinicRequest, shown: Session, form: Any, *, is_confirmed: bool = False) -> None:
    """The patient on the scale."""
    weight_kg = form.cleaned_data["weight_kg"]
    actions.weigh_patient(
        shown, weight_kg=weight_kg, is_confirmed=is_confirmed, **words(request, form)
    )


@acting("prepare", "treatment.prepare_infusion")
def prepare(
    request: ClinicRequest, shown: Session, form: Any, *, is_confirmed: bool = False
) -> None:
    """The bag, as the first person works it out."""
    typed = form.cleaned_data
    actions.prepare_infusion(
        shown,
        lot=typed["lot"],
        diluent_ml=typed["diluent_ml"],
        minutes=typed["minutes"],
        is_confirmed=is_confirmed,
        **words(request, form),
    )


@acting("second", "treatment.check_preparation")
def second(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The second person's own numbers; on what they differ the page shows to both."""
    typed = form.cleaned_data
    actions.check_preparation(
        shown,
        prepared=typed["prepared"],
        weight_kg=typed["weight_kg"],
        lot=typed["lot"],
        ml_per_h=typed["ml_per_h"],
        **words(request, form),
    )


@acting("start", "treatment.run_infusion")
def start(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The pump started."""
    typed = form.cleaned_data
    actions.start_infusion(
        shown,
        ml_per_h=typed["ml_per_h"],
        is_already_running=typed["is_already_running"],
        **words(request, form),
    )


@acting("pump", "treatment.run_infusion")
def pump(request: ClinicRequest, shown: Session, form: Any, *, is_confirmed: bool = False) -> None:
    """Another act at the pump."""
    typed = form.cleaned_data
    actions.change_infusion(
        shown,
        step=typed["step"],
        ml_per_h=typed["ml_per_h"],
        because=typed["because"],
        is_confirmed=is_confirmed,
        **words(request, form),
    )


@acting("dose", "treatment.record_dose")
def dose(request: ClinicRequest, shown: Session, form: Any) -> None:
    """One dose in mg."""
    actions.record_dose(
        shown,
        portion=form.portion(),
        is_already_given=form.cleaned_data["is_already_given"],
        **words(request, form),
    )


@acting("correct_given", "treatment.correct_dose")
def correct_given(request: ClinicRequest, shown: Session, form: Any) -> None:
    """A dose, or an act at the pump, as it really was."""
    typed = form.cleaned_data
    actions.correct_given(
        shown,
        wrong=typed["wrong"],
        right=form.right(),
        at=form.given_at(now=request.now, zone=request.clinic.zone),
        reason=typed["reason"],
        **words(request, form),
    )
