"""One session: its page, and each act on it."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from serein.clinical.errors import InputError
from serein.server.accounts.models import User
from serein.server.accounts.permissions import may, require
from serein.server.accounts.request import ClinicRequest
from serein.server.alerts.queries import prescribers
from serein.server.audit.actions import record_view
from serein.server.patients.errors import asking
from serein.server.treatment import actions, queries
from serein.server.treatment.actions.leaving import WayHome
from serein.server.treatment.errors import AnswersError, ConfirmError, GateError, TakenError
from serein.server.treatment.forms.entries import EntryForm
from serein.server.treatment.models import Session
from serein.server.treatment.session import correcting, page


@require_safe
def session(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """The session as it stands now, with every act on it."""
    require(request.user, "treatment.view_session", at=request.clinic)
    shown = queries.session(request.user, request.clinic, id)
    record_view(request, shown.patient)
    return page.show(request, shown)


Act = Callable[..., Any]


def _acting(name: str, *verbs: str) -> Callable[[Act], Callable[..., HttpResponse]]:
    """A view that reads one form and goes through one door; a refusal keeps what was typed."""

    def wrap(act: Act) -> Callable[..., HttpResponse]:
        @require_POST
        def view(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
            if not any(may(request.user, verb, at=request.clinic) for verb in verbs):
                require(request.user, verbs[0], at=request.clinic)
            shown = queries.session(request.user, request.clinic, id)
            form = page.form(name, shown, request.POST)
            if not form.is_valid():
                refused = page.Refused(name, form, _("Look at the marked boxes again"))
                return _sent_back(request, shown, refused)
            try:
                confirmed = form.cleaned_data.get("confirms", "")
                asking(partial(act, request, shown, form), confirmed=confirmed)
            except InputError as refusal:
                return _sent_back(request, shown, _refused(name, form, refusal))
            messages.success(request, _said(request))
            return _onward(request, shown)

        return view

    return wrap


def _sent_back(request: ClinicRequest, shown: Session, refused: page.Refused) -> HttpResponse:
    """The whole chart again around what was refused, and so a look at it like any other."""
    record_view(request, shown.patient)
    return page.show(request, shown, refused, status=400)


def _refused(name: str, form: forms.Form, refusal: InputError) -> page.Refused:
    confirms = ""
    if isinstance(refusal, ConfirmError):
        confirms = refusal.may_be_confirmed
        for concern in refusal.concerns:
            for code in concern.codes:
                if code in form.fields:
                    form.add_error(code, "")
    if isinstance(refusal, GateError):
        return page.Refused(name, form, refusal.sentence, refusal.standing)
    if isinstance(refusal, AnswersError):
        words = _("%(why)s What else you changed is stored") % {"why": refusal}
        return page.Refused(name, form, words, answers=tuple(refusal.refused))
    is_overtaken = name == "device" and isinstance(refusal, TakenError)
    return page.Refused(name, form, str(refusal), confirms=confirms, is_overtaken=is_overtaken)


def _said(request: ClinicRequest) -> str:
    local = request.now.astimezone(request.clinic.zone)
    return _("Saved %(time)s") % {"time": f"{local:%H:%M:%S}"}


def _onward(request: ClinicRequest, shown: Session) -> HttpResponse:
    """Back to the session, or to the floor; a form sent in place must leave its page for that."""
    if request.POST.get("next") != "floor":
        return redirect("session", shown.id)
    if request.htmx:
        return HttpResponseClientRedirect(reverse("floor"))
    return redirect("floor")


def _words(request: ClinicRequest, form: Any) -> dict[str, Any]:
    """Who, when and which entry, as every action takes them."""
    words = {"by": request.user, "now": request.now}
    if isinstance(form, EntryForm):
        return {**words, **form.words(now=request.now, zone=request.clinic.zone)}
    return {**words, **form.words()}


@_acting("checks", "treatment.record_checks")
def checks(request: ClinicRequest, shown: Session, form: Any) -> None:
    """Answers to the questions before the dose; one refused loses none of the rest."""
    answers, words = form.values(), {**_words(request, form), "seen": form.seen()}
    try:
        actions.record_checks(shown, answers=answers, **words)
    except AnswersError as refusal:
        rest = {code: answers[code] for code in answers if code not in refusal.refused}
        if rest:
            actions.record_checks(shown, answers=rest, **words)
        raise


@_acting("vitals", "treatment.record_vitals")
def vitals(
    request: ClinicRequest, shown: Session, form: Any, *, is_confirmed: bool = False
) -> None:
    """One set of readings and observations."""
    actions.record_vitals(
        shown,
        values=form.values(),
        is_confirmed=is_confirmed,
        **_words(request, form),
    )


@_acting("danger", "treatment.record_danger_sign")
def danger(request: ClinicRequest, shown: Session, form: Any) -> None:
    """One danger sign."""
    actions.record_danger_sign(shown, code=form.cleaned_data["code"], **_words(request, form))


@_acting("note", "treatment.add_note")
def note(request: ClinicRequest, shown: Session, form: Any) -> None:
    """A note."""
    actions.add_note(shown, text=form.cleaned_data["text"], **_words(request, form))


@_acting("ready", "treatment.record_observation")
def ready(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The patient would be ready but for the two hours."""
    actions.mark_ready(shown, **_words(request, form))


