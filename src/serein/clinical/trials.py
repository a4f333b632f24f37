"""Which trials of antidepressants count as failed by a named set of rules, and why not the rest.

A trial that lacks what the rules ask is neither counted nor dismissed: nobody can say yet, and the
count is a range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from serein.clinical.criteria import MET, Derived, Range, Source, Verdict
from serein.clinical.facts import Chart, Fact, in_order
from serein.clinical.shelf import Shelf
from serein.clinical.trial_steps import Step, Trial, read_trial, standing, together
from serein.clinical.trial_tables import RuleSet
from serein.clinical.trial_ways import adequate
from serein.clinical.vocabulary import Term

KIND = "trial-rules"
TRIAL = "trial"
FAILED = "trials.failed"
AUGMENTATIONS = "trials.augmentations"
TERMS: Mapping[str, Term] = {
    FAILED: Term("Failed antidepressant trials"),
    AUGMENTATIONS: Term("Failed augmentations"),
}
_COUNTED: Mapping[Verdict, bool | None] = {
    Verdict.MET: True,
    Verdict.UNMET: False,
    Verdict.UNKNOWN: None,
}


@dataclass(frozen=True, slots=True)
class Weighed:
    """One trial: whether it counts as failed, the reason, and where the rule comes from.

    `counted` is None when nobody can say; `lacking` then names the parts never recorded.
    """

    fact: Fact
    drug: str
    name: str
    of_class: str
    episode: str | None
    is_augmentation: bool
    counted: bool | None
    reason: str
    lacking: tuple[str, ...]
    source: Source
    checked: bool
    policy: bool
    steps: tuple[Step, ...]


Weighing: TypeAlias = Callable[..., list[Weighed]]


def rules_named(shelf: Shelf, name: str) -> RuleSet:
    """The rule set of this name: pinned as `atrq.v1`, or the newest version of `atrq`.

    Raises:
        UnknownContentError: No rule set is called so; the sentence names the nearest.
    """
    is_pinned = name.rpartition(".v")[2].isdecimal()
    found: RuleSet = shelf.pinned(KIND, name) if is_pinned else shelf.item(KIND, name)
    return found


def weigh(rules: RuleSet, facts: Iterable[Fact], *, now: datetime) -> list[Weighed]:
    """Every trial on file, oldest first: counted as a failed trial, not counted, or cannot say.

    A trial that a later fact corrects is left out, as if it had never been recorded.
    """
    return [
        _weighed(read_trial(rules, fact), rules, now=now, is_of_its_own=True)
        for fact in Chart.of(facts, now=now).all(TRIAL)
    ]


def weigh_augmentations(rules: RuleSet, facts: Iterable[Fact], *, now: datetime) -> list[Weighed]:
    """Every augmentation on file: failed as an augmentation, not, or cannot say.

    A payer may ask for failed augmentations beside failed antidepressants; whether one also
    counts as a trial of its own is another question, which `weigh` answers.
    """
    trials = (read_trial(rules, fact) for fact in Chart.of(facts, now=now).all(TRIAL))
    return [
        _weighed(trial, rules, now=now, is_of_its_own=False)
        for trial in trials
        if trial.is_augmentation
    ]


def failed(rules: RuleSet, facts: Iterable[Fact], *, now: datetime) -> Derived:
    """How many distinct drugs or classes failed: a range from those counted to those possible.

    Without any trial on file the value is None and `trial` is missing: nobody asked, which is not
    the same as none.
    """
    by = rules.rules.distinct.by
    return _count(weigh, rules, facts, now=now, by_class=by == "class")


def augmentations(rules: RuleSet, facts: Iterable[Fact], *, now: datetime) -> Derived:
    """How many distinct augmentations failed, as a range; None without any trial on file."""
    return _count(weigh_augmentations, rules, facts, now=now, by_class=False)


def _count(
    weighing: Weighing, rules: RuleSet, facts: Iterable[Fact], *, now: datetime, by_class: bool
) -> Derived:
    known = Chart.of(facts, now=now).all(TRIAL)
    if not known:
        return Derived(None, now, (), (TRIAL,))
    sure: set[str] = set()
    possible: set[str] = set()
    for one in weighing(rules, known, now=now):
        if one.counted is not False:
            key = one.of_class if by_class and one.of_class else one.name
            possible.add(key)
            sure.update((key,) if one.counted else ())
    evidence = tuple(sorted(known, key=lambda fact: (in_order(fact), fact.id)))
    return Derived(Range(len(sure), len(possible)), evidence[-1].effective_at, evidence)


def _weighed(trial: Trial, rules: RuleSet, *, now: datetime, is_of_its_own: bool) -> Weighed:
    before = standing(trial, rules, now=now, is_of_its_own=is_of_its_own)
    ways = adequate(trial, rules)
    verdict, deciding, reason = together(before, ways)
    told = [step for step in deciding if step.text]
    main = rules.rules.source[0].named() if verdict is MET else told[0].source
    return Weighed(
        fact=trial.fact,
        drug=trial.drug,
        name=trial.name,
        of_class=trial.of_class,
        episode=trial.parts.get("episode"),
        is_augmentation=trial.is_augmentation,
        counted=_COUNTED[verdict],
        reason=reason,
        lacking=tuple(dict.fromkeys(part for step in deciding for part in step.lacking)),
        source=main,
        checked=all(step.table.checked for step in told),
        policy=any(step.table.policy for step in told),
        steps=(*before, *(step for _, steps in ways for step in steps)),
    )
