"""Eligibility on the chart: criteria, trials, outcome, what is watched; and what is recorded."""

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.clinical.instruments import Instrument
from serein.clinical.policies import Policy
from serein.clinical.trials import TRIAL
from serein.server.accounts.permissions import require
from serein.server.accounts.request import ClinicRequest
from serein.server.audit.actions import record_view
from serein.server.courses.queries import known
from serein.server.eligibility import actions, charts, queries
from serein.server.eligibility.forms import (
    CorrectionForm,
    CriterionForm,
    HistoryForm,
    TotalForm,
    TrialForm,
    shown,
)
from serein.server.ids import new_id
from serein.server.library import library
from serein.server.patients import charts as chart
from serein.server.patients.errors import asking
from serein.server.patients.models import OF_PERSON, FactRow, Patient
from serein.server.patients.queries import fact_row
from serein.server.patients.views import back

PARTS = ("criteria", "trials", "outcome", "watch")


@require_safe
def eligibility(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """The chart held against a set of criteria, at one of the page's parts."""
    require(request.user, queries.VIEW, at=request.clinic)
    patient = queries.patient(request.user, request.clinic, id)
    of = _policy(request)
    part = request.GET.get("part", "")
    part = part if part in PARTS else PARTS[0]
    record_view(request, patient)
    return _page(request, patient, of=of, part=part)


def _page(
    request: ClinicRequest,
    patient: Patient,
    *,
    of: Policy | None,
    part: str,
    refused: CriterionForm | None = None,
    refusal: InputError | None = None,
) -> HttpResponse:
    facts = known(patient)
    context = {
        "patient": patient,
        "of": of,
        "part": part,
        "parts": PARTS,
        "refusal": refusal,
        "refused": refused,
        "entry": new_id(),
        "here": _address(patient, of),
        **_part(request, of, facts, part=part),
    }
    return render(request, "eligibility/eligibility.html", context, status=400 if refusal else 200)


def _part(
    request: ClinicRequest, of: Policy | None, facts: list[Fact], *, part: str
) -> dict[str, Any]:
    now = request.now
    if part == "outcome":
        answered = queries.outcomes(facts, now=now)
        return {
            "outcomes": [(one, queries.unseen(one, facts)) for one in answered],
            "scales": queries.scales(),
        }
    if part == "watch":
        return {"watched": queries.watched(facts, now=now)}
    shelves = queries.shelves(request.clinic, facts, now=now)
    if part == "trials":
        found = [one for one in facts if one.code == TRIAL]
        on_file = [charts.seen(one) for one in charts.standing(found)]
        counted = queries.counted(of, facts, now=now)
        stages = queries.stages(counted.rules, facts, now=now)
        return {
            "shelves": shelves,
            "counted": counted,
            "on_file": on_file,
            "stages": [(method, one, charts.staged(one)) for method, one in stages],
        }
    if of is None:
        return {"shelves": shelves}
    held = next(one for _title, sets in shelves for one in sets if one.of.id == of.id)
    codes = [code for rule in of.rules for code in sorted(rule.when.codes())]
    asked = frozenset(one.code for one in queries.entries([*held.missing, *codes]))
    trials = charts.Trials(queries.trials_by_code(of, facts, now=now))
    return {
        "shelves": shelves,
        "held": held,
        "groups": charts.groups(of, held.findings, asked=asked, trials=trials),
        "to_record": [code for code in held.missing if code in asked],
    }


def _policy(request: ClinicRequest) -> Policy | None:
    name = request.POST.get("policy") or request.GET.get("policy", "")
    today = request.now.astimezone(request.clinic.zone).date()
    return queries.policy(name, on=today) if name else None


def _address(patient: Patient, of: Policy | None, *, part: str = "") -> str:
    asked = {"policy": of.id if of else "", "part": part}
    words = urlencode({key: value for key, value in asked.items() if value})
    return reverse("eligibility", args=[patient.pk]) + (f"?{words}" if words else "")


def record(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Ask for what a set of criteria misses, or for the codes that were chosen."""
    require(request.user, actions.RECORDS, at=request.clinic)
    patient = queries.patient(request.user, request.clinic, id)
    of = _policy(request)
    record_view(request, patient)
    chosen = request.GET.getlist("code")
    if not chosen and of is not None:
        chosen = queries.held(request.clinic, of, known(patient), now=request.now).missing
    if request.method == "POST":
        chosen = request.POST.getlist("code")
    entries = queries.entries(chosen)
    today = request.now.astimezone(request.clinic.zone).date()
    form = HistoryForm(entries, request.POST or None, initial={"entry": new_id(), "on": today})
    context: dict[str, Any] = {"patient": patient, "of": of, "form": form, "today": today}
    if request.method == "POST" and form.is_valid():
        try:
            record_it = partial(
                actions.record_history,
                patient,
                by=request.user,
                now=request.now,
                id=form.cleaned_data["entry"],
                values=form.values(),
                on=form.cleaned_data["on"],
            )
            asking(record_it, confirmed=form.cleaned_data["confirms"])
        except InputError as refusal:
            context["refusal"] = refusal
        else:
            messages.success(request, _("Recorded"))
            return redirect(_address(patient, of))
    status = 400 if request.method == "POST" else 200
    return render(request, "eligibility/record.html", context, status=status)


def total(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """The total of a scale that was filled in elsewhere, typed in."""
    require(request.user, actions.RECORDS, at=request.clinic)
    patient = queries.patient(request.user, request.clinic, id)
    of = _policy(request)
    record_view(request, patient)
    name = request.POST.get("scale") or request.GET.get("scale", "")
    context: dict[str, Any] = {
        "patient": patient,
        "of": of,
        "scales": queries.scales(),
        "back": _address(patient, of, part="" if of else "outcome"),
    }
    if name:
        return _total(request, patient, queries.scale(name), context)
    return render(request, "eligibility/total.html", context)


def _total(
    request: ClinicRequest, patient: Patient, scale: Instrument, context: dict[str, Any]
) -> HttpResponse:
    today = request.now.astimezone(request.clinic.zone).date()
    flagged = queries.flagged(scale)
    questions = {one.number: scale.values(one.item) for one in flagged}
    form = TotalForm(questions, request.POST or None, initial={"entry": new_id(), "on": today})
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_total(
                patient,
                by=request.user,
                now=request.now,
                id=form.cleaned_data["entry"],
                scale=scale,
                total=form.cleaned_data["total"],
                items=form.items(),
                on=form.cleaned_data["on"],
            )
        except InputError as refusal:
            context["refusal"] = refusal
        else:
            messages.success(request, _("Recorded"))
            for one in flagged:
                if one.number not in form.items():
                    messages.error(request, charts.unseen(one.number, one.title))
            return redirect(context["back"])
    asked = [(one, form[f"item-{one.number}"]) for one in flagged]
    context |= {"scale": scale, "reach": scale.reach, "form": form, "asked": asked, "today": today}
    status = 400 if request.method == "POST" else 200
    return render(request, "eligibility/total.html", context, status=status)


def trial(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """A medication trial, typed in."""
    require(request.user, actions.RECORDS, at=request.clinic)
    patient = queries.patient(request.user, request.clinic, id)
    of = _policy(request)
    record_view(request, patient)
    form = _trial_form(request, {"entry": new_id()})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            record_it = partial(
                actions.record_trial,
                patient,
                by=request.user,
                now=request.now,
                id=form.cleaned_data["entry"],
                value=form.value(),
            )
            asking(record_it, confirmed=form.cleaned_data["confirms"])
        except InputError as error:
            refusal = error
        else:
            messages.success(request, _("Recorded"))
            return redirect(_address(patient, of, part="trials"))
    return _trial_page(request, patient, form, of=of, refusal=refusal)


def correct_trial(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """A medication trial as it was; the wrong one stays beside it."""
    require(request.user, "patients.correct", at=request.clinic)
    wrong = queries.trial(request.user, request.clinic, id)
    of = _policy(request)
    record_view(request, wrong.patient)
    form = _trial_form(request, {"entry": new_id(), **shown(wrong.value)})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            correct_it = partial(
                actions.correct_trial,
                wrong,
                by=request.user,
                now=request.now,
                id=form.cleaned_data["entry"],
                value=form.value(),
                reason=form.cleaned_data["reason"],
            )
            asking(correct_it, confirmed=form.cleaned_data["confirms"])
        except InputError as error:
            refusal = error
        else:
            messages.success(request, _("Corrected"))
            return redirect(back(request, _address(wrong.patient, of, part="trials")))
    words = charts.trial(wrong.value)
    return _trial_page(request, wrong.patient, form, of=of, refusal=refusal, corrects=words)


def _trial_form(request: ClinicRequest, initial: dict[str, Any]) -> TrialForm:
    parts = library().dictionary.code(TRIAL).fields
    return TrialForm(parts, request.POST or None, initial=initial)


def _trial_page(
    request: ClinicRequest,
    patient: Patient,
    form: TrialForm,
    *,
    of: Policy | None,
    refusal: InputError | None,
    corrects: str = "",
) -> HttpResponse:
    context = {
        "patient": patient,
        "form": form,
        "of": of,
        "refusal": refusal,
        "corrects": corrects,
        "back": back(request, _address(patient, of, part="trials")),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "eligibility/trial.html", context, status=status)


@require_POST
def decide(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """The prescriber's word on one criterion."""
    require(request.user, "eligibility.decide", at=request.clinic)
    patient = queries.patient(request.user, request.clinic, id)
    form = CriterionForm(request.POST)
    of = _policy(request)
    if of is None or not form.is_valid():
        raise InputError(_("This form is not whole. Open the page again and repeat it"))
    try:
        actions.decide_criterion(
            patient,
            by=request.user,
            now=request.now,
            id=form.cleaned_data["entry"],
            of=of,
            rule=form.cleaned_data["rule"],
            reason=form.cleaned_data["reason"],
        )
    except InputError as refusal:
        record_view(request, patient)
        return _page(request, patient, of=of, part=PARTS[0], refused=form, refusal=refusal)
    messages.success(request, _("Decided"))
    return redirect(f"{_address(patient, of)}#rule-{form.cleaned_data['rule']}")


def correct(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """What a fact of the chart should have been; the wrong one stays beside it."""
    require(request.user, "patients.correct", at=request.clinic)
    wrong = fact_row(request.user, request.clinic, id)
    if wrong.code in OF_PERSON:
        return redirect("correct_person", wrong.patient_id)
    record_view(request, wrong.patient)
    shown = chart.shown(wrong)
    term = library().dictionary.entries.get(wrong.code)
    form = CorrectionForm(
        request.POST or None,
        initial={"entry": new_id()},
        old=wrong.value,
        units=(shown.unit, wrong.unit),
        choices=chart.choices(wrong.code),
    )
    is_listed = wrong.code in chart.STRUCTURED
    is_in_lists = is_listed or wrong.code in chart.ASKED_ABOUT
    tab = {"tab": "chart" if is_in_lists else "readings"}
    here = back(request, reverse("patient", args=[wrong.patient_id], query=tab))
    context: dict[str, object] = {
        "form": form,
        "patient": wrong.patient,
        "shown": shown,
        "back": here,
        "title": term.title if term else chart.title(wrong),
        "is_listed": is_listed,
    }
    if request.method == "POST" and form.is_valid():
        try:
            _correct(request, wrong, form, is_listed=is_listed)
        except InputError as refusal:
            context["refusal"] = refusal
        else:
            return redirect(here)
    status = 400 if request.method == "POST" else 200
    return render(request, "eligibility/correct.html", context, status=status)


def _correct(
    request: ClinicRequest, wrong: FactRow, form: CorrectionForm, *, is_listed: bool
) -> None:
    typed = form.cleaned_data
    words = {"by": request.user, "now": request.now, "id": typed["entry"]}
    if is_listed:
        actions.mark_wrong(wrong, reason=typed["reason"], **words)
        return
    correct_it = partial(
        actions.correct_fact, wrong, value=form.right_value(), reason=typed["reason"], **words
    )
    asking(correct_it, confirmed=typed["confirms"])
