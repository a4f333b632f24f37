"""The shelf's page: the lots, a new one, the end of one."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from serein.clinical.errors import InputError
from serein.server.accounts.permissions import require
from serein.server.accounts.request import ClinicRequest
from serein.server.ids import new_id
from serein.server.supply import actions, queries
from serein.server.supply.forms import LotForm


@require_http_methods(["GET", "HEAD", "POST"])
def shelf(request: ClinicRequest) -> HttpResponse:
    """Every lot, and the form of a new one."""
    require(request.user, "supply.view", at=request.clinic)
    if request.method != "POST":
        return _page(request, LotForm(initial={"entry": new_id()}))
    require(request.user, "supply.keep_lots", at=request.clinic)
    form = LotForm(request.POST)
    if not form.is_valid():
        return _page(request, form, refusal=_("Look at the marked boxes again"))
    typed = dict(form.cleaned_data)
    try:
        actions.add_lot(
            request.clinic, by=request.user, now=request.now, id=typed.pop("entry"), **typed
        )
    except InputError as refusal:
        return _page(request, form, refusal=str(refusal))
    messages.success(request, _("On the shelf"))
    return redirect("shelf")


@require_POST
def close(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """A lot that is no longer picked."""
    require(request.user, "supply.keep_lots", at=request.clinic)
    lot = queries.lot(request.user, request.clinic, id)
    reason = request.POST.get("reason", "")
    try:
        actions.close_lot(lot, by=request.user, now=request.now, reason=reason)
    except InputError as refusal:
        return _page(request, LotForm(initial={"entry": new_id()}), refusal=str(refusal))
    messages.success(request, _("Closed"))
    return redirect("shelf")


def _page(request: ClinicRequest, form: forms.Form, *, refusal: str = "") -> HttpResponse:
    found = list(queries.lots(request.user, request.clinic))
    context = {
        "open_lots": [lot for lot in found if lot.closed_at is None],
        "closed_lots": [lot for lot in found if lot.closed_at is not None],
        "today": request.now.astimezone(request.clinic.zone).date(),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "supply/shelf.html", context, status=400 if refusal else 200)
