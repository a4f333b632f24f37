"""The list of alerts; an alert seen or closed, from there or from the page of its session."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from serein.clinical.errors import InputError
from serein.server.accounts.permissions import require
from serein.server.accounts.request import ClinicRequest
from serein.server.alerts import queries as alerts
from serein.server.alerts.models import Alert
from serein.server.audit.actions import record_view
from serein.server.errors import TakenError
from serein.server.treatment import actions, queries
from serein.server.treatment.forms.visit import AlertForm
from serein.server.treatment.paper.told import told_of_visits
from serein.server.treatment.session import page

SHOWN_CLOSED = 30


@require_safe
def listed(request: ClinicRequest) -> HttpResponse:
    """Open alerts, and those closed last."""
    require(request.user, "alerts.view", at=request.clinic)
    prescribers = alerts.prescribers(request.clinic)
    found = alerts.alerts(request.user, request.clinic)
    opened = alerts.most_urgent_first(found.filter(resolved_at=None))
    return render(
        request,
        "alerts/alerts.html",
        {
            "alerts": told_of_visits(opened, prescribers=prescribers),
            "prescribers": prescribers,
            "closed": found.exclude(resolved_at=None)[:SHOWN_CLOSED],
        },
    )


@require_POST
def acknowledge(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Somebody has seen it."""
    require(request.user, "alerts.acknowledge", at=request.clinic)
    alert = alerts.alert(request.user, request.clinic, id)
    actions.acknowledge_alert(alert, by=request.user, now=request.now)
    return _back(request)


@require_POST
def resolve(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Somebody says what was done, or what the prescriber said."""
    require(request.user, "alerts.resolve", at=request.clinic)
    alert = alerts.alert(request.user, request.clinic, id)
    form = AlertForm(request.POST)
    answered_by = next(
        (
            one
            for one in alerts.prescribers(request.clinic)
            if str(one.pk) == request.POST.get("answered_by")
        ),
        None,
    )
    try:
        actions.resolve_alert(
            alert,
            by=request.user,
            now=request.now,
            resolution=request.POST.get("resolution", ""),
            answered_by=answered_by,
        )
    except InputError as refusal:
        return _refused(request, alert, form, refusal)
    messages.success(request, _("Closed"))
    return _back(request)


def _refused(
    request: ClinicRequest, alert: Alert, form: AlertForm, refusal: InputError
) -> HttpResponse:
    """The page again with what was typed; once another hand closed it, as a note to be saved."""
    is_late = isinstance(refusal, TakenError)
    typed = request.POST.get("resolution", "").strip()
    if alert.encounter is None or request.POST.get("next") != reverse(
        "session", args=[alert.encounter]
    ):
        kept = _("%(why)s. Yours was not stored: “%(typed)s”") % {"why": refusal, "typed": typed}
        messages.error(request, kept if is_late and typed else str(refusal))
        return _back(request)
    shown = queries.session(request.user, request.clinic, alert.encounter)
    record_view(request, shown.patient)
    if not is_late:
        refused = page.Refused("alert", form, str(refusal), about=alert.id)
        return page.show(request, shown, refused, status=400)
    note = page.form("note", shown, None)
    note.initial["text"] = typed
    words = _("%(why)s. What you typed is here: save it as a note if it says more")
    return page.show(
        request, shown, page.Refused("note", note, words % {"why": refusal}), status=400
    )


def _back(request: ClinicRequest) -> HttpResponse:
    there = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()})
    return redirect(there) if is_ours else redirect("alerts")
