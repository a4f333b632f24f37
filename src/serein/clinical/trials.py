"""Which trials of antidepressants count as failed by a named set of rules, and why not the rest.

A trial that lacks what the rules ask is neither counted nor dismissed: nobody can say yet, and the
count is a range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

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
IN_EPISODE = "trials.failed-in-episode"
AUGMENTATIONS = "trials.augmentations"
TERMS: Mapping[str, Term] = {
    FAILED: Term("Failed antidepressant trials"),
    IN_EPISODE: Term("Failed antidepressant trials of the current episode"),
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
    `checked`, `policy` and `is_unchecked` tell of all that the answer rests on, not of `source`
    alone: a dose that nobody looked up makes the whole answer one.
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
    is_unchecked: bool
    steps: tuple[Step, ...]


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
    return counted(FAILED, rules, facts, now=now)[0]


def augmentations(rules: RuleSet, facts: Iterable[Fact], *, now: datetime) -> Derived:
    """How many distinct augmentations failed, as a range; None without any trial on file."""
    return counted(AUGMENTATIONS, rules, facts, now=now)[0]


def counted(
    code: str, rules: RuleSet, facts: Iterable[Fact], *, now: datetime
) -> tuple[Derived, list[Weighed]]:
    """One count of `TERMS`, and each trial as it was weighed for it."""
    known = Chart.of(facts, now=now).all(TRIAL)
    if code == AUGMENTATIONS:
        added = weigh_augmentations(rules, known, now=now)
        return _count(added, known, now=now, by_class=False), added
    own = weigh(rules.in_episode if code == IN_EPISODE else rules, known, now=now)
    return _count(own, known, now=now, by_class=rules.rules.distinct.by == "class"), own


def _count(
    weighed: Iterable[Weighed], known: Sequence[Fact], *, now: datetime, by_class: bool
) -> Derived:
    if not known:
        return Derived(None, now, (), (TRIAL,))
    sure: set[str] = set()
    possible: set[str] = set()
    for one in weighed:
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
        is_unchecked=any(not (step.table.checked or step.table.policy) for step in told),
        steps=(*before, *(step for _, steps in ways for step in steps)),
    )