@_acting("stop", "treatment.stop_treatment")
def stop(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The patient wants no more."""
    actions.stop_treatment(shown, **_words(request, form))


@_acting("decision", "treatment.decide")
def decision(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The prescriber's word on one rule."""
    actions.decide(shown, rule=form.cleaned_data["rule"], **_words(request, form))


@_acting("device", "treatment.record_device")
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
        **_words(request, form),
    )


def _observer(shown: Session, named: UUID | None) -> User | None:
    """Who watched, when somebody else than the hand that writes is named."""
    found = next((one for one in page.observers(shown) if one.id == named), None) if named else None
    if named is not None and found is None:
        raise InputError(_("Choose who watched from the list"))
    return found


@_acting("release", "treatment.release")
def release(request: ClinicRequest, shown: Session, form: Any) -> None:
    """Let the patient go."""
    typed = form.cleaned_data
    actions.release_patient(
        shown,
        is_escort_seen=typed["is_escort_seen"],
        other_way=WayHome(typed["way_home"], typed["way_detail"], typed["is_not_driving"]),
        is_acknowledged_by_patient=typed["is_acknowledged_by_patient"],
        is_acknowledged_by_escort=typed["is_acknowledged_by_escort"],
        **_words(request, form),
    )


@_acting("end", "treatment.end_session")
def end(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The visit ended otherwise."""
    typed = form.cleaned_data
    actions.end_session(
        shown,
        kind=typed["kind"],
        told=typed["told"],
        state=typed["state"],
        **_words(request, form),
    )


@_acting("correct", "treatment.correct_reading")
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
        **_words(request, form),
    )


@_acting("correct_dose", "treatment.correct_dose")
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
        **_words(request, form),
    )


@_acting("reopen", "treatment.reopen_session")
def reopen(request: ClinicRequest, shown: Session, form: Any) -> None:
    """Take back an end recorded by mistake."""
    actions.reopen_session(shown, reason=form.cleaned_data["reason"], **_words(request, form))


@_acting("cosign", "treatment.cosign_order")
def cosign(request: ClinicRequest, shown: Session, form: Any) -> None:
    """The signature on an order given by telephone."""
    actions.cosign_order(
        shown,
        patient_id=form.cleaned_data["patient"],
        by=request.user,
        now=request.now,
        order_id=form.cleaned_data["order"],
    )


@_acting("order", "treatment.sign_order", "treatment.take_telephone_order")
def order(request: ClinicRequest, shown: Session, form: Any) -> None:
    """A dose: the prescriber signs it, a nurse takes it by telephone."""
    typed = form.cleaned_data
    words = {
        "dose_mg": typed["dose_mg"],
        "replaces_device": typed["replaces_device"],
        **_words(request, form),
    }
    if typed["prescriber"] is None:
        actions.sign_order(shown, **words)
        return
    prescriber = next(
        (one for one in prescribers(shown.clinic) if one.id == typed["prescriber"]), None
    )
    if prescriber is None:
        raise InputError(_("Choose the prescriber who gave the order"))
    actions.take_telephone_order(
        shown, prescriber=prescriber, is_read_back=typed["is_read_back"], **words
    )
