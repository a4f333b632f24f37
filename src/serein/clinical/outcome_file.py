"""The file of what the scales leave open, and its worked cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from serein.clinical.comparing import Recall, Share, Standards
from serein.clinical.content_file import Draft
from serein.clinical.course import course_of
from serein.clinical.errors import ContentError, UnknownContentError
from serein.clinical.facts import Chart, Fact, FactValue
from serein.clinical.instruments import Instrument
from serein.clinical.outcomes import Outcome, outcome
from serein.clinical.shelf import Shelf
from serein.clinical.tables import ContentTable, Table, Words

Failing = list[tuple[str, str]]
DAY_ZERO = datetime(2026, 1, 5, 9, tzinfo=UTC)
_DOSE = {"product": "case", "dose_mg": 56, "outcome": "given"}


class DayTotal(Table):
    """A total, so many days after the first dose (below zero: before it)."""

    day: float
    total: int


class OutcomeExpect(Table):
    """What a case must come out as; what is not named is not looked at, "none" is no number."""

    baseline: int | Literal["none"] | None = None
    latest: int | Literal["none"] | None = None
    best: int | Literal["none"] | None = None
    change: int | Literal["none"] | None = None
    change_percent: float | Literal["none"] | None = None
    comparable: str | None = None
    response: str | None = None
    partial: str | None = None
    worse: str | None = None
    meaningful: str | None = None
    relapse: str | None = None
    rise: str | None = None
    remission: dict[str, str] = Field(default_factory=dict)
    relapse_day: int | Literal["none"] | None = None


class OutcomeCase(Table):
    """A worked example: a scale, the days of its doses and totals, the day it is asked about."""

    name: Words
    instrument: Words
    doses: list[float] = Field(default_factory=list)
    totals: list[DayTotal] = Field(default_factory=list)
    at: float
    expect: OutcomeExpect


class StandardsFile(ContentTable):
    """What partial response, worse and relapse mean, and from when on totals are compared."""

    recall: Recall
    partial: Share
    worse: Share
    relapse: Share
    case: list[OutcomeCase] = Field(min_length=1)


def standards(draft: Draft, on: Shelf) -> tuple[Standards, Failing]:
    """The clinic's words of a file, with its worked cases run."""
    content = StandardsFile.of(draft.raw)
    built = Standards(content.recall, content.partial, content.worse, content.relapse)
    failing = [
        (case.name, reason)
        for case in content.case
        for reason in _differences(case, built, scale=_scale(case, on=on, file=draft.file))
    ]
    return built, failing


def _scale(case: OutcomeCase, *, on: Shelf, file: str) -> Instrument:
    try:
        found: Instrument = on.item("instrument", case.instrument)
    except UnknownContentError as error:
        raise ContentError(error.reason, file=file, key=f"case.{case.name}") from error
    return found


def _differences(case: OutcomeCase, built: Standards, *, scale: Instrument) -> Iterator[str]:
    chart = Chart.of(_facts(case, scale=scale), now=_day(case.at))
    result = outcome(chart, scale=scale, course=course_of(chart), standards=built)
    found = came(result)
    for name in case.expect.model_fields_set - {"remission"}:
        said = getattr(case.expect, name)
        wanted = None if said == "none" else said
        if found[name] != wanted:
            yield f"{name}: expected {wanted}, found {found[name]}"
    remission = {each.name: each.told.verdict.value for each in result.remission}
    for name, verdict in case.expect.remission.items():
        if remission.get(name) != verdict:
            yield f"remission {name}: expected {verdict}, found {remission.get(name)}"


def came(result: Outcome) -> dict[str, Any]:
    """An outcome in the words of a case."""
    facts = {name: getattr(result, name) for name in ("baseline", "latest", "best")}
    told = ("comparable", "response", "partial", "worse", "meaningful", "relapse", "rise")
    found = {name: fact.value if fact else None for name, fact in facts.items()}
    for name in told:
        answer = getattr(result, name)
        found[name] = answer.verdict.value if answer else None
    share = result.change_percent
    found["change"] = result.change
    found["change_percent"] = None if share is None else round(share, 1)
    lost_at = result.relapse_at
    found["relapse_day"] = (lost_at - DAY_ZERO).days if lost_at else None
    return found


def _day(day: float) -> datetime:
    return DAY_ZERO + timedelta(days=day)


def _facts(case: OutcomeCase, *, scale: Instrument) -> list[Fact]:
    rows: list[tuple[str, FactValue, float]] = [
        *(("device", _DOSE, day) for day in case.doses),
        *((scale.fact, each.total, each.day) for each in case.totals),
    ]
    return [
        Fact(UUID(int=number), code, value, _day(day), _day(day), by="case")
        for number, (code, value, day) in enumerate(rows, start=1)
    ]
