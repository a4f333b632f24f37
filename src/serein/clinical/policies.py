"""Sets of criteria over a whole chart: definitions, contraindications, what payers ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from serein.clinical.content_file import Draft
from serein.clinical.criteria import UNKNOWN, UNMET, Derived, Finding, Moment, Verdict, Waiver
from serein.clinical.errors import ContentError
from serein.clinical.facts import Fact
from serein.clinical.history import HISTORY, history
from serein.clinical.outcome_terms import (
    newest_scales,
    outcome_terms,
    outcome_values,
    standards_of,
)
from serein.clinical.rules import Rule, settle
from serein.clinical.shelf import Shelf
from serein.clinical.tables import ContentTable, Marked, RuleTable, Table, Words
from serein.clinical.trials import TERMS, Weighed, counted, rules_named
from serein.clinical.vocabulary import Place, Term, criterion

About = Literal["definition", "contraindications", "screens", "coverage", "continuation", "setting"]


class CriterionTable(RuleTable):
    """One criterion: met when it speaks for the patient or stands in nobody's way.

    `waiver = "prescriber"` makes it a caution: unmet, the prescriber decides with a reason.
    """

    group: str = ""
    waiver: Waiver = "never"


class LimitTable(Marked):
    """A quantity or a time that a payer allows."""

    id: Words
    text: Words
    value: float
    unit: Words


class InForceTable(Marked):
    """How sure the day from which a file holds is, and the last day on which it does, if any."""

    text: Words
    until: date | None = None


class CaseTable(Table):
    """A worked case: facts by code, trials, and the verdict of each criterion."""

    name: Words
    at: date = date(2026, 3, 2)
    facts: dict[str, Any] = Field(default_factory=dict)
    days_ago: dict[str, int] = Field(default_factory=dict)
    trials: list[dict[str, Any]] = Field(default_factory=list)
    expect: dict[str, Verdict]
    verdict: Verdict | None = None


class PolicyTable(ContentTable):
    """A whole file of criteria."""

    about: About
    payer: str = ""
    product: str = ""
    in_force: InForceTable | None = None
    trial_rules: Annotated[str, Field(pattern=r"^$|^[a-z0-9-]+\.v\d+$")] = ""
    criterion: Annotated[list[CriterionTable], Field(min_length=1)]
    limit: list[LimitTable] = Field(default_factory=list)
    case: Annotated[list[CaseTable], Field(min_length=1)]

    @property
    def until(self) -> date | None:
        """The last day on which it holds; None while no end is known."""
        return self.in_force.until if self.in_force else None

    def holds(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.effective <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Policy:
    """Criteria over a whole chart, in one version."""

    table: PolicyTable
    rules: tuple[Rule, ...]
    groups: Mapping[str, str]
    scales: tuple[str, ...] | None
    counts: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The id of its file."""
        return self.table.id

    @property
    def version(self) -> int:
        """The version of its file."""
        return self.table.version


def policy(draft: Draft, on: Shelf) -> tuple[Policy, list[tuple[str, str]]]:
    """The criteria of a file, with its worked cases run."""
    table = PolicyTable.of(draft.raw)
    terms = policy_terms(on)
    rules = tuple(_rule(table, each, file=draft.file, terms=terms) for each in table.criterion)
    _refuse_doubles(rules, file=draft.file)
    groups = {each.id: each.group for each in table.criterion}
    built = Policy(table, rules, groups, _scales(rules, on), _counts(table, rules, draft.file, on))
    return built, [(case.name, reason) for case in table.case for reason in _wrong(built, case, on)]


def _scales(rules: Sequence[Rule], on: Shelf) -> tuple[str, ...] | None:
    """The scales whose outcome a criterion names; None when none speaks of outcome or course."""
    named = frozenset().union(*(rule.when.codes() for rule in rules)) & outcome_terms(on).keys()
    if not named:
        return None
    scales = {scale.id for scale in newest_scales(on)}
    return tuple(sorted({code.rpartition(".")[0] for code in named} & scales))


def _counts(table: PolicyTable, rules: Sequence[Rule], file: str, on: Shelf) -> tuple[str, ...]:
    """The counts of trials that a criterion names; the rules to weigh them by must be there."""
    if table.trial_rules:
        rules_named(on, table.trial_rules)
    named = tuple(code for code in TERMS if any(code in rule.when.codes() for rule in rules))
    if named and not table.trial_rules:
        reason = f"a criterion counts trials ({named[0]}) and no rules are named to weigh them by"
        raise ContentError(reason, file=file, key="trial_rules")
    return named


