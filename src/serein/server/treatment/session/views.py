"""One session: its page, and each act on it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from serein.clinical.errors import InputError
from serein.server.accounts.models import User
from serein.server.accounts.permissions import require
from serein.server.accounts.request import ClinicRequest
from serein.server.alerts.queries import prescribers
from serein.server.audit.actions import record_view
from serein.server.treatment import actions, queries
from serein.server.treatment.actions.leaving import WayHome
from serein.server.treatment.errors import AnswersError
from serein.server.treatment.models import Session
from serein.server.treatment.session import correcting, page
from serein.server.treatment.session.acting import acting, words


@require_safe
def session(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """The session as it stands now, with every act on it."""
    require(request.user, "treatment.view_session", at=request.clinic)
    shown = queries.session(request.user, request.clinic, id)
    record_view(request, shown.patient)
    return page.show(request, shown)


@acting("checks", "treatment.record_checks")
def checks(request: ClinicRequest, shown: Session, form: Any) -> None:
    """Answers to the questions before the dose; one refused loses none of the rest."""
    answers, said = form.values(), {**words(request, form), "seen": form.seen()}
    try:
        actions.record_checks(shown, answers=answers, **said)
    except AnswersError as refusal:
        rest = {code: answers[code] for code in answers if code not in refusal.refused}
        if rest:
            actions.record_checks(shown, answers=rest, **said)
        raise


@acting("vitals", "treatment.record_vitals")
def vitals(
    request: ClinicRequest, shown: Session, form: Any, *, is_confirmed: bool = False
) -> None:
    """One set of readings and observations."""
    actions.record_vitals(
        shown,
        values=form.values(),
        is_confirmed=is_confirmed,
        **words(request, form),
    )


@acting("danger", "treatment.record_danger_sign")
def danger(request: ClinicRequest, shown: Session, form: Any) -> None:
    """One danger sign."""
    actions.record_danger_sign(shown, code=form.cleaned_data["code"], **words(request, form))


@acting("note", "treatment.add_note")
def note(request: ClinicRequest, shown: Session, form: Any) -> None:
    """A note."""
    actions.add_note(shown, text=form.cleaned_data["text"], **words(request, form))


@acting("ready", "treatment.record_observation")
def ready(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The patient would be ready but for the two hours."""
    actions.mark_ready(shown, **words(request, form))


@acting("stop", "treatment.stop_treatment")
def stop(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The patient wants no more."""
    actions.stop_treatment(shown, **words(request, form))


@acting("decision", "treatment.decide")
def decision(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The prescriber's word on one rule."""
    actions.decide(shown, rule=form.cleaned_data["rule"], **words(request, form))


@acting("device", "treatment.record_device")
def device(request: ClinicRequest, shown: Session, form: Any) -> None:
    """One device."""
    typed = form.cleaned_data
    actions.record_device(
        shown,
        step=typed["step"],
        outcome=typed["outcome"],
        lot=typed["lot"],
        is_already_given=typed["is_already_given"],
        observer=_observer(shown, typed["observer"]),
        **words(request, form),
    )


def _observer(shown: Session, named: UUID | None) -> User | None:
    """Who watched, when somebody else than the hand that writes is named."""
    found = next((one for one in page.observers(shown) if one.id == named), None) if named else None
    if named is not None and found is None:
        raise InputError(_("Choose who watched from the list"))
    return found


@acting("release", "treatment.release")
def release(request: ClinicRequest, shown: Session, form: Any) -> None:
    """Let the patient go."""
    typed = form.cleaned_data
    actions.release_patient(
        shown,
        is_escort_seen=typed["is_escort_seen"],
        other_way=WayHome(typed["way_home"], typed["way_detail"], typed["is_not_driving"]),
        is_acknowledged_by_patient=typed["is_acknowledged_by_patient"],
        is_acknowledged_by_escort=typed["is_acknowledged_by_escort"],
        **words(request, form),
    )


@acting("end", "treatment.end_session")
def end(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The visit ended otherwise."""
    typed = form.cleaned_data
    actions.end_session(
        shown,
        kind=typed["kind"],
        told=typed["told"],
        state=typed["state"],
        **words(request, form),
    )


@acting("correct", "treatment.correct_reading")
def correct(
    request: ClinicRequest, shown: Session, form: Any, *, is_confirmed: bool = False
) -> None:
    """A corrected value beside the wrong one."""
    typed = form.cleaned_data
    actions.correct_reading(
        shown,
        wrong=typed["wrong"],
        value=correcting.corrected(shown, typed["wrong"], typed["value"].strip()),
        reason=typed["reason"],
        is_confirmed=is_confirmed,
        **words(request, form),
    )


@acting("correct_time", "treatment.correct_time")
def correct_time(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The right time of a set of readings or answers."""
    actions.correct_time(shown, wrong=form.cleaned_data["wrong"], **words(request, form))


@acting("correct_dose", "treatment.correct_dose")
def correct_dose(request: ClinicRequest, shown: Session, form: Any) -> None:
    """A device as it really was, beside the wrong record."""
    typed = form.cleaned_data
    actions.correct_dose(
        shown,
        wrong=typed["wrong"],
        outcome=typed["outcome"],
        lot=typed["lot"],
        at=form.given_at(now=request.now, zone=request.clinic.zone),
        reason=typed["reason"],
        **words(request, form),
    )


@acting("reopen", "treatment.reopen_session")
def reopen(request: ClinicRequest, shown: Session, form: Any) -> None:
    """Take back an end recorded by mistake."""
    actions.reopen_session(shown, reason=form.cleaned_data["reason"], **words(request, form))


@acting("cosign", "treatment.cosign_order")
def cosign(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The signature on an order given by telephone."""
    actions.cosign_order(
        shown,
        patient_id=form.cleaned_data["patient"],
        by=request.user,
        now=request.now,
        order_id=form.cleaned_data["order"],
        is_in_place=form.cleaned_data["is_in_place"],
    )


@acting("order", "treatment.sign_order", "treatment.take_telephone_order")
def order(request: ClinicRequest, shown: Session, form: Any, *, is_confirmed: bool = False) -> None:
    """A dose: the prescriber signs it, a nurse takes it by telephone."""
    typed = form.cleaned_data
    said = {**form.dose_words(is_confirmed=is_confirmed), **words(request, form)}
    if typed["prescriber"] is None:
        actions.sign_order(shown, **said)
        return
    prescriber = next(
        (one for one in prescribers(shown.clinic) if one.id == typed["prescriber"]), None
    )
    if prescriber is None:
        raise InputError(_("Choose the prescriber who gave the order"))
    actions.take_telephone_order(
        shown, prescriber=prescriber, is_read_back=typed["is_read_back"], **said
    )
