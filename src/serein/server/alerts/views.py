"""What is to be closed: the list."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from serein.server.accounts.permissions import require
from serein.server.accounts.request import ClinicRequest
from serein.server.alerts import queries

SHOWN_CLOSED = 30


@require_safe
def alerts(request: ClinicRequest) -> HttpResponse:
    """Open alerts, and those closed last."""
    require(request.user, "alerts.view", at=request.clinic)
    prescribers = queries.prescribers(request.clinic)
    found = queries.alerts(request.user, request.clinic)
    return render(
        request,
        "alerts/alerts.html",
        {
            "alerts": queries.told(
                queries.most_urgent_first(found.filter(resolved_at=None)), prescribers=prescribers
            ),
            "prescribers": prescribers,
            "closed": found.exclude(resolved_at=None)[:SHOWN_CLOSED],
        },
    )
