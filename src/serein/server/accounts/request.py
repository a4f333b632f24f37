"""What every view finds on its request, and the mark of a page open to strangers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from serein.server.accounts.models import Clinic, User

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class ClinicRequest(HttpRequest):
    """The request of a signed-in person who is at one clinic."""

    user: User
    clinic: Clinic
    now: datetime
    htmx: HtmxDetails
    session: Any


def public(view: View) -> View:
    """Open a view to strangers; every other view asks them to sign in."""
    open_view: View = login_not_required(view)
    return open_view


def without_clinic(view: View) -> View:
    """Open a view to signed-in people before they have chosen, or have, a clinic."""
    view.needs_clinic = False  # type: ignore[attr-defined]  # a mark the middleware reads
    return view
