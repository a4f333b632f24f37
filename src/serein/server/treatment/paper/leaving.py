"""How the patient left, as whoever takes them over must read it: nothing unsaid."""

from django.utils.translation import gettext as _

from serein.clinical.facts import Chart, Fact
from serein.clinical.minutes import clock_minutes
from serein.clinical.monitoring import SessionReading
from serein.server.courses.queries import protocol
from serein.server.library import library
from serein.server.patients import charts
from serein.server.patients.queries import allergies
from serein.server.treatment.models import Ending, Session
from serein.server.treatment.paper import times
from serein.server.treatment.paper.aftercare import way_home
from serein.server.treatment.wording import said

SHOWN_LAST = (
    "bp.systolic",
    "bp.diastolic",
    "heart-rate",
    "spo2",
    "respiration",
    "sedation",
    "dissociation",
    "breathing",
)
AFTER_END = ("after-end.transfer", "after-end.death")


def leaving(session: Session, reading: SessionReading, chart: Chart) -> list[str]:
    """The end, who recorded it and what was said of it; what another house must know."""
    if session.ended_at is None:
        return [_("Still in the chair")]
    ended = chart.latest("session.ended")
    by = _(", recorded by %(name)s") % {"name": ended.by} if ended is not None else ""
    at = times.clock(session.ended_at, session.clinic.zone)
    lines = [f"{at} {session.get_ending_display()}{by}"]
    if ended is not None:
        lines += [*told_of(ended), *_untold(session, ended)]
    if session.ending not in (Ending.RELEASED, Ending.NOT_DOSED):
        lines += _for_whoever_takes_over(session, reading, chart)
    return [
        *lines,
        *_way_home(session, chart),
        *_instructions(session, chart),
        *_after(session, chart),
    ]


def told_of(ended: Fact) -> list[str]:
    """What was said of an end."""
    return [f"{title}: {words}" for title, words in _account(ended).values() if words]


def _account(ended: Fact) -> dict[str, tuple[str, str]]:
    kept = ended.value if isinstance(ended.value, dict) else {}
    titles = {
        "state": _("State"),
        "told": _("Told"),
        "reason": _("Reason"),
        "marks": _("Mark"),
    }
    return {key: (title, str(kept.get(key) or "")) for key, title in titles.items()}


def _untold(session: Session, ended: Fact) -> list[str]:
    """What such an end asks for and nobody wrote down."""
    if session.ending == Ending.RELEASED:
        return []
    account = _account(ended)
    needs = protocol(session.course).ending(session.ending).needs
    return [
        _("%(title)s: not recorded") % {"title": account[key][0]}
        for key in needs
        if key in account and not account[key][1]
    ]


def _for_whoever_takes_over(session: Session, reading: SessionReading, chart: Chart) -> list[str]:
    """How long it was watched, the last of each reading, allergies, and whom to call."""
    phone = session.clinic.phone_day or session.clinic.phone_night
    lines = [
        _watched(session, reading),
        _last_readings(session, chart),
        _("Allergies: %(list)s") % {"list": _allergies(session)},
        _("The clinic's telephone: %(number)s") % {"number": phone} if phone else "",
    ]
    return [line for line in lines if line]


def _allergies(session: Session) -> str:
    """Those that hold now in words, that none is known, or that nothing is on file."""
    rows = allergies(session.patient)
    current = [one for one in charts.listed(rows, "allergy") if one.is_current]
    if not current and charts.none_known(rows):
        return _("none known")
    return ", ".join(one.words for one in current) or _("nothing on file")


def _watched(session: Session, reading: SessionReading) -> str:
    """How long after the dose that its protocol counts from, beside how long it asks."""
    observe = reading.protocol.observe
    since = reading.moment.events.get(observe.anchor)
    if since is None or session.ended_at is None:
        return _("Nothing was given")
    dose = _("first dose") if observe.anchor == "first-dose" else _("last dose")
    words = {
        "count": clock_minutes(since, session.ended_at),
        "dose": dose,
        "asked": observe.min,
    }
    return _("Watched %(count)s min after the %(dose)s; the protocol asks %(asked)s") % words


def _last_readings(session: Session, chart: Chart) -> str:
    """The newest of each reading with its time; what was never taken is not among them."""
    title = library().dictionary.code
    found = {code: fact for code in SHOWN_LAST if (fact := chart.latest(code)) is not None}
    told: dict[str, list[str]] = {}
    for code, fact in found.items():
        at = times.clock(fact.effective_at, session.clinic.zone)
        told.setdefault(at, []).append(f"{title(code).title.lower()} {said(fact)}")
    lines = [f"{at} {', '.join(words)}" for at, words in sorted(told.items())]
    return _("Last readings: %(list)s") % {"list": "; ".join(lines) or _("none taken")}


def _way_home(session: Session, chart: Chart) -> list[str]:
    """How the patient went home: with the escort who was seen, or another way; nothing unsaid."""
    latest = {code: found[-1] for code, found in chart.by_code.items()}
    lines = []
    if way := way_home(latest):
        lines.append(_("Way home: %(way)s") % {"way": way})
    seen, escort = latest.get("transport.seen"), latest.get("transport.escort")
    if seen is not None and seen.value is True:
        name = escort.value if escort is not None else _("name not recorded")
        lines.append(_("Escort seen: %(name)s") % {"name": name})
    if session.ending == Ending.AGAINST_ADVICE and not lines:
        lines.append(_("Way home: not recorded"))
    return lines


def _instructions(session: Session, chart: Chart) -> list[str]:
    """Who went through the instructions, with whom and when; that nobody did, where it matters."""
    lines = []
    for code in ("acknowledged.patient", "acknowledged.escort"):
        found = chart.latest(code)
        if found is not None and found.value is True:
            at = times.clock(found.effective_at, session.clinic.zone)
            lines.append(f"{at} {library().dictionary.code(code).title} ({found.by})")
    if session.ending == Ending.AGAINST_ADVICE and not lines:
        lines.append(_("Instructions for home: not recorded as gone through"))
    return lines


def _after(session: Session, chart: Chart) -> list[str]:
    """A transfer or a death once the visit was over, beside the end that stands."""
    return [
        f"{times.moment(found.effective_at, session.clinic.zone)} "
        f"{library().dictionary.code(code).title} ({found.by})"
        for code in AFTER_END
        if (found := chart.latest(code)) is not None and found.value is True
    ]
