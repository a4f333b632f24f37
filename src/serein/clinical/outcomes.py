"""Is it working: every scale at one moment, against its baseline and its own thresholds.

A total that cannot be compared gives *unknown* with the reason, never "no response".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from serein.clinical.comparing import Measure, Standards, Told, comparable, measure, number
from serein.clinical.course import Course, course_of
from serein.clinical.criteria import MET, UNKNOWN, UNMET
from serein.clinical.facts import Chart, Fact
from serein.clinical.instruments import Instrument


@dataclass(frozen=True, slots=True)
class Remitted:
    """One threshold for remission, by its own name."""

    name: str
    threshold: int
    told: Told


@dataclass(frozen=True, slots=True)
class Outcome:
    """One scale at one moment; a change is latest less baseline, an improvement is towards well."""

    instrument: Instrument
    baseline: Fact | None
    latest: Fact | None
    best: Fact | None
    change: int | None
    change_percent: float | None
    improvement_percent: float | None
    comparable: Told
    response: Told
    partial: Told
    worse: Told
    meaningful: Told
    remission: tuple[Remitted, ...]
    relapse: Told
    reached_at: datetime | None
    relapse_at: datetime | None
    rise: Told | None


def outcomes(
    facts: Iterable[Fact], *, instruments: Iterable[Instrument], standards: Standards, now: datetime
) -> list[Outcome]:
    """Every scale that was answered at least once, in the order of the scales."""
    chart = Chart.of(facts, now=now)
    course = course_of(chart)
    return [
        outcome(chart, scale=scale, course=course, standards=standards)
        for scale in instruments
        if not scale.level and chart.latest(scale.fact) is not None
    ]


def outcome(chart: Chart, *, scale: Instrument, course: Course, standards: Standards) -> Outcome:
    """One scale at the moment of the chart."""
    one = measure(chart, scale=scale, course=course, standards=standards)
    can = comparable(one)
    is_change = can.verdict is MET and one.latest is not None
    share = one.share(one.latest) if is_change and one.latest and not one.is_state else None
    reached_at, relapse_at = _history(one)
    return Outcome(
        instrument=scale,
        baseline=one.baseline,
        latest=one.latest,
        best=max(one.whole, key=lambda fact: number(fact) * one.better, default=None),
        change=one.gain(one.latest) * one.better if is_change and one.latest else None,
        # 0.0 is added so that no change is never told as minus nought.
        change_percent=None if share is None else share * one.better + 0.0,
        improvement_percent=share,
        comparable=can,
        response=_response(one, can),
        partial=_partial(one, can),
        worse=_worse(one, can),
        meaningful=_meaningful(one, can),
        remission=tuple(
            Remitted(each.name, each.at_most, _remitted(one, can, threshold=each.at_most))
            for each in scale.remission
        ),
        relapse=_relapse(one, reached_at, relapse_at),
        reached_at=reached_at,
        relapse_at=relapse_at,
        rise=_rise(one) if scale.rise else None,
    )


def _silent(one: Measure, what: str) -> Told:
    return Told(UNKNOWN, f"the file of {one.scale.title} names no {what}")


def _blocked(one: Measure, can: Told) -> Told | None:
    """The answer when nothing can be said of a course; None when something can."""
    if one.is_state:
        reason = "asks for the moment: compared before and after a dose, not over a course"
        return one.unknown(f"{one.scale.title} {reason}", *one.totals[-1:])
    return None if can.verdict is MET else Told(UNKNOWN, can.reason, can.evidence, can.missing)


def _response(one: Measure, can: Told) -> Told:
    wanted = _response_percent(one)
    if wanted is None:
        return _silent(one, "response")
    return _blocked(one, can) or _of_share(one, wanted, None)


def _partial(one: Measure, can: Told) -> Told:
    wanted = _response_percent(one)
    if wanted is None:
        return _silent(one, "response")
    return _blocked(one, can) or _of_share(one, one.standards.partial.percent, wanted)


def _response_percent(one: Measure) -> int | None:
    return one.scale.response.percent if one.scale.response else None


def _of_share(one: Measure, low: float, high: float | None) -> Told:
    """Whether the newest total is better by so many percent of the baseline."""
    assert one.latest is not None
    share = one.share(one.latest)
    if share is None:
        return _no_share(one)
    asked = f"asked: {low:g} %" if high is None else f"asked: from {low:g} to under {high:g} %"
    is_met = share >= low and (high is None or share < high)
    return _judged(one, f"{_better(share)}; {asked}", is_met=is_met)


def _no_share(one: Measure) -> Told:
    assert one.baseline is not None, "what is compared has a baseline"
    return Told(UNKNOWN, "the baseline is 0, of which nothing is a share", (one.baseline,))


def _better(share: float) -> str:
    return f"{round(abs(share), 1):g} % {'worse' if share < 0 else 'better'}"


def _judged(one: Measure, reason: str, *, is_met: bool) -> Told:
    assert one.baseline is not None
    assert one.latest is not None
    return Told(MET if is_met else UNMET, reason, (one.baseline, one.latest))


def _least_points(one: Measure) -> int | None:
    return one.scale.meaningful.points if one.scale.meaningful else None


def _meaningful(one: Measure, can: Told) -> Told:
    wanted = _least_points(one)
    if wanted is None:
        return _silent(one, "least change that matters")
    if blocked := _blocked(one, can):
        return blocked
    assert one.latest is not None
    gain = one.gain(one.latest)
    return _judged(one, f"{_points(gain)}; asked: {wanted} points better", is_met=gain >= wanted)


def _points(gain: int) -> str:
    return f"{abs(gain)} points {'worse' if gain < 0 else 'better'}"


def _worse(one: Measure, can: Told) -> Told:
    """A total that is worse inside the recall window counts: the days before only thin it."""
    blocked = _blocked(one, can)
    if blocked is None:
        return _worsened(one)
    if can.verdict is not UNMET or one.baseline is None:
        return blocked
    early = _worsened(one)
    return early if early.verdict is MET else blocked


def _worsened(one: Measure) -> Told:
    assert one.latest is not None
    gain, points, wanted = one.gain(one.latest), _least_points(one), one.standards.worse.percent
    if points is not None:
        reason = f"{_points(gain)}; asked: {points} points worse"
        return _judged(one, reason, is_met=-gain >= points)
    share = one.share(one.latest)
    if share is None:
        return _no_share(one)
    return _judged(one, f"{_better(share)}; asked: {wanted:g} % worse", is_met=-share >= wanted)


def _remitted(one: Measure, can: Told, *, threshold: int) -> Told:
    """Of the total itself: it needs no baseline, but days under treatment alone."""
    if one.latest not in one.whole:
        return _blocked(one, can) or can
    assert one.latest is not None
    total = number(one.latest)
    verdict = MET if total <= threshold else UNMET
    return Told(verdict, f"total {total}; asked: at most {threshold}", (one.latest,))


def _history(one: Measure) -> tuple[datetime | None, datetime | None]:
    """When a response or remission was last reached, and when it was lost after that."""
    reached_at = lost_at = None
    for total in one.whole:
        if _is_well(one, total):
            reached_at = total.effective_at if lost_at or not reached_at else reached_at
            lost_at = None
        elif reached_at and not lost_at and _is_lost(one, total):
            lost_at = total.effective_at
    return reached_at, lost_at


def _is_well(one: Measure, total: Fact) -> bool:
    share, wanted = one.share(total), _response_percent(one)
    is_response = share is not None and wanted is not None and share >= wanted
    return is_response or any(number(total) <= each.at_most for each in one.scale.remission)


def _is_lost(one: Measure, total: Fact) -> bool:
    limit = one.scale.relapse
    if limit is not None:
        return (number(total) - limit.total) * one.better <= 0
    share = one.share(total)
    return share is not None and share <= one.standards.relapse.percent


def _relapse(one: Measure, reached_at: datetime | None, relapse_at: datetime | None) -> Told:
    """Whether what was reached is lost and was not regained."""
    if not (one.scale.response or one.scale.remission):
        return _silent(one, "response or remission that could be lost")
    if relapse_at is not None:
        reason = f"reached on {reached_at:%Y-%m-%d}, lost on {relapse_at:%Y-%m-%d}"
        return Told(MET, reason, one.whole)
    if not one.whole:
        return one.unknown(f"no {one.scale.title} total that asks about treatment alone")
    if one.baseline is None:
        return one.unknown(f"no {one.scale.title} total from before the first dose", *one.whole)
    if reached_at is None:
        return Told(UNMET, "nothing was reached that could be lost", one.whole)
    return Told(UNMET, f"reached on {reached_at:%Y-%m-%d} and kept", one.whole)


def _rise(one: Measure) -> Told:
    """The highest total after the last dose: above the limit, and above the one before it."""
    limit = one.scale.rise
    assert limit is not None
    highest = max(one.after_dose, key=number, default=None)
    if highest is None:
        return one.unknown(f"no {one.scale.title} total from after the last dose")
    total, asked = number(highest), f"asked: above {limit.above} and above the one before the dose"
    if total <= limit.above:
        return Told(UNMET, f"total {total}; {asked}", (highest,))
    if one.baseline is None:
        return one.unknown(f"total {total}, and none from before the dose", highest)
    before = number(one.baseline)
    reason = f"total {before} before and {total} after; {asked}"
    return Told(MET if total > before else UNMET, reason, (one.baseline, highest))
