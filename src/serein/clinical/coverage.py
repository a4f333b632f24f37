"""Which answers a rule can give, and which of them no worked case shows."""

from __future__ import annotations

from collections.abc import Iterator

from serein.clinical.criteria import MET, UNKNOWN, UNMET, All, Comparison, Criterion, Not, Verdict
from serein.clinical.policies import Policy
from serein.clinical.protocols import Protocol
from serein.clinical.rules import Rule
from serein.clinical.trial_tables import RuleSet

EVERY = frozenset((MET, UNMET, UNKNOWN))
KINDS = ("gates", "release", "alerts", "cautions")
Lacking = Iterator[tuple[str, str]]
# What is counted of what happened: none on record is an honest nought, never unknown.
_COUNTED = ("devices.", "gates.", "danger-signs.", "alerts.", "infusion.")
_MEASURED = "devices.shortest-rest-min"


def possible(asked: Criterion) -> frozenset[Verdict]:
    """The answers that a criterion can give.

    One that asks only whether something was recorded, or answered at all, is met or unknown; one
    over a count, met or unmet. That parts exclude each other is not seen here: such a rule says in
    its file what it can never be, and why.
    """
    if isinstance(asked, Comparison):
        return _of_comparison(asked)
    if isinstance(asked, Not):
        opposite = {MET: UNMET, UNMET: MET, UNKNOWN: UNKNOWN}
        return frozenset(opposite[each] for each in possible(asked.part))
    decisive, other = (UNMET, MET) if isinstance(asked, All) else (MET, UNMET)
    parts = [possible(part) for part in asked.parts]
    some = frozenset().union(*parts)
    every = frozenset((other,)) if all(other in part for part in parts) else frozenset()
    return (some & {decisive, UNKNOWN}) | every


def _of_comparison(asked: Comparison) -> frozenset[Verdict]:
    is_any_answer = asked.word == "one_of" and {True, False} <= {
        each for each in asked.wanted if isinstance(each, bool)
    }
    if asked.word == "recorded" or is_any_answer:
        return EVERY - {UNMET}
    is_counted = asked.code.startswith(_COUNTED) and asked.code != _MEASURED
    return EVERY - {UNKNOWN} if is_counted else EVERY


def of_policy(of: Policy) -> Lacking:
    """Each criterion of a set, by its key, and the answers that no case shows."""
    seen = {(name, verdict) for case in of.table.case for name, verdict in case.expect.items()}
    for rule in of.rules:
        yield from _lacking(f"criterion.{rule.id}", rule, possible(rule.when), seen)


def of_protocol(of: Protocol) -> Lacking:
    """Each rule of a protocol, by its key, and the answers that no case shows."""
    seen = {
        (name, Verdict(verdict))
        for case in of.cases
        for kind in KINDS
        for name, verdict in case["expect"][kind].items()
    }
    for kind in KINDS:
        for rule in getattr(of, kind):
            key = f"{kind.removesuffix('s')}.{rule.id}"
            yield from _lacking(key, rule, possible(rule.when), seen)
    for check in of.checks:
        if check.overdue:
            # By the state of its check alone: late, or not.
            yield from _lacking(f"check.{check.id}", check.overdue, EVERY - {UNKNOWN}, seen)


def _lacking(
    key: str, rule: Rule, answers: frozenset[Verdict], seen: set[tuple[str, Verdict]]
) -> Lacking:
    for verdict in sorted(answers - rule.never.keys()):
        if (rule.id, verdict) not in seen:
            yield key, f"no case shows it {verdict.value}"
    for verdict in rule.never:
        if (rule.id, verdict) in seen:
            yield key, f"is said never to be {verdict.value}, and a case shows it so"


def of_trials(of: RuleSet) -> Lacking:
    """The answers about a trial that no case of a rule set shows."""
    seen = {row.get("counted") for case in of.rules.case for row in case.trial}
    for answer in ("yes", "no", "cannot-say"):
        if answer not in seen:
            yield "case", f"no case shows a trial that comes out as {answer}"
