"""Whether one trial was enough and has failed: its dose or level, its weeks, how it went."""

from __future__ import annotations

from collections.abc import Sequence

from serein.clinical.trial_steps import Step, Told, Trial, Ways
from serein.clinical.trial_tables import (
    AgentTable,
    Antidepressants,
    AugmentationTable,
    DoseTable,
    DrugTable,
    Floor,
    ImprovementTable,
    LevelTable,
    RuleSet,
    WayTable,
    floor,
)

_WORKED = ("response", "remission")


def adequate(trial: Trial, rules: RuleSet) -> Ways:
    """Each way for a trial to have been enough and to have failed, with its answers."""
    if trial.is_augmentation:
        ways = [("", _augmented(trial, rules.rules.augmentation, rules))]
    else:
        ways = [(way.title, _by_way(trial, way, rules)) for way in rules.rules.way]
    if rules.rules.intolerance.counts:
        ways.append(("", [_intolerance(trial, rules)]))
    return ways


def _by_way(trial: Trial, way: WayTable, rules: RuleSet) -> list[Step]:
    weeks = _long_enough(trial, way.weeks.floor)
    return [
        _dose(trial, way.dose, rules),
        weeks.step("weeks", table=way.weeks, file=rules.rules),
        _improvement(trial, way.improvement, rules),
    ]


def _augmented(trial: Trial, table: AugmentationTable, rules: RuleSet) -> list[Step]:
    weeks = _weeks_of_agent(trial, rules)
    if table.weeks is not None:
        told = _long_enough(trial, table.weeks.floor)
        weeks = told.step("weeks", table=table.weeks, file=rules.rules)
    return [_dose(trial, table.dose, rules), weeks, _improvement(trial, table.improvement, rules)]


def _weeks_of_agent(trial: Trial, rules: RuleSet) -> Step:
    entry, usual = trial.entry, rules.drugs.augmentation
    if isinstance(entry, AgentTable) and entry.weeks is not None:
        told = _long_enough(trial, floor(entry.weeks))
        return told.step("weeks", table=entry, file=rules.drugs)
    told = _long_enough(trial, floor(usual.weeks))
    return told.step("weeks", table=usual, file=rules.drugs)


def _dose(trial: Trial, table: DoseTable, rules: RuleSet) -> Step:
    if table.column == "maximal":
        return _maximal(trial).step("dose", table=table, file=rules.rules)
    entry = trial.entry
    if not isinstance(entry, DrugTable | AgentTable):
        return Told(None, "").step("dose", table=table, file=rules.rules)
    told = _enough(trial, entry, is_strict=table.column == "strict")
    return told.step("dose", table=entry, file=rules.drugs)


def _maximal(trial: Trial) -> Told:
    was = trial.parts.get("dose_was_maximal")
    if was is None:
        text = "whether the dose was the highest that could be taken is not recorded"
        return Told(None, text, ("dose_was_maximal",))
    if was:
        return Told(answer=True, text="at the highest dose that could be taken")
    short = "dose too low: neither the highest of the label nor the highest tolerated"
    return Told(answer=False, text=short)


def _enough(trial: Trial, entry: DrugTable | AgentTable, *, is_strict: bool) -> Told:
    """By the dose or by a serum level, whichever the list gives."""
    if isinstance(entry, AgentTable):
        amount, level = entry.least_mg, entry.level
    else:
        amount = entry.strict_mg if is_strict else entry.label_mg
        level = entry.strict_level if is_strict else None
    answers = [] if amount is None else [_by_dose(trial, floor(amount), entry.counted_as)]
    answers += [] if level is None else [_by_level(trial, level)]
    return _either(answers)


def _by_dose(trial: Trial, least: Floor, counted_as: str) -> Told:
    asked = least.words("mg")
    dose = trial.parts.get("dose_mg_per_day")
    if dose is None:
        return Told(None, f"the dose is not recorded ({asked})", ("dose_mg_per_day",))
    said = f"{dose:g} mg a day" + (f" of {counted_as}" if counted_as else "")
    return _measured(said, answer=least.reached(dose), asked=asked, short="dose too low")