def policy_terms(on: Shelf) -> dict[str, Term]:
    """Every code a criterion over a chart may name."""
    return {**HISTORY, **outcome_terms(on), **on.dictionary.terms}


def _rule(
    table: PolicyTable, each: CriterionTable, *, file: str, terms: Mapping[str, Term]
) -> Rule:
    place = Place(file, f"criterion.{each.id}.when")
    return Rule(
        id=each.id,
        text=each.text,
        when=criterion(each.when, terms=terms, place=place),
        source=table.source_of(each),
        checked=each.checked,
        policy=each.policy,
        waiver=each.waiver,
        never=each.never,
    )


def _refuse_doubles(rules: Sequence[Rule], *, file: str) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise ContentError("two criteria have this id", file=file, key=rule.id)
        seen.add(rule.id)


def judge(of: Policy, facts: Iterable[Fact], *, now: datetime, on: Shelf) -> list[Finding]:
    """Every criterion of the policy over this chart, in the order of its file.

    Args:
        of: The policy; it names the rules by which trials are counted.
        facts: Everything known of the patient.
        now: The moment asked about; it tells ages and how old a reading is.
        on: Everything that was read, among it the rules of trials.
    """
    known = list(facts)
    moment, trials = history(known, now=now), trials_counted(of, known, now=now, on=on)
    values = {
        **moment.derived,
        **{code: count for code, (count, _) in trials.items()},
        **_outcomes(of, known, now=now, on=on),
    }
    told = Moment(now, moment.by_code, values)
    weighed = [one for _, each in trials.values() for one in each]
    return [_resting(settle(rule, told), weighed) for rule in of.rules]


def _resting(finding: Finding, weighed: Sequence[Weighed]) -> Finding:
    """The finding with the marks of what its trials were weighed by: it is no surer than those."""
    by = [one for one in weighed if one.fact in finding.judgement.evidence]
    has = {"unchecked": [one.is_unchecked for one in by], "policy": [one.policy for one in by]}
    rests_on = tuple(mark for mark, marked in has.items() if any(marked))
    return replace(finding, checked=False, rests_on=rests_on) if rests_on else finding


def _outcomes(of: Policy, facts: Sequence[Fact], *, now: datetime, on: Shelf) -> dict[str, Derived]:
    """Outcomes of the scales that the criteria name; of no others, for they cost time."""
    if of.scales is None:
        return {}
    instruments = [on.item("instrument", scale) for scale in of.scales]
    return outcome_values(facts, instruments=instruments, standards=standards_of(on), now=now)


def trials_counted(
    of: Policy, facts: Iterable[Fact], *, now: datetime, on: Shelf
) -> dict[str, tuple[Derived, list[Weighed]]]:
    """Each count of trials that a criterion names, by the rules of the policy, and each trial."""
    if not of.counts:
        return {}
    rules, known = rules_named(on, of.table.trial_rules), list(facts)
    return {code: counted(code, rules, known, now=now) for code in of.counts}


def together(findings: Iterable[Finding]) -> Verdict:
    """Unmet when one is, else unknown when one is, else met."""
    verdicts = {finding.verdict for finding in findings}
    return next((verdict for verdict in (UNMET, UNKNOWN) if verdict in verdicts), Verdict.MET)


def _wrong(built: Policy, case: CaseTable, on: Shelf) -> Iterator[str]:
    """What this case gives that it should not, in words; nothing when it holds."""
    for code in case.days_ago:
        if code not in case.facts:
            yield f"'{code}' of days_ago is no fact of this case"
    now = datetime.combine(case.at, time(12), tzinfo=UTC)
    findings = judge(built, _facts(case, now, on=on), now=now, on=on)
    came = {finding.id: finding.verdict for finding in findings}
    for name, wanted in case.expect.items():
        if name not in came:
            yield f"there is no criterion '{name}'"
        elif came[name] is not wanted:
            yield f"{name}: expected {wanted}, found {came[name]}"
    if case.verdict is not None and together(findings) is not case.verdict:
        yield f"the whole: expected {case.verdict}, found {together(findings)}"


def _facts(case: CaseTable, now: datetime, *, on: Shelf) -> list[Fact]:
    """The facts of a case, each one that a chart could hold."""
    worked_out = {**HISTORY, **outcome_terms(on)}
    told = list(case.facts.items()) + [("trial", trial) for trial in case.trials]
    found = []
    for number, (code, value) in enumerate(told):
        if code not in worked_out:
            on.dictionary.check(code, value)
        at = now - timedelta(days=case.days_ago.get(code, 0))
        found.append(Fact(UUID(int=number), code, value, at, at, by="case"))
    return found
