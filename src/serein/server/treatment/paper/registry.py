"""What the registry's monitoring form asks of a visit, in the words of the session record."""

from django.utils.translation import gettext as _

from serein.clinical.summary import Episode, Pressure, SessionSummary
from serein.server.library import library
from serein.server.treatment.models import Session
from serein.server.treatment.paper import times


def registry(session: Session, found: SessionSummary) -> list[list[str]]:
    """What the registry's form asks, as it was captured; nothing of an earlier visit."""
    return [
        [_("Minutes from first device to end"), _number(found.monitored_min)],
        [_("Ready without the two-hour rule after, min"), _number(found.ready_after_min)],
        [_("Lots"), ", ".join(found.lots)],
        [_("BP before"), _pressure(found.pressure_before)],
        [_("BP at the check after the dose"), _pressure(found.pressure_at_check)],
        [_("BP at the end"), _pressure(found.pressure_at_end)],
        [_("Vital signs acceptable before / at the end"), _acceptable(found)],
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


def _acceptable(found: SessionSummary) -> str:
    both = (found.is_acceptable_before, found.is_acceptable_at_end)
    return " / ".join(_answered(one) for one in both)


def _pressure(found: Pressure | None) -> str:
    if found is None:
        return ""
    taken = f"{found.systolic_mmhg}/{found.diastolic_mmhg}"
    is_after = found.minute is not None and found.minute > 0
    return f"{taken} ({found.minute} min)" if is_after else taken


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
    """Whether it was seen, from when to when, in clock time and minutes from the first device."""
    if found.seen is None:
        return _("not observed")
    if not found.seen:
        return _("none")
    zone = session.clinic.zone
    begun = f"{times.clock(found.onset_at, zone)} ({found.onset_min} min)"
    if found.resolved_at is None:
        return _("%(begun)s, not seen gone") % {"begun": begun}
    return f"{begun} – {times.clock(found.resolved_at, zone)} ({found.resolved_min} min)"
