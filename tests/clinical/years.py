"""Facts of one invented course, by days from its first dose, built in a line each."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from serein.clinical.facts import Fact

START = datetime(2026, 1, 5, 14, tzinfo=UTC)


def day(number: float) -> datetime:
    """So many days after the first dose."""
    return START + timedelta(days=number)


def known(code: str, value: Any, on: float) -> Fact:
    """One fact of that day."""
    return Fact(uuid4(), code, value, day(on), day(on))


def dose(on: float, dose_mg: float | None = 56, **more: Any) -> Fact:
    """One device, given."""
    value = {"product": "esketamine-nasal", "dose_mg": dose_mg, "outcome": "given", **more}
    return known("device", value, on)


def seen(on: float) -> Fact:
    """A visit of which no dose is on record yet."""
    return known("session", {"number": 1, "product": "esketamine-nasal"}, on)
