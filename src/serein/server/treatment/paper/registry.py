"""What the registry's monitoring form asks of a visit, in the words of the session record."""

from datetime import datetime

from django.utils.translation import gettext as _

from serein.clinical.summary import Episode, Pressure, SessionSummary
from serein.server.library import library
from serein.server.treatment.models import Session
from serein.server.treatment.paper import times


def registry(session: Session, found: SessionSummary) -> list[list[str]]:
    """What the registry's form asks, as it was captured; nothing of an earlier visit."""
    minutes = _("Minutes from first device to end")
    if found.ended_at is None:
        minutes = _("Minutes from first device until now, not ended")
    return [
        [minutes, _number(found.monitored_min)],
        [_("Ready without the two-hour rule after, min"), _number(found.ready_after_min)],
        [_("Lots"), ", ".join(found.lots)],
        [_("BP before"), _pressure(session, found.pressure_before)],
        [_("BP at the check after the dose"), _at_check(session, found)],
        [_("BP at the end"), _pressure(session, found.pressure_at_end)],
        [_("Vital signs acceptable before"), _acceptable_before(session, found)],
        [_("Vital signs acceptable at the end"), _answered(found.is_acceptable_at_end)],
        [_("Medicines changed"), _answered(found.medicines_changed)],
        [_("Of the five classes"), _classes(found)],
        [_("Sedation"), _episode(session, found.sedation)],
        [_("Dissociation"), _episode(session, found.dissociation)],
        [_("Respiratory depression"), _episode(session, found.respiratory_depression)],
    ]


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _answered(answer: bool | None) -> str:  # noqa: FBT001  the three answers are its whole meaning
    return {True: _("yes"), False: _("no"), None: _("not known")}[answer]


def _acceptable_before(session: Session, found: SessionSummary) -> str:
    """The answer of the set that decided, who accepted it, and each set that was out of limits."""
    words = _answered(found.is_acceptable_before)
    if found.is_acceptable_before and found.is_accepted_by_decision:
        words = _("yes, as the prescriber decided")
    if not found.out_before:
        return words
    listed = ", ".join(times.clock(at, session.clinic.zone) for at in found.out_before)
    return _("%(answer)s; outside a limit at %(times)s") % {"answer": words, "times": listed}


def _pressure(session: Session, found: Pressure | None) -> str:
    """The reading with the time and the minute at which it was taken."""
    if found is None:
        return ""
    taken = f"{found.systolic_mmhg}/{found.diastolic_mmhg}"
    is_after = found.minute is not None and found.minute > 0
    if is_after:
        return f"{taken}, {_moment(session, found.at, found.minute)}"
    return f"{taken}, {times.clock(found.at, session.clinic.zone)}"


def _at_check(session: Session, found: SessionSummary) -> str:
    """The reading of the check, or that there was none in its time; no later one stands for it."""
    if found.pressure_at_check is not None or found.check_min is None:
        return _pressure(session, found.pressure_at_check)
    opens_min, overdue_min = found.check_min
    if found.ended_at is None and (found.monitored_min or 0) <= overdue_min:
        return _("not done yet")
    words = _("not done between %(from)s and %(to)s min") % {"from": opens_min, "to": overdue_min}
    if found.pressure_after_check is None:
        return words
    later = _pressure(session, found.pressure_after_check)
    return _("%(words)s; the next was %(reading)s") % {"words": words, "reading": later}


def _classes(found: SessionSummary) -> str:
    """Those that are taken; those nobody asked about are named, never left out."""
    title = library().dictionary.code
    taken = [title(code).title for code, answer in found.classes.items() if answer]
    unasked = [code for code, answer in found.classes.items() if answer is None]
    if len(unasked) == len(found.classes):
        return _("not asked")
    words = ", ".join(taken) or _("none")
    if not unasked:
        return words
    return _("%(taken)s; not asked: %(unasked)s") % {
        "taken": words,
        "unasked": ", ".join(title(code).title for code in unasked),
    }


def _episode(session: Session, found: Episode) -> str:
    """What was seen from when to when, or when somebody last looked; both times and minutes."""
    if found.seen is None:
        return _("not observed")
    looked = _moment(session, found.looked_at, found.looked_min)
    if not found.seen:
        return _("none seen, last looked at %(time)s") % {"time": looked}
    begun = _moment(session, found.onset_at, found.onset_min)
    if found.resolved_at is None:
        words = {"begun": begun, "time": looked}
        return _("%(begun)s, not gone when last looked at %(time)s") % words
    return f"{begun} – {_moment(session, found.resolved_at, found.resolved_min)}"


def _moment(session: Session, at: datetime | None, minute: int | None) -> str:
    return f"{times.clock(at, session.clinic.zone)} ({minute} min)"
