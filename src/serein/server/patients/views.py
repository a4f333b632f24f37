"""The list of patients and the chart."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from serein.server.accounts.permissions import may, require
from serein.server.accounts.request import ClinicRequest
from serein.server.audit import queries as audit
from serein.server.audit.actions import record_view
from serein.server.patients import charts, queries
from serein.server.patients.forms import SearchForm
from serein.server.patients.models import Patient
from serein.server.patients.wording import titles

PATIENTS_A_PAGE = 25
LINES_SHOWN = 100
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
        return {"pressure": pressure, "measures": charts.measures(rest, titles())}
    return {
        "conditions": charts.listed(rows, "condition"),
        "medicines": charts.listed(rows, "medication"),
        "allergies": charts.listed(rows, "allergy"),
        "courses": shown.courses.select_related("prescriber").order_by("-started_on"),
        "sessions": shown.sessions.select_related("chair", "nurse").order_by("-seated_at"),
        "alike": queries.possible_same(
            request.clinic,
            family_name=shown.family_name,
            given_name=shown.given_name,
            born_on=shown.born_on,
            other_than=shown.pk,
        ),
        "unread_count": shown.unread_lines.filter(read_at__isnull=True).count(),
    }


def _sees_log(request: ClinicRequest) -> bool:
    return may(request.user, "audit.view_patient", at=request.clinic)
