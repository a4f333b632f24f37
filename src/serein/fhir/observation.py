"""Observation: vital signs by their LOINC code, every other measurement as it came."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from serein.fhir.elements import Json, Moment, concept, element, elements, moment, number, text
from serein.fhir.records import Record, UnreadableError

LOINC = "http://loinc.org"
FINAL = ("final", "amended", "corrected")
_LOINC_CODE = re.compile(r"\d{1,8}-\d\Z", re.ASCII)
LONGEST_UNIT = 24


@dataclass(frozen=True, slots=True)
class Measure:
    """One of our codes for a LOINC code: its unit, and outside which values it cannot be.

    `answers` are those of a question by their LOINC codes.
    """

    code: str
    unit: str
    low: float | None = None
    high: float | None = None
    answers: Mapping[str, int] = field(default_factory=dict)

    def cannot_be(self, value: float) -> bool:
        """Whether no reading of this measure has such a value."""
        too_low = self.low is not None and value < self.low
        return too_low or (self.high is not None and value > self.high)


# By definition of the units; anything else stays as it came.
EXACT = {
    ("[lb_av]", "kg"): 0.453_592_37,
    ("g", "kg"): 0.001,
    ("[in_i]", "cm"): 2.54,
    ("m", "cm"): 100,
}
SAME_UNIT = {
    "/min": ("/min", "{beats}/min", "{Beats}/min", "{breaths}/min", "{Breaths}/min"),
    "{score}": ("", "1", "{#}", "{points}"),
}


def read(resource: Json, *, zone: tzinfo, measures: Mapping[str, Measure]) -> list[Record]:
    """One record for the value, or one for each component; all of them or none."""
    _refuse_unfinished(resource)
    when = _when(resource, zone=zone)
    issued = moment(resource.get("issued"), name="issued", zone=zone)
    recorded_at = issued.begins_at if issued else None
    parts = elements(resource.get("component"), name="component")
    if parts:
        found = [
            _record(part, at=when, recorded_at=recorded_at, measures=measures, part=str(place))
            for place, part in enumerate(parts)
        ]
        if _has_value(resource):
            found.append(_record(resource, at=when, recorded_at=recorded_at, measures=measures))
    else:
        found = [_record(resource, at=when, recorded_at=recorded_at, measures=measures)]
    _refuse_impossible_pressure(found)
    return found


def _refuse_unfinished(resource: Json) -> None:
    status = text(resource.get("status"), name="status")
    if status == "entered-in-error":
        raise UnreadableError("is marked as entered in error")
    if status not in FINAL:
        raise UnreadableError(f"is not final (status {status[:40] or 'missing'})")


def _when(resource: Json, *, zone: tzinfo) -> datetime:
    when: Moment | None = moment(
        resource.get("effectiveDateTime") or resource.get("effectiveInstant"),
        name="effectiveDateTime",
        zone=zone,
    )
    if when is None:
        period = element(resource.get("effectivePeriod"), name="effectivePeriod")
        when = moment(period.get("start"), name="effectivePeriod.start", zone=zone)
    if when is None:
        raise UnreadableError("does not say when it was measured")
    if when.precision not in ("day", "time"):
        raise UnreadableError(f"says only the {when.precision} it was measured ({when.given})")
    return when.begins_at


def _record(
    part_of: Json,
    *,
    at: datetime,
    recorded_at: datetime | None,
    measures: Mapping[str, Measure],
    part: str = "",
) -> Record:
    if len(_value_names(part_of)) > 1:
        raise UnreadableError("has two values")
    idea = concept(part_of.get("code"), name="code")
    loinc, *others = _loinc_codes(idea)
    measure = next((measures[code] for code in (loinc, *others) if code in measures), None)
    if measure and (measured := _measured(part_of, measure=measure)) is not None:
        value, given_as = measured
        return Record(measure.code, value, at, recorded_at, measure.unit or None, part, given_as)
    if measure and measure.answers:
        # Kept as it came it would call nobody, whatever it says.
        raise UnreadableError(
            f"its answer to {measure.code} is none that can be read; read the sheet and type it in"
        )
    content, unit = _as_it_came(part_of)
    kept = {"display": idea["text"], **content}
    return Record(f"loinc/{loinc}", kept, at, recorded_at, unit or None, part)


def _loinc_codes(idea: Json) -> list[str]:
    codes = [coding.get("code", "") for coding in idea["coding"] if coding.get("system") == LOINC]
    if not codes:
        raise UnreadableError("has no LOINC code")
    for code in codes:
        if not _LOINC_CODE.match(code):
            raise UnreadableError(f"its LOINC code is none: {code[:40]}")
    return codes


def _measured(part_of: Json, *, measure: Measure) -> tuple[int | float, str] | None:
    """The value in our unit and, when converted, what was given; None when it is another kind."""
    if part_of.get("valueCodeableConcept") is not None:
        coding = concept(part_of["valueCodeableConcept"], name="value")["coding"]
        picked = [
            measure.answers.get(one.get("code", "")) for one in coding if one.get("system") == LOINC
        ]
        return next(((value, "") for value in picked if value is not None), None)
    if isinstance(part_of.get("valueInteger"), int) and measure.unit in ("", "{score}"):
        value, unit = number(part_of["valueInteger"], name="value"), measure.unit
    elif part_of.get("valueQuantity") is not None:
        quantity = element(part_of["valueQuantity"], name="valueQuantity")
        # "< 80" is not 80.
        if quantity.get("comparator") is not None or quantity.get("value") is None:
            return None
        value, unit = number(quantity["value"], name="value"), _unit(quantity)
    else:
        return None
    factor = _factor(unit, measure.unit)
    if factor is None:
        return None
    ours = value if factor == 1 else round(value * factor, 4)
    if measure.cannot_be(ours):
        raise UnreadableError(
            f"{ours:g} {measure.unit} cannot be {measure.code}".replace("  ", " ")
        )
    return ours, "" if factor == 1 else f"{value:g} {unit}"


def _factor(given: str, ours: str) -> float | None:
    if given == ours or given in SAME_UNIT.get(ours, ()) or (not ours and given == "{score}"):
        return 1
    return EXACT.get((given, ours))


def _unit(quantity: Json) -> str:
    unit = text(quantity.get("code"), name="unit") or text(quantity.get("unit"), name="unit")
    if len(unit) > LONGEST_UNIT:
        raise UnreadableError(f"its unit is longer than {LONGEST_UNIT} characters")
    return unit


def _has_value(resource: Json) -> bool:
    return bool(_value_names(resource))


def _value_names(part_of: Json) -> list[str]:
    return [name for name, part in part_of.items() if name.startswith("value") and part is not None]


def _as_it_came(part_of: Json) -> tuple[dict[str, Any], str]:
    """The value under its own kind, and its unit."""
    given = _value_names(part_of)
    if not given:
        absent = part_of.get("dataAbsentReason")
        why = concept(absent, name="dataAbsentReason")["text"] if absent else "none given"
        raise UnreadableError(f"has no value ({why})")
    kind = given[0]
    if kind == "valueQuantity":
        return _quantity(element(part_of[kind], name=kind))
    if kind not in _PLAIN:
        raise UnreadableError(f"its value is of a kind that is not read ({kind[:40]})")
    return _PLAIN[kind](part_of[kind]), ""


def _quantity(quantity: Json) -> tuple[dict[str, Any], str]:
    if quantity.get("value") is None:
        raise UnreadableError("has no value")
    found: dict[str, Any] = {"value": number(quantity["value"], name="value")}
    if comparator := text(quantity.get("comparator"), name="comparator"):
        found["comparator"] = comparator
    return found, _unit(quantity)


def _boolean(value: object) -> dict[str, Any]:
    if not isinstance(value, bool):
        raise UnreadableError("its value is neither true nor false")
    return {"value": value}


def _words(value: object) -> dict[str, Any]:
    words = text(value, name="value")
    if not words:
        raise UnreadableError("has an empty value")
    return {"value": words}


def _coded(value: object) -> dict[str, Any]:
    idea = concept(value, name="value")
    return {"value": idea["text"], "coding": idea["coding"]}


_PLAIN: dict[str, Callable[[object], dict[str, Any]]] = {
    "valueCodeableConcept": _coded,
    "valueString": _words,
    "valueDateTime": _words,
    "valueTime": _words,
    "valueBoolean": _boolean,
    "valueInteger": lambda value: {"value": number(value, name="value")},
}


def _refuse_impossible_pressure(found: list[Record]) -> None:
    values = {record.code: record.value for record in found}
    upper, lower = values.get("bp.systolic"), values.get("bp.diastolic")
    if isinstance(upper, int | float) and isinstance(lower, int | float) and upper <= lower:
        raise UnreadableError(f"{upper:g}/{lower:g} cannot be a blood pressure")
