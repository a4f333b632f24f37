"""Facts of one invented session, built in a line each."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from serein.clinical.criteria import Finding
from serein.clinical.facts import Fact
from serein.clinical.monitoring import SessionReading

VISIT = UUID("0192d3c4-0000-7000-8000-000000000001")
PRODUCT = "esketamine-nasal"


def at(time: str) -> datetime:
    """A time of the invented day."""
    return datetime.fromisoformat(f"2025-10-14T{time}").replace(tzinfo=UTC)


def fact(code: str, value: Any, time: str, **more: Any) -> Fact:
    """One fact of the session."""
    when = at(time)
    known: dict[str, Any] = {"recorded_at": when, "encounter": VISIT, "by": "alvarez", **more}
    return Fact(id=uuid4(), code=code, value=value, effective_at=when, **known)


def facts(time: str, values: Mapping[str, Any]) -> list[Fact]:
    """Several facts of one time."""
    return [fact(code, value, time) for code, value in values.items()]


def device(number: int, time: str, *, outcome: str = "given", step: int = 0, **more: Any) -> Fact:
    """One device."""
    value = {
        "number": number,
        "step": step or number,
        "product": PRODUCT,
        "dose_mg": 28,
        "outcome": outcome,
        "lot": "A1",
        "outside_gate": [],
        **more,
    }
    return fact("device", value, time)


def order(dose_mg: int = 56, time: str = "08:25", **more: Any) -> Fact:
    """The prescriber's order."""
    value = {
        "product": PRODUCT,
        "dose_mg": dose_mg,
        "replaces_device": None,
        "telephone": False,
        "read_back": False,
        "signed": True,
        **more,
    }
    return fact("order", value, time)


def go_ahead(rule: str, time: str, **more: Any) -> Fact:
    """The prescriber's word."""
    value = {
        "decision": "go-ahead",
        "reason": "Known and stable",
        "by_role": "prescriber",
        **more,
    }
    return fact(f"decision.{rule}", value, time)


def vitals(time: str, systolic: int = 128, diastolic: int = 82, **more: Any) -> list[Fact]:
    """A full set."""
    values = {
        "bp.systolic": systolic,
        "bp.diastolic": diastolic,
        "heart-rate": 76,
        "spo2": 98,
        "respiration": 14,
        **more,
    }
    return facts(time, values)


def seated(number: int = 5, time: str = "08:15") -> Fact:
    """The patient takes the chair."""
    return fact("session", {"number": number, "product": PRODUCT}, time)


ANSWERS = {
    "site.certified": True,
    "rems.enrolled": True,
    "site.prescriber-present": True,
    "site.pulse-oximeter": True,
    "check.identity": True,
    "check.call-device": True,
    "consent.seen": True,
    "fasting.food": True,
    "fasting.fluids": True,
    "nasal-spray.clear": True,
    "transport.arranged": True,
    "medicines.changed": False,
    "medicine.benzodiazepine": False,
    "medicine.sedative-hypnotic": False,
    "medicine.opioid": False,
    "medicine.psychostimulant": False,
    "medicine.maoi": False,
    "suicidal-thoughts": False,
    "psychosis": False,
    "urinary-symptoms": False,
    "ketamine-elsewhere": False,
    "pregnancy": "no",
}


def ready(*, number: int = 5, dose_mg: int = 56) -> list[Fact]:
    """Everything in order before the first device."""
    return [seated(number), *facts("08:16", ANSWERS), *vitals("08:20"), order(dose_mg)]


def dosed() -> list[Fact]:
    """Two devices given, 08:33 and 08:38."""
    return [*ready(), device(1, "08:33"), device(2, "08:38")]


def leaving(time: str = "10:16") -> list[Fact]:
    """The patient is well and the escort is here."""
    good = {"sedation": 5, "dissociation": "none", "transport.seen": True}
    return [*vitals(time), *facts(time, good)]


def without(told: Iterable[Fact], *codes: str) -> list[Fact]:
    """The same facts less these codes."""
    return [each for each in told if each.code not in codes]


def corrected(old: Fact, value: Any, time: str) -> Fact:
    """A correction: same reading, another value, recorded later."""
    return replace(old, id=uuid4(), value=value, recorded_at=at(time), replaces=old.id)


def fired(reading: SessionReading) -> set[str]:
    """The rules that fire."""
    return {hit.rule for hit in reading.alerts}


def blocker_ids(reading: SessionReading) -> set[str]:
    """The release rules that stand in the way."""
    return {each.id for each in reading.release.blockers}


def gate(reading: SessionReading, rule: str) -> Finding:
    """One gate."""
    return next(each for each in reading.gates if each.id == rule)
