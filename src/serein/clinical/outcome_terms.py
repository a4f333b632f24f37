"""Outcomes as values that a criterion can name: `phq-9.best`, `madrs.is-response` and the like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from serein.clinical.comparing import Standards, Told
from serein.clinical.course import STARTED_ON, Course, course_of
from serein.clinical.criteria import MET, UNKNOWN, Derived
from serein.clinical.facts import Chart, Fact
from serein.clinical.instruments import Instrument
from serein.clinical.outcomes import Outcome, outcome
from serein.clinical.shelf import Shelf
from serein.clinical.vocabulary import Term

STANDARDS = ("outcomes", "outcome-standards")
COURSE_TERMS = {
    "course.days": Term("Days since the first dose of the course", "days"),
    "course.givings": Term("Visits of the course in which the drug reached the patient"),
}
_OF_A_SCALE = {
    "baseline": ("{} before the course", ""),
    "latest": ("newest {}", ""),
    "best": ("best {} under treatment", ""),
    "change": ("change of {} since the baseline", ""),
    "change-percent": ("change of {} in percent of the baseline, below zero where it fell", "%"),
    "improvement-percent": ("improvement of {} in percent of the baseline", "%"),
    "is-response": ("response by {}", ""),
    "is-partial-response": ("partial response by {}", ""),
    "is-meaningful": ("improvement by {} that matters", ""),
    "is-worse": ("worse than the baseline by {}", ""),
    "is-relapse": ("relapse by {}", ""),
    "is-risen": ("rise of {} over the dose", ""),
}


def newest_scales(shelf: Shelf) -> list[Instrument]:
    """Every scale with a total, in its newest version."""
    newest = {scale.id: scale for scale in shelf.of_kind("instrument")}
    return [scale for scale in newest.values() if not scale.level]


def standards_of(shelf: Shelf) -> Standards:
    """The clinic's words for what the scales' own files leave open."""
    found: Standards = shelf.item(*STANDARDS)
    return found


def outcome_terms(shelf: Shelf) -> dict[str, Term]:
    """Every code that `outcome_values` can give for the scales of a shelf."""
    terms = dict(COURSE_TERMS)
    for scale in newest_scales(shelf):
        for name, (words, unit) in _OF_A_SCALE.items():
            title = words.format(scale.title)
            terms[f"{scale.id}.{name}"] = Term(title[:1].upper() + title[1:], unit)
    return terms


def outcome_values(
    facts: Iterable[Fact], *, instruments: Iterable[Instrument], standards: Standards, now: datetime
) -> dict[str, Derived]:
    """The outcome of each of these scales as values; None, with what is missing, where unknown.

    Args:
        facts: The chart; what is true after `now` is left out.
        instruments: The scales to work out: those that the criteria name will do.
        standards: The clinic's words for partial response, worse and relapse.
        now: The moment.
    """
    chart = Chart.of(facts, now=now)
    course = course_of(chart)
    found = _of_course(course, now=now)
    for scale in instruments:
        result = outcome(chart, scale=scale, course=course, standards=standards)
        found.update({f"{scale.id}.{name}": value for name, value in _of_scale(result, now=now)})
    return found


def _of_course(course: Course, *, now: datetime) -> dict[str, Derived]:
    if course.start_at is None:
        unknown = Derived(None, now, (), (STARTED_ON,))
        return dict.fromkeys(COURSE_TERMS, unknown)
    firsts = tuple(giving.facts[0] for giving in course.givings)
    days = max((now.date() - course.start_at.date()).days, 0)
    return {
        "course.days": Derived(days, now, course.evidence),
        "course.givings": Derived(len(firsts), now, firsts),
    }


def _of_scale(result: Outcome, *, now: datetime) -> Iterator[tuple[str, Derived]]:
    code = result.instrument.fact
    for name, fact in (
        ("baseline", result.baseline),
        ("latest", result.latest),
        ("best", result.best),
    ):
        yield name, _of_fact(fact, code=code, now=now)
    numbers = {
        "change": result.change,
        "change-percent": result.change_percent,
        "improvement-percent": result.improvement_percent,
    }
    for name, number in numbers.items():
        yield name, _of_told(result.comparable, number, code=code, now=now)
    for name, told in (
        ("is-response", result.response),
        ("is-partial-response", result.partial),
        ("is-meaningful", result.meaningful),
        ("is-worse", result.worse),
        ("is-relapse", result.relapse),
        ("is-risen", result.rise or Told(UNKNOWN, "")),
    ):
        answer = None if told.verdict is UNKNOWN else told.verdict is MET
        yield name, _of_told(told, answer, code=code, now=now)


def _of_fact(fact: Fact | None, *, code: str, now: datetime) -> Derived:
    if fact is None:
        return Derived(None, now, (), (code,))
    return Derived(fact.value, fact.effective_at, (fact,))


def _of_told(told: Told, value: Any, *, code: str, now: datetime) -> Derived:
    at = max((fact.effective_at for fact in told.evidence), default=now)
    missing = (told.missing or (code,)) if value is None else ()
    return Derived(value, at, told.evidence, missing)
