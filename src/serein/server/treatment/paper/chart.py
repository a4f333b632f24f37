"""The chart of a session and its readings in rows, as the page and the paper both show them."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from serein.clinical.due import windows
from serein.clinical.facts import Chart, Fact
from serein.clinical.monitoring import SessionReading
from serein.server.alerts.models import Alert
from serein.server.library import library
from serein.server.treatment import queries
from serein.server.treatment.models import Session
from serein.server.treatment.paper.corrections import Correction, in_sets
from serein.server.treatment.paper.story import (
    Mark,
    Reach,
    Run,
    Story,
    Threshold,
    Window,
    reach_of,
)
from serein.server.treatment.paper.timeline import draw, in_words
from serein.server.treatment.paper.told import happened_at
from serein.server.treatment.wording import step_word

# More would cover one another.
MOST_WINDOWS = 2
# What comes later than this after the end is told in words only: the chart is of the visit.
DRAWN_AFTER_END = timedelta(hours=2)
TAPPED = frozenset(("patient-stopped", "ready-to-leave", "after-end.transfer", "after-end.death"))
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
        if due.panel != "device" and reading.first_dose_at is not None:
            drawn.setdefault(due.id, Window(due.text, due.opens_at, due.overdue_at))
    return Story(
        # A visit that ended is read as it stood then; what came after it is drawn all the same.
        facts=Chart.of(known, now=None if session.ended_at else reading.at),
        reach=_reach(session, known, reading),
        zone=zone,
        late_by=of.record.late_by,
        sedation={
            choice.value: choice.text
            for choice in queries.observations().scale_of("sedation").choice
        },
        devices=[
            Mark(
                f"{_('device')} {mark.number}, {mark.dose_mg} mg, {mark.outcome}",
                mark.at,
                str(mark.number),
            )
            for mark in reading.devices
        ]
        + _by_weight(reading),
        runs=_runs(reading, zone),
        events=[
            *(Mark(alert.words, happened_at(alert, known, of=of), "▲") for alert in alerts),
            *(Mark(str(fact.value), fact.effective_at, "●") for fact in notes(known, now=None)),
        ],
        windows=list(drawn.values())[:MOST_WINDOWS],
        thresholds=[
            Threshold(limit.code, limit.value)
            for limit in of.thresholds
            if limit.code in ("bp.systolic", "spo2")
        ],
    )


COLOUR = re.compile(r"#([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2})\b")
PUMP = {"start": "▶", "resume": "▶", "rate": "↕", "pause": "‖", "stop": "■"}


def _by_weight(reading: SessionReading) -> list[Mark]:
    """Doses in mg, and each act at the pump with the rate from then on."""
    doses = [
        Mark(f"{mark.mg:g} mg, {mark.outcome}", mark.at, f"{mark.mg:g}") for mark in reading.doses
    ]
    acts = [
        Mark(
            step_word(step.step) + (f", {step.rate_ml_per_h:g} mL/h" if step.is_flowing else ""),
            step.at,
            PUMP[step.step],
        )
        for step in reading.infusion.steps
    ]
    return [*doses, *acts]


def _runs(reading: SessionReading, zone: ZoneInfo) -> list[Run]:
    """Each stretch in which the pump ran, as high as its rate."""
    ran = [one for one in reading.infusion.stretches(reading.at) if one[0].is_flowing]
    highest = max((step.rate_ml_per_h for step, _until in ran), default=0)
    return [
        Run(
            _("%(rate)s mL/h from %(begun)s to %(ended)s")
            % {
                "rate": f"{step.rate_ml_per_h:g}",
                "begun": f"{step.at.astimezone(zone):%H:%M}",
                "ended": f"{until.astimezone(zone):%H:%M}",
            },
            step.at,
            until,
            step.rate_ml_per_h / highest,
        )
        for step, until in ran
    ]


def _reach(session: Session, known: Iterable[Fact], reading: SessionReading) -> Reach:
    """From the first thing that happened, perhaps before the seating was entered, to the last."""
    ended_at = session.ended_at or reading.at
    mine = [fact.effective_at for fact in known if fact.encounter is not None]
    last_at = ended_at + DRAWN_AFTER_END if session.ended_at else ended_at
    return reach_of(
        min([session.seated_at, *mine]),
        until=max([ended_at, *(at for at in mine if at <= last_at)]),
    )


def in_grey(svg: str) -> str:
    """The drawing for paper: every colour as bright as it was, and no colour.

    >>> in_grey('fill="#9B1C17" stroke="#FFFFFF"')
    'fill="#414141" stroke="#FFFFFF"'
    """
    return COLOUR.sub(_grey, svg)


def _grey(colour: re.Match[str]) -> str:
    red, green, blue = (int(part, 16) for part in colour.groups())
    # How bright each of the three looks (ITU-R BT.601).
    return "#" + f"{round(0.299 * red + 0.587 * green + 0.114 * blue):02X}" * 3


def chart_svg(of: Story) -> SafeString:
    """The timeline as SVG; every word in it was escaped by its template."""
    drawn = {**draw(of), "in_words": in_words(of)}
    return mark_safe(render_to_string("treatment/timeline.svg", drawn))  # noqa: S308  our own template


def _notes(known: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in known if fact.code == "note"]


def notes(known: Iterable[Fact], *, now: datetime | None) -> list[Fact]:
    """Notes of the session, newest first."""
    return list(reversed(Chart.of(_notes(known), now=now).facts))


def taps(known: Iterable[Fact], *, now: datetime) -> list[dict[str, Any]]:
    """What one tap records and stands by itself, so that a tap by mistake can be taken back."""
    standing = Chart.of((fact for fact in known if fact.code in TAPPED), now=now).facts
    title = library().dictionary.code
    return [
        {"fact": fact, "title": title(fact.code).title} for fact in standing if fact.value is True
    ]


def reading_rows(of: Story, *, corrected: Iterable[Correction] = ()) -> list[dict[str, Any]]:
    """Every set of readings, oldest first, in words; each value with its fact for a correction.

    A value that was corrected stays with its set, struck, with who set it right and why.
    """
    wrong: dict[Any, list[Correction]] = {}
    for one in in_sets(corrected):
        wrong.setdefault(one.fact.panel, []).append(one)
    panels: dict[Any, dict[str, Fact]] = {}
    for fact in of.facts.facts:
        if fact.panel is not None:
            panels.setdefault(fact.panel, {})[fact.code] = fact
    observations = queries.observations()
    scales = {scale.code: scale for scale in observations.scale}
    rows = []
    for panel, taken in panels.items():
        # Who took the set and when it was entered: a value that was corrected says the latter's.
        first = min(
            (*taken.values(), *(one.wrong for one in wrong.get(panel, ()))),
            key=lambda fact: fact.recorded_at,
        )
        at = max(fact.effective_at for fact in taken.values())
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
            if code not in IN_COLUMNS and word is not False
        ]
        rows.append(
            {
                "at": at,
                "by": first.by,
                "late_min": of.late_by(at, first.recorded_at),
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
                "struck": wrong.get(panel, []),
                "facts": [
                    {
                        "id": fact.id,
                        "title": dictionary.code(code).title,
                        "value": _said(shown[code]),
                    }
                    for code, fact in taken.items()
                ],
            }
        )
    return rows


def _said(value: Any) -> Any:
    return {True: _("yes"), False: _("no")}.get(value, value) if isinstance(value, bool) else value
