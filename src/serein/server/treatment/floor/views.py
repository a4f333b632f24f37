"""The floor: the board, its tiles, its strip, the wall, and the chairs."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from serein.clinical.errors import InputError
from serein.server.accounts.permissions import allowed, may, require
from serein.server.accounts.request import ClinicRequest
from serein.server.courses.queries import courses
from serein.server.ids import new_id
from serein.server.treatment import actions, queries
from serein.server.treatment.floor import seating, tiles
from serein.server.treatment.floor import strip as strips
from serein.server.treatment.forms.floor import ReasonForm, SeatForm
from serein.server.treatment.models import Chair


@require_safe
def floor(request: ClinicRequest) -> HttpResponse:
    """The board."""
    return _board(request, "treatment/floor.html")


@require_safe
def wall(request: ClinicRequest) -> HttpResponse:
    """The board for the wall: read only, first name and initial."""
    return _board(request, "treatment/wall.html")


def _board(request: ClinicRequest, template: str) -> HttpResponse:
    is_wall = template.endswith("wall.html")
    drawn = _drawn(request, is_wall=is_wall)
    return render(
        request,
        template,
        {
            "tiles": drawn,
            "strip": _strip(request, drawn),
            "is_wall": is_wall,
            "main_class": "board",
            "body_class": "wall" if is_wall else "",
        },
    )


def _drawn(request: ClinicRequest, *, is_wall: bool) -> list[tiles.Drawn]:
    require(request.user, "treatment.view_floor", at=request.clinic)
    places = queries.places(request.clinic, queries.chairs(request.user, request.clinic))
    permissions = allowed(request.user, at=request.clinic)
    return tiles.draw(request, places, permissions=permissions, is_wall=is_wall)


def _strip(request: ClinicRequest, drawn: list[tiles.Drawn]) -> strips.Strip:
    """What the chairs and the visits that are over add to it; no more than its template shows."""
    if not may(request.user, "treatment.view_session", at=request.clinic):
        return strips.Strip([], [])
    ended = strips.of_ended(strips.calls_of_ended(request.clinic))
    return strips.strip([*ended, *(one.pressing for one in drawn)])


@require_safe
def strip(request: ClinicRequest) -> HttpResponse:
    """The strip of what is due next, alone."""
    is_wall = "wall" in request.GET
    drawn = _drawn(request, is_wall=is_wall)
    shown = {"strip": _strip(request, drawn), "is_wall": is_wall}
    return render(request, "treatment/strip.html", shown)


@require_safe
def tile(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """One tile, alone."""
    require(request.user, "treatment.view_floor", at=request.clinic)
    places = queries.places(request.clinic, [queries.chair(request.user, request.clinic, id)])
    permissions = allowed(request.user, at=request.clinic)
    [drawn] = tiles.draw(request, places, permissions=permissions, is_wall="wall" in request.GET)
    return HttpResponse(drawn.html)


def seat(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Seat a patient in this chair."""
    require(request.user, "treatment.seat", at=request.clinic)
    chair = queries.chair(request.user, request.clinic, id)
    form = SeatForm(request.POST or None, initial={"entry": new_id()})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            return _seated(request, chair, form)
        except InputError as error:
            refusal = error
    waiting = seating.seatable(request.user, request.clinic, now=request.now)
    context = {
        "chair": chair,
        "form": form,
        "refusal": refusal,
        "waiting": [one for one in waiting if one.dosed_at is None],
        "dosed": [one for one in waiting if one.dosed_at is not None],
        "of_several": [one for one in waiting if one.others],
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "treatment/seat.html", context, status=status)


def _seated(request: ClinicRequest, chair: Chair, form: SeatForm) -> HttpResponse:
    """On to the session; a form sent in place must leave its page for that."""
    running = courses(request.user, request.clinic).filter(ended_on=None)
    course = running.filter(id=form.cleaned_data["course"]).first()
    if course is None:
        raise InputError(_("Choose the patient who sits down"))
    session = actions.seat_patient(
        chair,
        course=course,
        by=request.user,
        now=request.now,
        id=form.cleaned_data["entry"],
        identifiers=form.cleaned_data["identifiers"],
        is_call_device_shown=form.cleaned_data["is_call_device_shown"],
        at=form.seated_at(now=request.now, zone=request.clinic.zone),
        reason=form.cleaned_data["reason"],
    )
    there = reverse("session", args=[session.id])
    return HttpResponseClientRedirect(there) if request.htmx else redirect(there)


@require_POST
def clean(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """The chair is clean and free."""
    require(request.user, "treatment.finish_cleaning", at=request.clinic)
    chair = queries.chair(request.user, request.clinic, id)
    actions.finish_cleaning(chair, by=request.user, now=request.now)
    return redirect("floor")


@require_POST
def block(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Take a chair out of use."""
    require(request.user, "treatment.block_chair", at=request.clinic)
    chair = queries.chair(request.user, request.clinic, id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        actions.block_chair(
            chair, by=request.user, now=request.now, reason=form.cleaned_data["reason"]
        )
    else:
        messages.error(request, _("Say why the chair is blocked"))
    return redirect("floor")


@require_POST
def unblock(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Put a chair back into use."""
    require(request.user, "treatment.block_chair", at=request.clinic)
    chair = queries.chair(request.user, request.clinic, id)
    actions.unblock_chair(chair, by=request.user, now=request.now)
    return redirect("floor")


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """The public front."""
    if request.user.is_authenticated:
        return redirect("home")
    return render(request, "front.html")
