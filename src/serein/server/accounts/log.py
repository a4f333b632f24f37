"""The pages of the log; here and not in audit, which knows nobody and stands below."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from serein.clinical.errors import InputError
from serein.server import clock
from serein.server.accounts.models import User
from serein.server.accounts.permissions import require
from serein.server.accounts.request import ClinicRequest
from serein.server.audit import queries as audit
from serein.server.audit.wording import acts

LINES_PER_PAGE = 100
LONGEST_LINE = 15


@dataclass(frozen=True)
class Filter:
    """What the address asks of the log."""

    patient: UUID | None
    person: UUID | None
    verb: str
    on: date | None
    before: int | None

    @classmethod
    def of(cls, request: ClinicRequest) -> "Filter":
        """The filter that the address spells."""
        asked = request.GET
        before = asked.get("before", "")
        return cls(
            patient=_uuid(asked.get("patient", "")),
            person=_uuid(asked.get("person", "")),
            verb=_verb(asked.get("verb", "")),
            on=_date(asked.get("on", "")),
            before=int(before) if before.isdecimal() and len(before) <= LONGEST_LINE else None,
        )


@require_safe
def log(request: ClinicRequest) -> HttpResponse:
    """The clinic's log, or one patient's, newest first; every filter is in the address."""
    chosen = Filter.of(request)
    verb = "audit.view_patient" if chosen.patient else "audit.view"
    require(request.user, verb, at=request.clinic)
    events = audit.events(
        request.clinic,
        patient=chosen.patient,
        person=chosen.person,
        verb=chosen.verb,
        on=chosen.on,
        zone=request.clinic.zone,
    )
    if chosen.patient and not events.exists():
        # Every patient of this clinic has at least the line of being registered.
        raise Http404
    if chosen.before:
        events = events.filter(line__lt=chosen.before)
    lines = list(events[: LINES_PER_PAGE + 1])
    page = {
        "lines": lines[:LINES_PER_PAGE],
        "older": lines[LINES_PER_PAGE - 1].line if len(lines) > LINES_PER_PAGE else None,
        "filter": chosen,
        "acts": acts(),
        "people": User.objects.filter(memberships__clinic=request.clinic).distinct(),
    }
    return render(request, "accounts/log.html", page)


def _uuid(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _date(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is not None and not clock.EARLIEST.date() <= day < clock.LATEST.date():
        raise InputError(
            _("The log has no lines of %(day)s; choose a day from %(first)s on")
            % {"day": day, "first": clock.EARLIEST.year}
        )
    return day


def _verb(text: str) -> str:
    if "\x00" in text:
        raise InputError(_("There is no such act; choose one from the list"))
    return text
