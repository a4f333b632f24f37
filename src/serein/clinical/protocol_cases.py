"""The worked cases of a protocol, run against the protocol itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from serein.clinical.criteria import Moment
from serein.clinical.facts import Fact
from serein.clinical.monitoring import SessionReading, read_session
from serein.clinical.protocols import Protocol
from serein.clinical.rules import Rule
from serein.clinical.visit import Codes

DAY = "2026-01-05"
VISIT = UUID(int=1)


def run_case(
    protocol: Protocol,
    case: Mapping[str, Any],
    *,
    scenes: Mapping[str, Any],
    dictionary: Codes | None,
) -> list[str]:
    """What this case gives that it should not, in words; empty when it holds."""
    unknown = [name for name in case["scenes"] if name not in scenes]
    if unknown:
        return [f"no scene is called '{unknown[0]}'"]
    reading = read_session(
        protocol, case_facts(case, scenes=scenes), now=_at(case["at"]), dictionary=dictionary
    )
    return list(_differences(reading, case["expect"]))


def case_facts(case: Mapping[str, Any], *, scenes: Mapping[str, Any]) -> list[Fact]:
    """The facts of a case: those of its scenes, less what it leaves out, and its own."""
    told = [row for name in case["scenes"] for row in scenes[name]]
    kept = [row for row in told if row["code"] not in case["without"]]
    rows = [*kept, *case["facts"]]
    return [_fact(number, row) for number, row in enumerate(rows)]


def _fact(number: int, row: Mapping[str, Any]) -> Fact:
    at = _at(row["at"])
    return Fact(
        id=UUID(int=number),
        code=row["code"],
        value=row["value"],
        effective_at=at,
        recorded_at=at,
        encounter=VISIT,
        by="case",
    )


def _at(time: str) -> datetime:
    return datetime.fromisoformat(f"{DAY}T{time}").replace(tzinfo=UTC)


def _differences(reading: SessionReading, expect: Mapping[str, Any]) -> Iterator[str]:
    for kind, found in _found(reading).items():
        for name, wanted in expect[kind].items():
            if name not in found:
                yield f"{kind}.{name}: there is no such rule"
            elif found[name] != wanted:
                yield f"{kind}.{name}: expected {wanted}, found {found[name]}"
    simple = {
        "stage": reading.stage,
        "may_release": reading.release.may_release,
        "earliest": _clock(reading.release.earliest_at),
        "next_device": _device(reading),
    }
    for name, value in simple.items():
        if expect[name] is not None and expect[name] != value:
            yield f"{name}: expected {expect[name]}, found {value}"


def _found(reading: SessionReading) -> dict[str, dict[str, str]]:
    protocol, moment = reading.protocol, reading.moment
    fired = {hit.rule: "met" for hit in reading.alerts}
    late = {check.overdue.id: "unmet" for check in protocol.checks if check.overdue}
    return {
        "gates": {
            **{
                each.id: each.when.judge(moment).verdict.value
                for each in protocol.contraindications
            },
            **{each.id: each.verdict.value for each in reading.gates},
        },
        "release": {each.id: each.verdict.value for each in reading.release.findings},
        "alerts": {
            **_as_recorded(protocol.alerts, moment),
            **late,
            **fired,
        },
        "cautions": _as_recorded(protocol.cautions, moment),
        "due": {
            **{check.id: "none" for check in protocol.checks},
            **{item.id: item.state for item in reading.due},
        },
    }


def _as_recorded(rules: Iterable[Rule], moment: Moment) -> dict[str, str]:
    return {each.id: each.when.judge(moment).verdict.value for each in rules}


def _clock(at: datetime | None) -> str | None:
    return at.strftime("%H:%M") if at else None


def _device(reading: SessionReading) -> str:
    upcoming = reading.next_device
    if upcoming is None:
        return "none"
    if upcoming.needs_order:
        return "needs-order"
    if upcoming.is_ready:
        return "ready"
    is_resting = upcoming.ready_at is not None and upcoming.ready_at > reading.at
    return "resting" if is_resting else "waiting"
