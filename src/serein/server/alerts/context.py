"""How many alerts are open, for the house's frame."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from serein.server.accounts.context import clinic_of
from serein.server.alerts import queries


def open_alerts(request: HttpRequest) -> dict[str, Any]:
    """The number, read only where a page shows it; none where no clinic is settled."""
    clinic, user = clinic_of(request), getattr(request, "user", None)
    if clinic is None or user is None or not user.is_authenticated:
        return {"open_alert_count": None}
    return {"open_alert_count": SimpleLazyObject(lambda: queries.open_count(user, clinic))}
