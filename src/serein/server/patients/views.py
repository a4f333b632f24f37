"""The list of patients, a new one, the chart, and an entry by hand."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from serein.clinical.errors import InputError
from serein.clinical.person import NONE_KNOWN
from serein.server.accounts.permissions import may, require
from serein.server.accounts.request import ClinicRequest
from serein.server.audit import queries as audit
from serein.server.audit.actions import record_view
from serein.server.ids import new_id
from serein.server.library import library
from serein.server.patients import actions, charts, queries
from serein.server.patients.errors import AlikeError
from serein.server.patients.forms import EntryForm, PersonForm, RegisterForm, SearchForm
from serein.server.patients.models import Patient

PATIENTS_A_PAGE = 25
LINES_SHOWN = 100
NUMBERED_HERE = "record-number"
TYPED = ("family_name", "given_name", "born_on", "sex", "phone", "email")
# Nobody who treats the patient misses these: they are on the tab of unread lines, and no warning.
BILLING = ("Account", "Claim", "ClaimResponse", "Coverage", "ExplanationOfBenefit", "Invoice")
ADDED = {**{code: code for code in actions.ADDED}, "no-known-allergies": NONE_KNOWN}
TABS = ("chart", "readings", "visits", "unread", "log")


@require_safe
def patients(request: ClinicRequest) -> HttpResponse:
    """Every patient of the clinic, or those who fit what was typed."""
    require(request.user, "patients.search", at=request.clinic)
    form = SearchForm(request.GET)
    found = queries.patients(request.user, request.clinic).none()
    if form.is_valid():
        found = queries.search(request.user, request.clinic, **form.cleaned_data)
    page = Paginator(found, PATIENTS_A_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "asked": asked.urlencode(),
        "is_search": any(asked.values()),
        "opens_charts": may(request.user, "patients.view", at=request.clinic),
    }
    return render(request, "patients/patients.html", context)


@require_safe
def patient(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """One chart, at one of its tabs."""
    require(request.user, "patients.view", at=request.clinic)
    shown = queries.patient(request.user, request.clinic, id)
    tabs = [tab for tab in TABS if tab != "log" or _sees_log(request)]
    tab = request.GET.get("tab", "")
    tab = tab if tab in tabs else TABS[0]
    record_view(request, shown)
    context = {"patient": shown, "tab": tab, "tabs": tabs, **_tab(request, shown, tab=tab)}
    return render(request, "patients/patient.html", context)


def _tab(request: ClinicRequest, shown: Patient, *, tab: str) -> dict[str, object]:
    if tab == "log":
        return {"lines": audit.events(request.clinic, patient=shown.pk)[:LINES_SHOWN]}
    if tab == "unread":
        lines = shown.unread_lines.filter(read_at__isnull=True).select_related("file")
        return {"unread": lines.order_by("kind", "place")}
    rows = queries.rows_of(shown)
    if tab == "visits":
        return {"visits": charts.listed(rows, "encounter")}
    if tab == "readings":
        pressure, rest = charts.pressures(rows)
        return {"pressure": pressure, "measures": charts.measures(rest, _titles())}
    allergies = charts.listed(rows, "allergy")
    courses = shown.courses.select_related("prescriber").order_by("-started_on")
    return {
        "conditions": charts.listed(rows, "condition"),
        "medicines": charts.listed(rows, "medication"),
        "allergies": allergies,
        "has_allergy": any(one.is_current for one in allergies),
        "none_known": charts.none_known(rows),
        "courses": courses,
        "open_products": _of_several_products(courses),
        "sessions": shown.sessions.select_related("chair", "nurse").order_by("-seated_at"),
        "alike": queries.possible_same(
            request.clinic,
            family_name=shown.family_name,
            given_name=shown.given_name,
            born_on=shown.born_on,
            other_than=shown.pk,
        ),
        "unread_count": shown.unread_lines.filter(read_at__isnull=True)
        .exclude(kind__in=BILLING)
        .count(),
    }


def _of_several_products(courses: Iterable[Any]) -> list[Any]:
    """The open courses, when they are of more than one product."""
    running = [one for one in courses if one.ended_on is None]
    return running if len({one.product_title for one in running}) > 1 else []


def _titles() -> dict[str, str]:
    return {code: term.title for code, term in library().dictionary.terms.items()}


def _sees_log(request: ClinicRequest) -> bool:
    return may(request.user, "audit.view_patient", at=request.clinic)


def register(request: ClinicRequest) -> HttpResponse:
    """A new patient, typed in; whoever looks like somebody here already is asked about."""
    require(request.user, "patients.register", at=request.clinic)
    form = RegisterForm(request.POST or None, initial={"entry": new_id(), "sex": "unknown"})
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(_opened(request, _register(request, form)))
        except AlikeError as refusal:
            context["alike"] = refusal.alike
        except InputError as refusal:
            context["refusal"] = refusal
    status = 400 if request.method == "POST" else 200
    return render(request, "patients/register.html", context, status=status)


def _register(request: ClinicRequest, form: RegisterForm) -> Patient:
    typed = form.cleaned_data
    number = typed["number"]
    return actions.register_patient(
        request.clinic,
        by=request.user,
        now=request.now,
        id=typed["entry"],
        identifiers=[(NUMBERED_HERE, number, _("Record number"))] if number else [],
        is_another=typed["is_another"],
        **{name: typed[name] for name in TYPED},
    )


def _opened(request: ClinicRequest, patient: Patient) -> str:
    """The chart, for those who may open it; else the list with the name in it."""
    if may(request.user, "patients.view", at=request.clinic):
        return reverse("patient", args=[patient.pk])
    return reverse("patients", query={"words": patient.family_name})


def add(request: ClinicRequest, id: UUID, kind: str) -> HttpResponse:  # noqa: A002  the address's word
    """An allergy, medicine or condition by hand, or that no allergy is known."""
    require(request.user, "patients.add_entry", at=request.clinic)
    patient = queries.patient(request.user, request.clinic, id)
    if kind not in ADDED:
        raise Http404
    record_view(request, patient)
    code = ADDED[kind]
    today = request.now.astimezone(request.clinic.zone).date()
    form = EntryForm(code, request.POST or None, today=today, initial={"entry": new_id()})
    context: dict[str, object] = {"form": form, "patient": patient, "code": code}
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_entry(
                patient,
                by=request.user,
                now=request.now,
                id=form.cleaned_data["entry"],
                code=code,
                value=form.value(),
                since=form.cleaned_data["since"],
            )
        except InputError as refusal:
            context["refusal"] = refusal
        else:
            messages.success(request, _("Recorded"))
            return redirect("patient", patient.pk)
    status = 400 if request.method == "POST" else 200
    return render(request, "patients/add.html", context, status=status)


def correct_person(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Birth date and sex as they are; what stood there stays in the chart, struck."""
    require(request.user, "patients.correct", at=request.clinic)
    patient = queries.patient(request.user, request.clinic, id)
    record_view(request, patient)
    known = {"entry": new_id(), "born_on": patient.born_on, "sex": patient.sex}
    form = PersonForm(request.POST or None, initial=known)
    context: dict[str, object] = {"form": form, "patient": patient}
    if request.method == "POST" and form.is_valid():
        typed = {name: form.cleaned_data[name] for name in ("born_on", "sex", "reason")}
        entry = form.cleaned_data["entry"]
        try:
            actions.correct_person(patient, by=request.user, now=request.now, id=entry, **typed)
        except InputError as refusal:
            context["refusal"] = refusal
        else:
            messages.success(request, _("Corrected"))
            return redirect("patient", patient.pk)
    status = 400 if request.method == "POST" else 200
    return render(request, "patients/person.html", context, status=status)


def back(request: ClinicRequest, otherwise: str) -> str:
    """The page of ours from which a form was opened; another one when none is named."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()})
    return asked if is_ours else otherwise