def _measured(said: str, *, answer: bool | None, asked: str, short: str) -> Told:
    if answer is None:
        return Told(None, f"{said}: sources differ on what is enough ({asked})")
    return Told(answer, f"{said} ({asked})" if answer else f"{short}: {said}, {asked}")


def _by_level(trial: Trial, level: LevelTable) -> Told:
    asked = f"a level of {level.words} asked"
    found = trial.parts.get(level.part)
    if found is None:
        return Told(None, f"the serum level is not recorded ({asked})", (level.part,))
    said = f"level {found:g} {level.unit}"
    return _measured(said, answer=level.shows(found), asked=asked, short="level outside")


def _either(answers: Sequence[Told]) -> Told:
    """Dose or level: one that is enough decides; both must fall short to be too little."""
    given = [told.answer for told in answers]
    answer = True if True in given else None if None in given else False
    telling = [told for told in answers if answer is None or told.answer is answer]
    lacking = tuple(part for told in telling for part in told.lacking)
    return Told(answer, ", and ".join(told.text for told in telling), lacking)


def _long_enough(trial: Trial, least: Floor) -> Told:
    asked = least.words("weeks")
    weeks = trial.parts.get("weeks")
    if weeks is None:
        text = f"for how many weeks it was taken is not recorded ({asked})"
        return Told(None, text, ("weeks",))
    said = f"{weeks:g} week{'' if weeks == 1 else 's'}"
    return _measured(said, answer=least.reached(weeks), asked=asked, short="too short")


def _improvement(trial: Trial, table: ImprovementTable, rules: RuleSet) -> Step:
    outcome = trial.parts.get("outcome")
    held = rules.rules
    if outcome == "response-then-loss":
        words = "counted" if held.loss.counts else "not counted"
        told = Told(held.loss.counts, f"response, then loss: {words} as a failure")
        return told.step("loss", table=held.loss, file=held)
    if outcome == "not-tolerated":
        told = Told(answer=False, text="stopped for side effects: no trial of whether it works")
        return told.step("intolerance", table=held.intolerance, file=held)
    percent = trial.parts.get("improvement_percent")
    worked = Told(answer=False, text=f"it worked ({outcome} recorded)")
    told = worked if outcome in _WORKED else _told_in_words(outcome, table, rules.drugs)
    if percent is not None:
        told = _told_twice(told, percent, outcome=outcome, table=table)
    return told.step("improvement", table=table, file=held)


def _told_twice(
    words: Told, percent: float, *, outcome: str | None, table: ImprovementTable
) -> Told:
    """By the percent; where the words say the opposite of it, no failure until one is put right."""
    fails = table.is_failure(percent)
    if outcome is not None and words.answer is (not fails):
        told = f"told as {outcome} and as {percent:g} % better, which disagree"
        return Told(answer=False, text=f"{told}: not counted until one is put right")
    if outcome in _WORKED:
        return words
    return _measured(f"{percent:g} % better", answer=fails, asked=table.words, short="it worked")


def _told_in_words(outcome: str | None, table: ImprovementTable, drugs: Antidepressants) -> Told:
    if outcome is None:
        text = f"how it went is not recorded (improvement {table.words})"
        return Told(None, text, ("outcome", "improvement_percent"))
    low, high = drugs.percent(outcome)
    said = f"improvement told as {outcome}"
    if table.is_failure(low) and not table.is_failure(high):
        text = f"{said}, its percent is not recorded ({table.words})"
        return Told(None, text, ("improvement_percent",))
    return _measured(said, answer=table.is_failure(high), asked=table.words, short="it worked")


def _intolerance(trial: Trial, rules: RuleSet) -> Step:
    outcome = trial.parts.get("outcome")
    table = rules.rules.intolerance
    if outcome is None and trial.parts.get("improvement_percent") is None:
        told = Told(None, "whether it was stopped for side effects is not recorded", ("outcome",))
    elif outcome == "not-tolerated":
        told = Told(answer=True, text="stopped for side effects, which counts")
    else:
        told = Told(answer=False, text="")
    return told.step("intolerance", table=table, file=rules.rules)
