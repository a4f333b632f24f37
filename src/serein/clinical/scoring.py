"""What an answer sheet says: total, band, subscales, and the answers that must be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from serein.clinical.errors import InputError
from serein.clinical.instruments import Instrument, Item, Level, Tally, Threshold, nearest
from serein.clinical.rules import Urgency

Sheet = Mapping[str, int]


class Score(BaseModel):
    """What an answer sheet says; a total is None when too much is missing."""

    model_config = ConfigDict(frozen=True)

    instrument: str
    version: int
    total: int | None
    band: str | None
    subscales: dict[str, int | None]
    thresholds: dict[str, bool | None]
    equates: dict[str, tuple[int, int]]
    flags: list[str]
    ask: list[str]
    missing: list[str]
    complete: bool
    urgency: Urgency | None
    action: str
    shows_crisis_line: bool


def score(instrument: Instrument, answers: Sheet) -> Score:
    """The total, its band, the subscales, and the answers that must be seen.

    Too many missing answers give no total, never a low one; a flag needs no total, and an answer
    that must be seen and is missing is a flag too. A question that another answer skips is not
    missing. A triage is its highest yes, never a sum.

    Args:
        instrument: The scale.
        answers: Item id or number ("1" for the first) to the value of the answer.

    Raises:
        InputError: An answer to no question, a value that is no answer, or an answer to a question
            that another answer skips.
    """
    given = _named(instrument, answers)
    skipped = _skipped(instrument, given)
    missing = [item.id for item in instrument.item if item.id not in (*given, *skipped)]
    total = None if instrument.level else _total(instrument, given, skipped)
    level = _level(instrument, given, missing)
    asked = [flag for flag in instrument.flag if flag.item in given]
    hits = [flag for flag in asked if given[flag.item] >= flag.at_least]
    return Score(
        instrument=instrument.id,
        version=instrument.version,
        total=total,
        band=level.title if level else _band(instrument, total),
        subscales={part.id: _part(instrument, part.items, given) for part in instrument.subscale},
        thresholds={
            **{one.name: _reached(one, total) for one in instrument.threshold},
            **{one.name: _tallied(one, given, missing) for one in instrument.tally},
        },
        equates={
            table.to: (low, high)
            for table in instrument.crosswalk
            for own, low, high in table.rows
            if own == total
        },
        flags=[flag.text for flag in hits] + _unanswered(instrument, missing),
        ask=list(dict.fromkeys(flag.ask for flag in hits if flag.ask)),
        missing=missing,
        complete=not missing,
        urgency=level.urgency if level else None,
        action=level.action if level else "",
        shows_crisis_line=level is not None and level.shows_crisis_line,
    )


def _unanswered(instrument: Instrument, missing: Sequence[str]) -> list[str]:
    """That an answer which calls somebody was not given: nobody reads its absence as a no."""
    calling = (flag for flag in instrument.flag if flag.urgency or instrument.level)
    open_flags = [flag.text for flag in calling if flag.item in missing]
    return [f"Not answered: {text.partition(':')[0]}" for text in dict.fromkeys(open_flags)]


def _named(instrument: Instrument, answers: Sheet) -> dict[str, int]:
    by_name = {item.id: item for item in instrument.item}
    by_number = {str(number): item for number, item in enumerate(instrument.item, start=1)}
    given: dict[str, int] = {}
    for name, value in answers.items():
        item = by_name.get(name) or by_number.get(name)
        if item is None:
            raise InputError(f"{instrument.title} has no item '{name}'")
        if item.id in given:
            reason = f"item {name} of {instrument.title} is answered twice, by number and by name"
            raise InputError(f"{reason}; give one answer")
        values = instrument.values(item)
        if isinstance(value, bool) or value not in values:
            kept = ", ".join(map(str, sorted(values)))
            raise InputError(f"item {name} of {instrument.title} is one of {kept}, not {value!r}")
        given[item.id] = int(value)
    return given


def _skipped(instrument: Instrument, given: Sheet) -> list[str]:
    skipped = []
    for skip in instrument.skip:
        if given.get(skip.item) != skip.equals:
            continue
        for name in skip.skips:
            if name in given:
                raise InputError(
                    f"item {name} of {instrument.title} is not asked after item {skip.item} was"
                    f" answered {skip.equals}; look at both again"
                )
        skipped += skip.skips
    for group in instrument.either:
        if any(name in given for name in group):
            skipped += [name for name in group if name not in given]
    return skipped


def _total(instrument: Instrument, given: Sheet, skipped: Sequence[str]) -> int | None:
    """The total as it is told; None when more is missing than the scale allows."""
    units = [[item for item in unit if item.id not in skipped] for unit in instrument.counted]
    answered = [unit for unit in units if unit and all(item.id in given for item in unit)]
    if not answered or len(units) - len(answered) > instrument.missing.most:
        return None
    raw = sum(max(_points(instrument, item, given) for item in unit) for unit in answered)
    if instrument.missing.prorate:
        raw = nearest(raw * len(units), len(answered))
    return instrument.told(raw)


def _points(instrument: Instrument, item: Item, given: Sheet) -> int:
    value = given[item.id]
    if not item.is_reversed:
        return value
    values = instrument.values(item)
    return max(values) + min(values) - value


def _part(instrument: Instrument, names: Sequence[str], given: Sheet) -> int | None:
    """The sum of a subscale; None when one of its answers is missing."""
    items = [item for item in instrument.item if item.id in names]
    if any(item.id not in given for item in items):
        return None
    return sum(_points(instrument, item, given) for item in items)


def _band(instrument: Instrument, total: int | None) -> str | None:
    if total is None:
        return None
    return next((one.title for one in instrument.band if one.low <= total <= one.high), None)


def _reached(threshold: Threshold, total: int | None) -> bool | None:
    if total is None:
        return None
    if threshold.at_least is not None:
        return total >= threshold.at_least
    assert threshold.at_most is not None, "a threshold without a limit is refused when it is read"
    return total <= threshold.at_most


def _tallied(tally: Tally, given: Sheet, missing: Sequence[str]) -> bool | None:
    """Whether enough items reach it; unknown while the missing ones could decide."""
    reached = sum(value >= tally.at_least for value in given.values())
    if reached >= tally.items:
        return True
    return None if reached + len(missing) >= tally.items else False


def _level(instrument: Instrument, given: Sheet, missing: Sequence[str]) -> Level | None:
    """The highest level that an answer reaches; unknown while a higher one was not asked."""
    for level in instrument.level:
        if any(given.get(item) == value for item, value in level.any):
            return level
        if any(item in missing for item, _ in level.any):
            return None
    return None


def failing_cases(instrument: Instrument) -> list[tuple[str, str]]:
    """Worked cases that come out otherwise: their name, and how."""
    found = []
    for case in instrument.case:
        result = score(instrument, case.answers)
        came = (result.total, result.band, result.flags)
        if came != (case.total, case.band, case.flags):
            found.append((case.name, f"gives {came}"))
        for part in ("subscales", "thresholds", "equates"):
            wanted, told = getattr(case, part), getattr(result, part)
            came_out = {name: told.get(name) for name in wanted}
            if came_out != wanted:
                found.append((case.name, f"gives the {part} {came_out}"))
        if case.missing is not None and case.missing != len(result.missing):
            found.append((case.name, f"misses {len(result.missing)} answers"))
    return found
