"""From content files to lists of drugs and sets of trial rules, with their worked cases run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from serein.clinical.content_file import Draft
from serein.clinical.criteria import Derived
from serein.clinical.errors import ContentError, ImplausibleValueError
from serein.clinical.facts import Fact
from serein.clinical.shelf import Shelf
from serein.clinical.trial_tables import (
    Antidepressants,
    DrugCase,
    DrugTable,
    Floor,
    RuleSet,
    TrialCase,
    TrialRules,
    floor,
    plain,
)
from serein.clinical.trials import TRIAL, augmentations, failed, weigh

LIST = "antidepressants"
_SAID = {True: "yes", False: "no", None: "cannot-say"}
_ENOUGH = {True: "enough", False: "too-low", None: "cannot-say"}
_EXPECTED = ("counted", "says")
Failing = list[tuple[str, str]]


def antidepressants(draft: Draft, _on: Shelf) -> tuple[Antidepressants, Failing]:
    """The drugs of a file, with its worked cases run."""
    drugs = Antidepressants.of(draft.raw)
    failing = [(case.name, why) for case in drugs.case for why in _drug_failures(drugs, case)]
    return drugs, failing


def _drug_failures(drugs: Antidepressants, case: DrugCase) -> Iterator[str]:
    entry = drugs.by_name.get(plain(case.drug))
    found = entry.id if entry else "unknown"
    if found != case.expect:
        yield f"'{case.drug}' is {found}"
        return
    if case.is_asked_about is not None:
        most_mg = drugs.plausible_mg(case.drug)
        is_asked = case.mg is not None and most_mg is not None and case.mg > most_mg
        if is_asked is not case.is_asked_about:
            yield f"{case.mg:g} mg is {'' if is_asked else 'not '}asked about"
    for column in ("strict", "label"):
        expected = getattr(case, column)
        if expected is None:
            continue
        if case.mg is None or not isinstance(entry, DrugTable):
            yield f"asks the {column} column of no dose or no antidepressant"
            continue
        least: Floor = floor(entry.strict_mg if column == "strict" else entry.label_mg)
        came = _ENOUGH[least.reached(case.mg)]
        if came != expected:
            yield f"{case.mg:g} mg is {came} by the {column} column"


def trial_rules(draft: Draft, on: Shelf) -> tuple[RuleSet, Failing]:
    """The rule set of a file with the list it pins, and its worked cases run."""
    rules = TrialRules.of(draft.raw)
    try:
        drugs = on.pinned(LIST, rules.antidepressants)
    except ContentError as error:
        raise ContentError(error.reason, file=draft.file, key=LIST) from error
    found = RuleSet(rules, drugs)
    failing = [(case.name, why) for case in rules.case for why in _failures(found, case, on=on)]
    return found, failing


def _failures(rules: RuleSet, case: TrialCase, *, on: Shelf) -> Iterator[str]:
    now = datetime.combine(date.fromisoformat(case.at), time(12), UTC)
    facts = [case_fact(row, number=number, at=now) for number, row in enumerate(case.trial)]
    for fact in facts:
        try:
            on.dictionary.check(TRIAL, fact.value)
        except ImplausibleValueError as error:
            yield str(error)
            return
    for row, one in zip(case.trial, weigh(rules, facts, now=now), strict=True):
        came = _SAID[one.counted]
        if came != row.get("counted"):
            yield f"{one.drug} comes out as {came}: {one.reason}"
        if str(row.get("says", "")).casefold() not in one.reason.casefold():
            yield f"{one.drug} says: {one.reason}"
    for word, count in (("failed", failed), ("augmentations", augmentations)):
        expected = getattr(case, word)
        came_to = bounds(count(rules, facts, now=now))
        if expected is not None and came_to != expected:
            yield f"gives {came_to} {word}"


def case_fact(row: Mapping[str, Any], *, number: int, at: datetime) -> Fact:
    """The fact of one trial of a worked case; a TOML day becomes the word of a fact."""
    value = {
        part: said.isoformat() if isinstance(said, date) else said
        for part, said in row.items()
        if part not in _EXPECTED
    }
    return Fact(UUID(int=number), TRIAL, value, at, at)


def bounds(count: Derived) -> list[int]:
    """The two ends of a count; nothing when there is none."""
    return [] if count.value is None else list(count.value)
