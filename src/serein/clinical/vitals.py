"""Typed readings: what cannot be is refused, what is unlikely is asked about once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from serein.clinical.dictionary import Dictionary

VITALS = ("bp.systolic", "bp.diastolic", "heart-rate", "spo2", "respiration")
NARROWEST_PULSE_MMHG = 10
WIDEST_PULSE_MMHG = 110


@dataclass(frozen=True, slots=True)
class Concern:
    """Something wrong with a typed set, in a sentence the nurse can act on."""

    codes: tuple[str, ...]
    kind: Literal["impossible", "unlikely"]
    sentence: str


def weigh(entries: Mapping[str, object], *, dictionary: Dictionary) -> list[Concern]:
    """What cannot be, and what should be measured or confirmed again; empty when all is well.

    An unlikely value is never refused for good: confirmed, it is stored as it was read.

    Args:
        entries: Code to value of one set, in the dictionary's units; any may be absent.
        dictionary: Bounds of each code.
    """
    impossible = [
        Concern((code,), "impossible", refusal)
        for code, value in entries.items()
        if (refusal := dictionary.code(code).refusal(value))
    ]
    sound = {code for code in entries if code not in {c for one in impossible for c in one.codes}}
    numbers = {code: value for code in sound if isinstance(value := entries[code], int | float)}
    unlikely = [
        Concern((code,), "unlikely", _unlikely(code, value, dictionary=dictionary))
        for code, value in numbers.items()
        if dictionary.code(code).is_unlikely(value)
    ]
    return [*impossible, *_pair(entries, numbers), *unlikely]


def _unlikely(code: str, value: float, *, dictionary: Dictionary) -> str:
    entry = dictionary.code(code)
    unit = f" {entry.shown_unit}" if entry.shown_unit else ""
    return f"{entry.title} {value:g}{unit} is unusual; look again, measure again, or confirm it"


def _pair(entries: Mapping[str, object], numbers: Mapping[str, float]) -> list[Concern]:
    """What is wrong with the two numbers of one cuff reading together."""
    pair = ("bp.systolic", "bp.diastolic")
    given = [code for code in pair if code in entries]
    if len(given) == 1:
        lacking = "diastolic" if "bp.systolic" in given else "systolic"
        return [Concern(pair, "impossible", f"The {lacking} pressure is missing; enter both")]
    if not all(code in numbers for code in pair):
        return []
    systolic, diastolic = (numbers[code] for code in pair)
    words = f"{systolic:g}/{diastolic:g} mmHg"
    if systolic <= diastolic:
        sentence = (
            f"{words} cannot be a reading: the first number is the higher one. "
            "Look again, or measure again"
        )
        return [Concern(pair, "impossible", sentence)]
    if apart := _apart(systolic - diastolic):
        sentence = f"{words} lie unusually {apart}; measure again, or confirm"
        return [Concern(pair, "unlikely", sentence)]
    return []


def _apart(pulse_mmhg: float) -> str:
    """How unusual the two numbers lie to each other; empty when they do not."""
    if pulse_mmhg < NARROWEST_PULSE_MMHG:
        return "close together"
    return "far apart" if pulse_mmhg > WIDEST_PULSE_MMHG else ""
