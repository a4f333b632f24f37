"""Who is asking, at which clinic, at what time: settled once, before any view runs."""

from collections.abc import Callable
from typing import Any, cast

from allauth.account import adapter
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers

from serein.server import clock
from serein.server.accounts import idle, secondfactor
from serein.server.accounts.models import Clinic
from serein.server.accounts.permissions import memberships
from serein.server.accounts.request import ClinicRequest

Next = Callable[[HttpRequest], HttpResponse]


class PersonMiddleware:
    """Put `now` and `clinic` on the request; send people where they must go first."""

    def __init__(self, get_response: Next) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; what a signed-in person saw is kept in no cache."""
        asked = cast("ClinicRequest", request)
        asked.now = clock.now()
        response = self.get_response(request)
        if asked.session.accessed or asked.user.is_authenticated:
            add_never_cache_headers(response)
            response["Cache-Control"] = "no-store, private"
        return response

    def process_view(
        self, request: HttpRequest, view: Any, *_unused: Any
    ) -> HttpResponseBase | None:
        """Sign-in comes first, then a password of one's own, the second factor, the clinic."""
        asked = cast("ClinicRequest", request)
        if asked.user.is_authenticated and idle.is_over(asked):
            adapter.get_adapter().logout(request)
        if not asked.user.is_authenticated:
            return None if is_open(view) else _to_sign_in(asked)
        if is_open(view):
            return _settle_clinic(asked, needed=False)
        if (first := secondfactor.page_to_visit_first(asked)) is not None:
            return _send_to(asked, first)
        return _settle_clinic(asked, needed=getattr(view, "needs_clinic", True))


def is_open(view: Any) -> bool:
    """Whether a view is marked public."""
    return not getattr(view, "login_required", True)


def clinics(request: ClinicRequest) -> list[Clinic]:
    """The clinics at which the signed-in person has a role."""
    return list({role.clinic_id: role.clinic for role in memberships(request.user)}.values())


def _settle_clinic(request: ClinicRequest, *, needed: bool) -> HttpResponseBase | None:
    options = clinics(request)
    chosen = request.session.get("clinic") if len(options) > 1 else None
    found = [clinic for clinic in options if chosen in (None, str(clinic.pk))]
    if len(found) == 1:
        request.clinic = found[0]
        return None
    return _send_to(request, "choose_clinic") if needed else None


def _to_sign_in(request: ClinicRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return _send_to(request, "account_login")
    there = redirect("account_login")
    if request.method == "GET":
        there["Location"] += "?next=" + request.get_full_path().replace("&", "%26")
    return there


def _send_to(request: ClinicRequest, page: str) -> HttpResponseBase:
    there = redirect(page)
    if request.headers.get("HX-Request"):
        # A fragment's request must not swap the sign-in page into the board.
        return HttpResponse(status=401, headers={"HX-Redirect": there.url})
    return there
