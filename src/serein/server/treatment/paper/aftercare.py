"""What patient and escort take home."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from serein.clinical.facts import Fact
from serein.clinical.monitoring import SessionReading
from serein.server.accounts.models import User
from serein.server.courses.queries import protocol
from serein.server.documents import typeset
from serein.server.library import library
from serein.server.treatment import queries
from serein.server.treatment.models import Session
from serein.server.treatment.paper import times

TEMPLATE = Path(__file__).with_name("aftercare.typ")
DRIVING = "no-driving"
# The sentence of every protocol that leads to the numbers of the sheet.
CALL_US = "call-us"


def aftercare_pdf(session: Session, *, by: User, now: datetime) -> bytes:
    """The going-home sheet, one page."""
    return typeset(TEMPLATE, aftercare_content(session, by=by, now=now), at=now)


def aftercare_content(session: Session, *, by: User, now: datetime) -> dict[str, Any]:
    """All that the sheet says: blank lines to sign, or who was told and when."""
    reading = queries.reading(session, now=now)
    lines = {one.id: one.text for one in protocol(session.course).aftercare}
    zone = session.clinic.zone
    phones = [(_("By day"), session.clinic.phone_day), (_("At night"), session.clinic.phone_night)]
    if not any(number for _when, number in phones):
        lines.pop(CALL_US, None)
    return {
        "title": _("After your treatment today"),
        "clinic": session.clinic.name,
        "on": times.day(session.seated_at, zone),
        "patient": str(session.patient),
        "born": times.born(session.patient.born_on),
        "footer": _("Printed by %(name)s, %(time)s")
        % {"name": by, "time": times.moment(now, zone)},
        "driving": lines.pop(DRIVING),
        "parts": [{"title": _("Tonight"), "lines": list(lines.values())}],
        "phones": [[when, number or _by_hand()] for when, number in phones],
        "signatures": _signatures(session, reading),
    }


def _by_hand() -> str:
    """What stands where no number was told: a sheet that says "-" sends nobody anywhere."""
    return _("Write the number: _______________")


def _signatures(session: Session, reading: SessionReading) -> list[list[str]]:
    """Who each line is for, and what was recorded; a patient who goes without an escort has one."""
    latest = reading.latest
    lines = [[_("Patient"), str(session.patient), _understood(session, latest, "patient")]]
    if way := way_home(latest):
        return [*lines, [_("Way home"), way, ""]]
    escort = latest.get("transport.escort")
    name = str(escort.value) if escort else ""
    return [*lines, [_("Escort"), name, _understood(session, latest, "escort")]]


def way_home(latest: Mapping[str, Fact]) -> str:
    """Another way home than with an escort, in words; empty when none was told."""
    way, detail = latest.get("transport.way"), latest.get("transport.way-detail")
    if way is None:
        return ""
    choices = library().dictionary.code("transport.way").choices
    words = choices.get(str(way.value), str(way.value)).capitalize()
    return f"{words}: {detail.value}" if detail is not None else words


def _understood(session: Session, latest: Mapping[str, Fact], who: str) -> str:
    """That the instructions were gone through, with whom and when; empty until it is recorded."""
    found = latest.get(f"acknowledged.{who}")
    if found is None or found.value is not True:
        return ""
    words = {"name": found.by, "time": times.clock(found.effective_at, session.clinic.zone)}
    return _("Understood %(time)s, gone through by %(name)s") % words
