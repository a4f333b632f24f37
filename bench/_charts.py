"""Invented charts for the benches: made by a seed, one after the other, none kept."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from serein.clinical.facts import Fact

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DRUGS = ("sertraline", "escitalopram", "venlafaxine", "bupropion", "mirtazapine", "duloxetine")
VITALS = (("bp.systolic", 128), ("bp.diastolic", 80), ("heart-rate", 70), ("spo2", 97))
Told = tuple[str, Any, int]


def charts(count: int, *, seed: int) -> Iterator[list[Fact]]:
    """So many charts of about twenty facts: a person, trials, papers, scores; parts missing."""
    rolled = random.Random(seed)  # noqa: S311  no secret
    for _ in range(count):
        yield _facts(list(_asked_for(rolled)), rolled)


def _asked_for(rolled: random.Random) -> Iterator[Told]:
    born = f"{rolled.randint(1940, 2010)}-05-01"
    yield "birth-date", born, 300
    yield "diagnosis", rolled.choice(("mdd", "mdd", "mdd-suicidal", "bipolar-1")), 300
    for drug in rolled.sample(DRUGS, rolled.randint(0, 4)):
        yield "trial", _trial(drug, rolled), rolled.randint(100, 290)
    for code in (
        "records.trials-documented",
        "psychosis.history",
        "pdmp.checked",
        "prescriber.is-psychiatrist",
    ):
        if rolled.random() < 0.8:  # noqa: PLR2004  a fifth was never asked
            yield code, rolled.random() < 0.7, rolled.randint(1, 60)  # noqa: PLR2004  and most hold
    for week in range(12):
        yield "phq-9.total", rolled.randint(0, 27), 7 * week


def _trial(drug: str, rolled: random.Random) -> dict[str, Any]:
    return {
        "drug": drug,
        "dose_mg_per_day": rolled.choice((50, 100, 150, 200, 300)),
        "weeks": rolled.randint(1, 20),
        "improvement_percent": rolled.randint(0, 80),
        "episode": rolled.choice(("current", "earlier")),
    }


def long_chart(facts: int, *, seed: int) -> list[Fact]:
    """One patient treated for long: trials, a score a week, the signs of one visit today."""
    rolled = random.Random(seed)  # noqa: S311  no secret
    trials = [("trial", _trial(drug, rolled), 600) for drug in DRUGS]
    told: list[Told] = [("birth-date", "1980-05-01", 900), ("diagnosis", "mdd", 900), *trials]
    told.append(("course.started-on", "2025-01-06", 420))
    told += [("phq-9.total", rolled.randint(0, 27), 7 * week) for week in range(100)]
    told += [("madrs.total", rolled.randint(0, 60), 7 * week) for week in range(100)]
    earlier = _facts(told, rolled)
    visit = UUID(int=rolled.getrandbits(128))
    seated = _fact("session", {"number": 30}, NOW - timedelta(minutes=100), rolled, visit)
    device = {"product": "esketamine-nasal", "dose_mg": 28, "outcome": "given"}
    given = [
        _fact("device", {**device, "number": n, "step": n}, _ago(95 - 5 * n), rolled, visit)
        for n in (1, 2)
    ]
    signs = [
        _fact(code, usual + rolled.randint(-2, 2), _ago(80 * n // facts), rolled, visit)
        for n in range(facts)
        for code, usual in VITALS
    ]
    return [*earlier, seated, *given, *signs][:facts]


def _ago(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)


def _facts(told: list[Told], rolled: random.Random) -> list[Fact]:
    return [_fact(code, value, NOW - timedelta(days=days), rolled) for code, value, days in told]


def _fact(
    code: str, value: Any, at: datetime, rolled: random.Random, visit: UUID | None = None
) -> Fact:
    return Fact(UUID(int=rolled.getrandbits(128)), code, value, at, at, encounter=visit)
