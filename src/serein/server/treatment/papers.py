"""The session on paper: the record and what goes home; and the chart both share with the page."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from serein.clinical.due import windows
from serein.clinical.facts import Chart, Fact
from serein.clinical.monitoring import SessionReading
from serein.clinical.schedule import session_label
from serein.server.accounts.models import User
from serein.server.alerts.models import Alert
from serein.server.courses.queries import library, protocol
from serein.server.documents import typeset
from serein.server.treatment import queries
from serein.server.treatment.models import Dose, Session
from serein.server.treatment.timeline import (
    Mark,
    Story,
    Threshold,
    Window,
    draw,
    in_words,
    reach_of,
)

TEMPLATES = Path(__file__).parent / "documents"
OBSERVATIONS = "session-observations"
# More would cover one another.
MOST_WINDOWS = 2


def story(
    session: Session,
    known: Sequence[Fact],
    reading: SessionReading,
    *,
    alerts: Iterable[Alert],
) -> Story:
    """What the timeline of this session draws."""
    of = reading.protocol
    zone = session.clinic.zone
    once = windows(of, reading.moment)
    drawn = {one.id: Window(one.text, one.begins_at, one.ends_at) for one in once}
    for due in reading.due:
        if due.panel != "device" and reading.first_device_at is not None:
            drawn.setdefault(due.id, Window(due.text, due.opens_at, due.overdue_at))
    return Story(
        facts=Chart.of(known, now=reading.at),
        reach=reach_of(session.seated_at, until=session.ended_at or reading.at),
        zone=zone,
        devices=[
            Mark(
                f"{_('device')} {mark.number}, {mark.dose_mg} mg, {mark.outcome}",
                mark.at,
                str(mark.number),
            )
            for mark in reading.devices
        ],
        events=[
            *(Mark(alert.text, alert.raised_at, "▲") for alert in alerts),
            *(Mark(str(fact.value), fact.effective_at, "●") for fact in _notes(known)),
        ],
        windows=list(drawn.values())[:MOST_WINDOWS],
        thresholds=[
            Threshold(limit.code, limit.value)
            for limit in of.thresholds
            if limit.code in ("bp.systolic", "spo2")
        ],
    )


def chart_svg(of: Story) -> SafeString:
    """The timeline as SVG; every word in it was escaped by its template."""
    drawn = {**draw(of), "in_words": in_words(of)}
    return mark_safe(render_to_string("treatment/timeline.svg", drawn))  # noqa: S308  our own template


def _notes(known: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in known if fact.code == "note"]


def notes(known: Iterable[Fact], *, now: datetime) -> list[Fact]:
    """Notes of the session, newest first."""
    return list(reversed(Chart.of(_notes(known), now=now).facts))


def reading_rows(of: Story) -> list[dict[str, Any]]:
    """Every set of readings, oldest first, in words; each value with its fact for a correction."""
    panels: dict[Any, dict[str, Fact]] = {}
    for fact in of.facts.facts:
        if fact.panel is not None:
            panels.setdefault(fact.panel, {})[fact.code] = fact
    observations = library().observations(OBSERVATIONS)
    scales = {scale.code: scale for scale in observations.scale}
    rows = []
    for taken in panels.values():
        first = next(iter(taken.values()))
        shown = {
            code: observations.word(code, fact.value) if code in scales else fact.value
            for code, fact in taken.items()
        }
        dictionary = library().dictionary
        others = [
            f"{dictionary.code(code).title.lower()} {word}"
            if word is not True
            else dictionary.code(code).title.lower()
            for code, word in shown.items()
            if code not in IN_COLUMNS
        ]
        rows.append(
            {
                "at": first.effective_at,
                "by": first.by,
                "late_min": int((first.recorded_at - first.effective_at).total_seconds() // 60),
                "pressure": f"{shown['bp.systolic']}/{shown['bp.diastolic']}"
                if "bp.systolic" in shown and "bp.diastolic" in shown
                else None,
                "heart_rate": shown.get("heart-rate"),
                "spo2": shown.get("spo2"),
                "respiration": shown.get("respiration"),
                "sedation": shown.get("sedation"),
                "dissociation": shown.get("dissociation"),
                "breathing": shown.get("breathing"),
                "others": ", ".join(others),
                "facts": [
                    {"id": fact.id, "title": dictionary.code(code).title, "value": fact.value}
                    for code, fact in taken.items()
                ],
            }
        )
    return rows


IN_COLUMNS = frozenset(
    (
        "bp.systolic",
        "bp.diastolic",
        "heart-rate",
        "spo2",
        "respiration",
        "sedation",
        "dissociation",
        "breathing",
    )
)


def record_pdf(session: Session, *, by: User, now: datetime) -> bytes:
    """The session record, one page in black and white."""
    known = queries.known(session)
    reading = queries.read(session, known, now=now)
    alerts = queries.all_alerts(session)
    drawn = story(session, known, reading, alerts=alerts)
    zone = session.clinic.zone
    content = {
        "title": _("Session record"),
        "clinic": session.clinic.name,
        "on": _day(session.seated_at, session),
        "patient": str(session.patient),
        "born": date_format(session.patient.born_on, "j M Y"),
        "identifiers": " · ".join(str(one) for one in session.patient.identifiers.all()[:2]),
        "footer": _footer(session, known, by=by, now=now),
        "facts": _heading(session, reading),
        "chart": str(chart_svg(drawn)),
        "chart_in_words": in_words(drawn),
        "readings": [_cells(row, reading, session) for row in reading_rows(drawn)],
        "orders": [
            _("%(product)s %(mg)s mg, %(how)s %(name)s, %(time)s")
            % {
                "product": protocol(session.course).product_title,
                "mg": order.dose_mg,
                "how": _("by telephone, read back:") if order.is_by_telephone else _("signed by"),
                "name": order.prescriber,
                "time": f"{order.ordered_at.astimezone(zone):%H:%M}",
            }
            for order in queries.orders(session)
        ],
        "devices": [
            [
                dose.device,
                dose.dose_mg,
                _outcome(dose),
                f"{dose.given_at.astimezone(zone):%H:%M}",
                dose.lot,
                str(dose.observer),
            ]
            for dose in queries.doses(session)
        ],
        "checks": _answers(session, drawn.facts),
        "events": _events(alerts, known, session),
        "leaving": _leaving(session, drawn.facts),
        "registry": _registry(session, reading, drawn.facts),
    }
    return typeset(TEMPLATES / "record.typ", content, at=now)


def _outcome(dose: Dose) -> str:
    """What became of it; a record that was corrected says so and stays."""
    if hasattr(dose, "replaced_by"):
        return _("%(outcome)s (corrected)") % {"outcome": dose.get_outcome_display()}
    return str(dose.get_outcome_display())


def aftercare_pdf(session: Session, *, by: User, now: datetime) -> bytes:
    """What patient and escort take home, one page."""
    of = protocol(session.course)
    driving = next(one for one in of.aftercare if one.id == "no-driving")
    content = {
        "title": _("After your treatment today"),
        "clinic": session.clinic.name,
        "on": _day(session.seated_at, session),
        "patient": str(session.patient),
        "footer": _("Printed by %(name)s, %(time)s") % {"name": by, "time": _moment(now, session)},
        "driving": driving.text,
        "parts": [
            {
                "title": _("Tonight"),
                "lines": [one.text for one in of.aftercare if one.id != "no-driving"],
            }
        ],
        "phones": [
            [_("By day"), session.clinic.phone_day],
            [_("At night"), session.clinic.phone_night],
        ],
        "signatures": [[_("Patient"), ""], [_("Escort"), ""]],
    }
    return typeset(TEMPLATES / "aftercare.typ", content, at=now)


def _moment(at: datetime, session: Session) -> str:
    local = at.astimezone(session.clinic.zone)
    return f"{date_format(local, 'j M Y')} {local:%H:%M}"


def _day(at: datetime, session: Session) -> str:
    return str(date_format(at.astimezone(session.clinic.zone), "D j M Y"))


def _clock(at: datetime | None, session: Session) -> str:
    return f"{at.astimezone(session.clinic.zone):%H:%M}" if at else ""


def _footer(session: Session, known: Iterable[Fact], *, by: User, now: datetime) -> str:
    """Who printed it, when, and a digest of what it was made from."""
    digest = hashlib.sha256()
    for fact in sorted(known, key=lambda one: str(one.id)):
        digest.update(f"{fact.id}{fact.value}{fact.recorded_at.isoformat()}".encode())
    words = {"name": by, "time": _moment(now, session), "version": digest.hexdigest()[:12]}
    return _("Printed by %(name)s, %(time)s · record version %(version)s") % words


def _heading(session: Session, reading: SessionReading) -> list[list[str]]:
    of = reading.protocol
    minutes = reading.minutes_since_first
    return [
        [_("Session"), session_label(of, session.number).removeprefix("session ").capitalize()],
        [_("Product"), f"{of.product_title.split(',')[0]}"],
        [_("Dose ordered / given"), f"{reading.ordered_mg or '–'} / {reading.given_mg} mg"],
        [_("Nurse"), str(session.nurse)],
        [_("First device"), _clock(reading.first_device_at, session)],
        [_("Last device"), _clock(reading.last_device_at, session)],
        [session.get_ending_display() or _("Not ended"), _clock(session.ended_at, session)],
        [_("From the first device"), f"{int(minutes)} min" if minutes is not None else ""],
    ]


def _cells(row: dict[str, Any], reading: SessionReading, session: Session) -> list[str]:
    first = reading.first_device_at
    after = f"{int((row['at'] - first).total_seconds() // 60)} min" if first else ""
    late = f" (+{row['late_min']} min)" if row["late_min"] >= LATE_MIN else ""
    columns = (
        "pressure",
        "heart_rate",
        "spo2",
        "respiration",
        "sedation",
        "dissociation",
        "breathing",
    )
    values = ["" if row[name] is None else str(row[name]) for name in columns]
    return [_clock(row["at"], session) + late, after, *values, row["by"]]


LATE_MIN = 5


def _answers(session: Session, chart: Chart) -> list[str]:
    lines = []
    for group in protocol(session.course).asks:
        for ask in group.asks:
            found = chart.latest(ask.code)
            value = found.value if found else _("not asked")
            words = _("yes") if value is True else _("no") if value is False else value
            lines.append(f"{ask.text}: {words}")
    return lines


def _events(alerts: Iterable[Alert], known: Sequence[Fact], session: Session) -> list[str]:
    happened = [
        (alert.raised_at, alert.text + (f": {alert.resolution}" if alert.resolution else ""))
        for alert in alerts
    ]
    for fact in known:
        if fact.code.startswith("decision.") and isinstance(fact.value, dict):
            rule = protocol(session.course).rule(fact.code.removeprefix("decision."))
            words = f"{fact.by}: {rule.text}: {fact.value.get('reason')}"
            happened.append((fact.effective_at, words))
        elif fact.code == "note":
            happened.append((fact.effective_at, f"{fact.by}: {fact.value}"))
    return [f"{_clock(at, session)} {words}" for at, words in sorted(happened)]


def _leaving(session: Session, chart: Chart) -> list[str]:
    if session.ended_at is None:
        return [_("Still in the chair")]
    lines = [f"{_clock(session.ended_at, session)} {session.get_ending_display()}"]
    ended = chart.latest("session.ended")
    if ended is not None and isinstance(ended.value, dict):
        for key, title in (("state", _("State")), ("told", _("Told"))):
            if ended.value.get(key):
                lines.append(f"{title}: {ended.value[key]}")
    for code in ("acknowledged.patient", "acknowledged.escort"):
        found = chart.latest(code)
        if found is not None and found.value is True:
            lines.append(library().dictionary.code(code).title)
    return lines


def _registry(session: Session, reading: SessionReading, chart: Chart) -> list[list[str]]:
    """What the registry's form asks, as it was captured; nothing of an earlier visit."""
    first = reading.first_device_at
    ready = chart.latest("ready-to-leave")
    minutes = (
        f"{int((ready.effective_at - first).total_seconds() // 60)} min" if ready and first else ""
    )
    rows = [
        [
            _("Minutes from first device to end"),
            f"{int(reading.minutes_since_first)}"
            if reading.minutes_since_first is not None
            else "",
        ],
        [_("Ready without the two-hour rule after"), minutes],
        [_("Lots"), ", ".join(sorted({mark.lot for mark in reading.devices if mark.lot}))],
    ]
    for code, calm, title in (
        ("sedation", 5, _("Sedation")),
        ("dissociation", "none", _("Dissociation")),
        ("breathing", "normal", _("Respiratory depression")),
    ):
        rows.append([title, _span(chart.all(code), calm=calm, session=session)])
    return rows


def _span(taken: Sequence[Fact], *, calm: object, session: Session) -> str:
    """When it was first seen and when it was first seen gone again."""
    if not taken:
        return _("not observed")
    onset = next((fact.effective_at for fact in taken if fact.value != calm), None)
    if onset is None:
        return _("none")
    later = (fact for fact in taken if fact.effective_at > onset)
    last_off = next((fact.effective_at for fact in reversed(taken) if fact.value != calm), onset)
    end = next((f.effective_at for f in later if f.effective_at > last_off), None)
    until = _clock(end, session) if end else _("not seen gone")
    return f"{_clock(onset, session)} – {until}"
