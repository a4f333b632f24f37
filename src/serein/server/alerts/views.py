"""What is to be closed: the list, seen, done."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from serein.clinical.errors import InputError
from serein.server.accounts.permissions import require
from serein.server.accounts.request import ClinicRequest
from serein.server.alerts import actions, queries

SHOWN_CLOSED = 30


@require_safe
def alerts(request: ClinicRequest) -> HttpResponse:
    """Open alerts, and those closed last."""
    require(request.user, "alerts.view", at=request.clinic)
    found = queries.alerts(request.user, request.clinic)
    return render(
        request,
        "alerts/alerts.html",
        {
            "alerts": found.filter(resolved_at=None),
            "closed": found.exclude(resolved_at=None)[:SHOWN_CLOSED],
        },
    )


@require_POST
def acknowledge(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Somebody has seen it."""
    require(request.user, "alerts.acknowledge", at=request.clinic)
    alert = queries.alert(request.user, request.clinic, id)
    actions.acknowledge_alert(alert, by=request.user, now=request.now)
    return _back(request)


@require_POST
def resolve(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Somebody says what was done."""
    require(request.user, "alerts.resolve", at=request.clinic)
    alert = queries.alert(request.user, request.clinic, id)
    try:
        actions.resolve_alert(
            alert, by=request.user, now=request.now, resolution=request.POST.get("resolution", "")
        )
    except InputError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Closed"))
    return _back(request)


def _back(request: ClinicRequest) -> HttpResponse:
    there = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()})
    return redirect(there) if is_ours else redirect("alerts")
