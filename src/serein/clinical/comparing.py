"""What may be compared with what: one scale's totals laid beside the doses of the course.

A total asks about the days before it. While those reach back to before the treatment it is no
change score, and a scale that asks for the moment is compared before and after one dose only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from serein.clinical.course import SAME_VISIT, STARTED_ON, Course
from serein.clinical.criteria import MET, UNKNOWN, UNMET, Verdict
from serein.clinical.facts import Chart, Fact
from serein.clinical.instruments import Instrument
from serein.clinical.tables import Marked


class Recall(Marked):
    """From which dose on the days that a scale asks about must lie inside the treatment."""

    counted_from: Literal["first-dose", "last-dose"]


class Share(Marked):
    """A share of the baseline, percent."""

    percent: float


@dataclass(frozen=True, slots=True)
class Standards:
    """What the scales' own files leave open: the clinic's words for partial, worse and relapse."""

    recall: Recall
    partial: Share
    worse: Share
    relapse: Share


@dataclass(frozen=True, slots=True)
class Told:
    """One answer with the facts that gave it, the codes that were missing, and the reason."""

    verdict: Verdict
    reason: str
    evidence: tuple[Fact, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One scale's totals beside the course.

    `after_dose` holds the totals of the last visit with a dose, from after that dose; `whole` those
    that ask about days under treatment alone, which a state scale never has.
    """

    scale: Instrument
    course: Course
    standards: Standards
    totals: tuple[Fact, ...]
    baseline: Fact | None
    after_dose: tuple[Fact, ...]
    whole: tuple[Fact, ...]

    @property
    def is_state(self) -> bool:
        """Whether it asks for the moment."""
        return self.scale.recall_days == 0

    @property
    def latest(self) -> Fact | None:
        """The newest total of all."""
        return last(self.totals)

    @property
    def better(self) -> int:
        """The sign of a change for the better."""
        return 1 if self.scale.worse_is == "lower" else -1

    def gain(self, total: Fact) -> int:
        """Points by which this total is better than the baseline."""
        assert self.baseline is not None
        return (number(total) - number(self.baseline)) * self.better

    def share(self, total: Fact) -> float | None:
        """Percent of the baseline by which this total is better; None without a share of it."""
        if self.baseline is None or number(self.baseline) == 0:
            return None
        return 100 * self.gain(total) / number(self.baseline)

    def unknown(self, reason: str, *evidence: Fact) -> Told:
        """That a total is missing, and why it matters."""
        return Told(UNKNOWN, reason, evidence, (self.scale.fact,))


def measure(chart: Chart, *, scale: Instrument, course: Course, standards: Standards) -> Measure:
    """The totals of one scale, with the one from before the treatment or, for a state, the dose."""
    totals = tuple(fact for fact in chart.all(scale.fact) if _is_whole_number(fact.value))
    is_state = scale.recall_days == 0
    baseline = _before_dose(totals, course) if is_state else _before_course(totals, course)
    whole = tuple(
        fact
        for fact in totals
        if scale.recall_days
        and _is_under_treatment(fact, course)
        and _days(fact, course, standards)[0] >= scale.recall_days
    )
    after = _after_dose(totals, course)
    return Measure(scale, course, standards, totals, baseline, after, whole)


def _is_under_treatment(total: Fact, course: Course) -> bool:
    return course.start_at is not None and total.effective_at > course.start_at


def _before_course(totals: Iterable[Fact], course: Course) -> Fact | None:
    start_at = course.start_at
    if start_at is None:
        return None
    return last([fact for fact in totals if fact.effective_at <= start_at])


def _before_dose(totals: Iterable[Fact], course: Course) -> Fact | None:
    if not course.givings:
        return None
    at = course.givings[-1].first_at
    return last([fact for fact in totals if at - SAME_VISIT <= fact.effective_at <= at])


def _after_dose(totals: Iterable[Fact], course: Course) -> tuple[Fact, ...]:
    if not course.givings:
        return ()
    giving = course.givings[-1]
    until = giving.last_at + SAME_VISIT
    return tuple(fact for fact in totals if giving.first_at < fact.effective_at <= until)


def comparable(one: Measure) -> Told:
    """Whether the newest total and the baseline make a change."""
    title, latest = one.scale.title, one.latest
    if latest is None:
        return one.unknown(f"no {title} total is recorded")
    if one.course.start_at is None:
        reason = "no dose is recorded, so nothing is before it and nothing after"
        return Told(UNKNOWN, reason, (latest,), (STARTED_ON,))
    settled = _comparable_state(one, latest) if one.is_state else window(one, latest)
    if settled.verdict is not MET:
        return settled
    if one.baseline is None:
        before = "last" if one.is_state else "first"
        return one.unknown(f"no {title} total from before the {before} dose", latest)
    return Told(MET, settled.reason, (one.baseline, latest))


def _comparable_state(one: Measure, latest: Fact) -> Told:
    if latest in one.after_dose:
        return Told(MET, "taken before and after one dose", (latest,))
    return one.unknown(
        f"{one.scale.title} asks for the moment: no total from after the last dose", latest
    )


def window(one: Measure, total: Fact) -> Told:
    """Whether all the days that this total asks about lie under treatment."""
    title, recall = one.scale.title, one.scale.recall_days
    if not _is_under_treatment(total, one.course):
        return one.unknown(f"no {title} total since the first dose", total)
    if not recall:
        return one.unknown(f"{title} asks about different times: no score of a course", total)
    days, word = _days(total, one.course, one.standards)
    span = _counted(recall)
    if total in one.whole:
        return Told(MET, f"asks about {span}, taken {_counted(days)} after the {word}", (total,))
    reason = f"{title} asks about {span}, and was taken {_counted(days)} after the {word}"
    return Told(UNMET, f"{reason}: no change score", (total,), (one.scale.fact,))


def _days(total: Fact, course: Course, standards: Standards) -> tuple[int, str]:
    """Days from the dose that counts to this total, and which dose that is."""
    since, word = course.start_at, "first dose"
    if standards.recall.counted_from == "last-dose":
        giving = course.last_before(total.effective_at)
        if giving is not None:
            since, word = giving.last_at, "last dose"
    assert since is not None
    return (total.effective_at.date() - since.date()).days, word


def _counted(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def last(facts: tuple[Fact, ...] | list[Fact]) -> Fact | None:
    """The newest of these; None when there is none."""
    return facts[-1] if facts else None


def number(total: Fact) -> int:
    """A total as the whole number it is."""
    assert isinstance(total.value, int)
    return total.value


def _is_whole_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
