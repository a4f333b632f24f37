"""The chairs of the clinic, as whoever manages it sets them up."""

from collections.abc import Callable
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
from serein.server.treatment import actions
from serein.server.treatment.floor import seating
from serein.server.treatment.forms.floor import ChairForm, NewChairForm


@require_http_methods(["GET", "HEAD", "POST"])
def chairs(request: ClinicRequest) -> HttpResponse:
    """Every chair, and the form of one more."""
    require(request.user, "accounts.manage", at=request.clinic)
    if request.method != "POST":
        return _page(request, NewChairForm(initial={"entry": new_id()}))
    form = NewChairForm(request.POST)

    def add() -> object:
        return actions.add_chair(
            request.clinic,
            by=request.user,
            now=request.now,
            id=form.cleaned_data["entry"],
            name=form.cleaned_data["name"],
        )

    return _done(request, add, form, said=_("Added, the last on the floor"))


@require_POST
def rename(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Call a chair otherwise."""
    chair = seating.any_chair(request.user, request.clinic, id)
    form = ChairForm(request.POST)

    def call_it() -> object:
        name = form.cleaned_data["name"]
        return actions.rename_chair(chair, by=request.user, now=request.now, name=name)

    return _done(request, call_it, form, said=_("Renamed"), renaming=chair.id)


@require_POST
def remove(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Take a chair off the floor."""
    chair = seating.any_chair(request.user, request.clinic, id)

    def take_away() -> object:
        return actions.remove_chair(chair, by=request.user, now=request.now)

    return _done(request, take_away, said=_("Off the floor"))


@require_POST
def put_back(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Put a chair back on the floor."""
    chair = seating.any_chair(request.user, request.clinic, id)

    def bring_back() -> object:
        return actions.return_chair(chair, by=request.user, now=request.now)

    return _done(request, bring_back, said=_("Back on the floor, in its old place"))


def _done(
    request: ClinicRequest,
    act: Callable[[], object],
    form: forms.Form | None = None,
    *,
    said: str,
    renaming: UUID | None = None,
) -> HttpResponse:
    """The page anew after the act; as it was typed, with a sentence, when it is refused."""
    try:
        if form is not None and not form.is_valid():
            raise InputError(" ".join(str(one) for found in form.errors.values() for one in found))
        act()
    except InputError as refusal:
        new = form if form is not None and renaming is None else None
        typed = request.POST.get("name", "") if renaming else ""
        return _page(request, new, refusal=str(refusal), renaming=renaming, typed=typed)
    messages.success(request, said)
    return redirect("chairs")


def _page(
    request: ClinicRequest,
    form: forms.Form | None,
    *,
    refusal: str = "",
    renaming: UUID | None = None,
    typed: str = "",
) -> HttpResponse:
    found = seating.every_chair(request.user, request.clinic)
    context = {
        "chairs": [chair for chair in found if chair.gone_at is None],
        "gone": [chair for chair in found if chair.gone_at is not None],
        "form": form or NewChairForm(initial={"entry": new_id()}),
        "refusal": refusal,
        "renaming": renaming,
        "typed": typed,
        "next_number": max((chair.number for chair in found), default=0) + 1,
    }
    return render(request, "treatment/chairs.html", context, status=400 if refusal else 200)
