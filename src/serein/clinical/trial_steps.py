"""The questions a rule set asks of one trial, each answered with a plain reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeAlias

from serein.clinical.criteria import MET, UNKNOWN, UNMET, Source, Verdict
from serein.clinical.facts import Fact
from serein.clinical.tables import ContentTable, Marked
from serein.clinical.trial_tables import (
    AgentTable,
    DrugTable,
    Entry,
    LookBackTable,
    NotCountedTable,
    RuleSet,
    plain,
)

NEAR = 0.85
_ANSWERS: Mapping[bool | None, Verdict] = {True: MET, False: UNMET, None: UNKNOWN}


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial on file: its parts, and what the list of antidepressants knows its drug as."""

    fact: Fact
    parts: Mapping[str, Any]
    entry: Entry | None
    hint: str

    @property
    def drug(self) -> str:
        """The drug as it was written."""
        return str(self.parts.get("drug") or "")

    @property
    def name(self) -> str:
        """The drug as the list calls it; as it was written, without case, when it does not."""
        return self.entry.name if self.entry else plain(self.drug)

    @property
    def of_class(self) -> str:
        """The class of the drug; empty when the list has none."""
        return self.entry.of_class if isinstance(self.entry, DrugTable | AgentTable) else ""

    @property
    def is_augmentation(self) -> bool:
        """Whether it strengthened another drug; one known only for that always does.

        Naming the other drug says so too, whatever else is said.
        """
        if self.parts.get("augmentation_of"):
            return True
        said = self.parts.get("augmentation")
        return isinstance(self.entry, AgentTable) if said is None else bool(said)


class Step(NamedTuple):
    """One question asked of a trial: the answer, in words, and the table that asks it."""

    id: str
    verdict: Verdict
    text: str
    table: Marked
    file: ContentTable
    lacking: tuple[str, ...] = ()

    @property
    def source(self) -> Source:
        """Where the question comes from."""
        return self.file.source_of(self.table)


Ways: TypeAlias = list[tuple[str, list[Step]]]


def read_trial(rules: RuleSet, fact: Fact) -> Trial:
    """The trial that a fact holds."""
    parts = fact.value
    assert isinstance(parts, Mapping), "the dictionary lets only a table be a trial"
    drug = str(parts.get("drug") or "")
    entry = rules.drugs.by_name.get(plain(drug))
    return Trial(fact, parts, entry, "" if entry else _hint(plain(drug), rules))


def _hint(drug: str, rules: RuleSet) -> str:
    """A name so near that it is a slip of the pen; a drug is not offered for another one."""
    close = get_close_matches(drug, rules.drugs.by_name, n=1, cutoff=NEAR)
    return f"; did you mean '{close[0]}'?" if close else ""


class Told(NamedTuple):
    """An answer in words; None when it cannot be given, with the parts that lack."""

    answer: bool | None
    text: str
    lacking: tuple[str, ...] = ()

    def step(self, name: str, *, table: Marked, file: ContentTable) -> Step:
        """The answer with the table that asks."""
        return Step(name, _ANSWERS[self.answer], self.text, table, file, self.lacking)


def standing(trial: Trial, rules: RuleSet, *, now: datetime, is_of_its_own: bool) -> list[Step]:
    """What is asked before dose and weeks: the drug, its use, the episode, how long ago."""
    steps = [_listed(trial, rules)]
    if is_of_its_own and trial.is_augmentation:
        steps.append(_as_augmentation(trial, rules))
    steps.append(_episode(trial, rules))
    if rules.rules.look_back is not None:
        steps.append(_look_back(trial, rules.rules.look_back, rules, now=now))
    return steps


def _listed(trial: Trial, rules: RuleSet) -> Step:
    entry = trial.entry
    if entry is None:
        text = f"'{trial.drug}' is not on the list of antidepressants{trial.hint}"
        usual = rules.drugs.augmentation
        return Told(None, text, ("drug",)).step("listed", table=usual, file=rules.drugs)
    told = Told(answer=True, text="")
    if isinstance(entry, NotCountedTable):
        told = Told(answer=False, text=f"{entry.name} is not counted as an antidepressant")
    elif isinstance(entry, AgentTable) and not trial.is_augmentation:
        alone = f"{entry.name} by itself is not counted as an antidepressant"
        told = Told(answer=False, text=alone)
    return told.step("listed", table=entry, file=rules.drugs)


def _as_augmentation(trial: Trial, rules: RuleSet) -> Step:
    table = rules.rules.augmentation
    added_to = trial.parts.get("augmentation_of") or "another drug"
    text = f"augmentation of {added_to}"
    if not table.counts:
        text += ", not counted as a trial of its own"
    return Told(table.counts, text).step("augmentation", table=table, file=rules.rules)


def _episode(trial: Trial, rules: RuleSet) -> Step:
    table = rules.rules.episode
    said = trial.parts.get("episode")
    if table.only == "any":
        told = Told(answer=True, text="")
    elif said is not None:
        side = "in" if said == "current" else "outside"
        told = Told(said == "current", f"{side} the current episode")
    elif table.unsaid == "current":
        told = Told(answer=True, text="taken as of the current episode, the only one asked about")
    else:
        told = Told(None, "which episode it belongs to is not recorded", ("episode",))
    return told.step("episode", table=table, file=rules.rules)


def _look_back(trial: Trial, table: LookBackTable, rules: RuleSet, *, now: datetime) -> Step:
    ended_on = trial.parts.get("ended_on")
    years = table.years
    if trial.parts.get("is_ongoing"):
        told = Told(answer=True, text="still taken")
    elif ended_on is None:
        text = f"when it ended is not recorded (the last {years} years count)"
        told = Told(None, text, ("ended_on",))
    else:
        is_near = date.fromisoformat(ended_on) >= _years_before(now.date(), years)
        side = "within" if is_near else "longer ago than"
        told = Told(is_near, f"ended on {ended_on}, {side} the last {years} years")
    return told.step("look-back", table=table, file=rules.rules)


def _years_before(day: date, years: int) -> date:
    """The same day so many years earlier; 28 February for the day that year did not have."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def together(before: Sequence[Step], ways: Ways) -> tuple[Verdict, list[Step], str]:
    """The answer to all questions, the steps that decided it, and the reason as a sentence."""
    answers = [_all([step.verdict for step in steps]) for _, steps in ways]
    way = MET if MET in answers else UNKNOWN if UNKNOWN in answers else UNMET
    verdict = _all([way, *(step.verdict for step in before)])
    deciding = [step for step in before if step.verdict is verdict]
    parts = ["; ".join(step.text for step in deciding if step.text)]
    if way is verdict:
        for (title, steps), answer in zip(ways, answers, strict=True):
            if answer is verdict and (met := [one for one in steps if one.verdict is verdict]):
                said = "; ".join(step.text for step in met if step.text)
                parts.append(f"{title}: {said}" if title and said else said)
                deciding += met
    reason = "; ".join(dict.fromkeys(part for part in parts if part))
    return verdict, deciding, _sentence(verdict, reason)


def _all(verdicts: Sequence[Verdict]) -> Verdict:
    if UNMET in verdicts:
        return UNMET
    return UNKNOWN if UNKNOWN in verdicts else MET


def _sentence(verdict: Verdict, reason: str) -> str:
    if verdict is MET:
        return f"Counted: {reason}."
    if verdict is UNKNOWN:
        return f"Cannot say: {reason}."
    return f"{reason[:1].upper()}{reason[1:]}."
