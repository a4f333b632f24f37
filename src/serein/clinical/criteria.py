"""The one question: a closed vocabulary over facts, with three answers and the evidence.

A criterion over a fact that was never recorded is *unknown*: never met, never unmet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

from serein.clinical.facts import Fact

Waiver = Literal["never", "prescriber", "alternative"]


class Verdict(StrEnum):
    """One of three answers."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"


MET, UNMET, UNKNOWN = Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN


class Derived(NamedTuple):
    """A value worked out from facts; its evidence is those facts.

    `value` is None when it cannot be worked out; `missing` then names what was never recorded.
    """

    value: Any
    at: datetime
    evidence: tuple[Fact, ...]
    missing: tuple[str, ...] = ()


class Range(NamedTuple):
    """A count of which only the bounds are known; it passes where every number of it would."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known at one moment: facts by code (oldest first), derived values and events.

    `changes` collects the instants at which a judgement expires by time alone; `entered` has
    facts by their ids, corrected ones too.
    """

    now: datetime
    by_code: Mapping[str, Sequence[Fact]]
    derived: Mapping[str, Derived] = field(default_factory=dict)
    events: Mapping[str, datetime | None] = field(default_factory=dict)
    changes: list[datetime] = field(default_factory=list)
    entered: Mapping[UUID, Fact] = field(default_factory=dict)


class Reason(NamedTuple):
    """What one comparison found; `value` is None when nothing was found."""

    test: Comparison
    verdict: Verdict
    value: Any


class Judgement(NamedTuple):
    """An answer with the facts that decided it and the codes that were missing."""

    verdict: Verdict
    evidence: tuple[Fact, ...]
    missing: tuple[str, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which readings of a code count, by when they were true; the newest of them is compared."""

    before: str | None = None
    after: str | None = None
    within: timedelta | None = None
    of: str | None = None

    def admits(self, at: datetime, moment: Moment) -> bool:
        """Whether a fact true at this time counts; notes when it will stop to count."""
        events = moment.events
        if self.before is not None:
            limit = events.get(self.before)
            if limit is not None and at > limit:
                return False
        if self.after is not None:
            limit = events.get(self.after)
            if limit is None or at < limit:
                return False
        return self.within is None or self._is_near(at, self.within, moment)

    def _is_near(self, at: datetime, within: timedelta, moment: Moment) -> bool:
        if self.of is not None:
            event = moment.events.get(self.of)
            return event is not None and abs(at - event) <= within
        expires_at = at + within
        if moment.now >= expires_at:
            return False
        moment.changes.append(expires_at)
        return True

    def words(self) -> str:
        """How recent the reading must be, in words; empty when any will do."""
        parts = [f"before {self.before}"] if self.before else []
        parts += [f"after {self.after}"] if self.after else []
        if self.within is not None:
            minutes = round(self.within / timedelta(minutes=1))
            days, rest = divmod(minutes, 24 * 60)
            span = f"{minutes} min" if rest else f"{days} day{'' if days == 1 else 's'}"
            about = f"of {self.of}" if self.of else "of now"
            parts.append(f"within {span} {about}")
        return " and ".join(parts).replace("-dose", " dose")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of the newest admissible value of one fact."""

    code: str
    title: str
    unit: str
    word: str
    wanted: Any
    passes: Callable[[Any], bool | None]
    selection: Selection | None = None
    choices: Mapping[str, str] = field(default_factory=dict)

    def judge(self, moment: Moment) -> Judgement:
        """Met or unmet by the newest admissible value; unknown when there is none."""
        found = moment.by_code.get(self.code)
        if found:
            for fact in reversed(found):
                if self.selection is None or self.selection.admits(fact.effective_at, moment):
                    return self._answer(fact.value, (fact,), ())
        elif (derived := moment.derived.get(self.code)) is not None:
            if derived.value is None:
                return self._answer(None, derived.evidence, derived.missing)
            if self.selection is None or self.selection.admits(derived.at, moment):
                return self._answer(derived.value, derived.evidence, ())
        return Judgement(UNKNOWN, (), (self.code,), (Reason(self, UNKNOWN, None),))

    def _answer(
        self, value: Any, evidence: tuple[Fact, ...], missing: tuple[str, ...]
    ) -> Judgement:
        passed = None if value is None else self._passes(value)
        if passed is None:
            return Judgement(
                UNKNOWN, evidence, missing or (self.code,), (Reason(self, UNKNOWN, value),)
            )
        verdict = MET if passed else UNMET
        return Judgement(verdict, evidence, (), (Reason(self, verdict, value),))

    def _passes(self, value: Any) -> bool | None:
        if not isinstance(value, Range):
            return self.passes(value)
        answers = {self.passes(number) for number in range(value.low, value.high + 1)}
        return answers.pop() if len(answers) == 1 else None

    def codes(self) -> frozenset[str]:
        """The codes this criterion reads."""
        return frozenset((self.code,))

    def limit(self) -> str:
        """What was asked of the value, in words."""
        return _LIMITS[self.word](self.told(_exactly(self.wanted)))

    def told(self, value: Any) -> str:
        """A value in the words it is picked by, where it has words: sedation is no number."""
        if not self.choices:
            return shown(value, self.unit)
        if isinstance(value, list):
            return ", ".join(map(self.told, value))
        return self.choices.get(str(value), str(value))


@dataclass(frozen=True, slots=True)
class All:
    """Met when every part is; unmet when one is; otherwise unknown."""

    parts: tuple[Criterion, ...]

    def judge(self, moment: Moment) -> Judgement:
        """Kleene's *and*."""
        return _combined([part.judge(moment) for part in self.parts], UNMET, MET)

    def codes(self) -> frozenset[str]:
        """The codes this criterion reads."""
        return frozenset().union(*(part.codes() for part in self.parts))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Met when one part is; unmet when every one is; otherwise unknown."""

    parts: tuple[Criterion, ...]

    def judge(self, moment: Moment) -> Judgement:
        """Kleene's *or*."""
        return _combined([part.judge(moment) for part in self.parts], MET, UNMET)

    def codes(self) -> frozenset[str]:
        """The codes this criterion reads."""
        return frozenset().union(*(part.codes() for part in self.parts))


@dataclass(frozen=True, slots=True)
class Not:
    """The other answer; unknown stays unknown."""

    part: Criterion

    def judge(self, moment: Moment) -> Judgement:
        """Kleene's *not*."""
        inner = self.part.judge(moment)
        return inner._replace(verdict=_OPPOSITE[inner.verdict])

    def codes(self) -> frozenset[str]:
        """The codes this criterion reads."""
        return self.part.codes()


Criterion: TypeAlias = Comparison | All | AnyOf | Not
_OPPOSITE = {MET: UNMET, UNMET: MET, UNKNOWN: UNKNOWN}
_LIMITS: dict[str, Callable[[str], str]] = {
    "at_least": "at least {}".format,
    "above": "above {}".format,
    "at_most": "at most {}".format,
    "below": "below {}".format,
    "equals": "{}".format,
    "one_of": lambda words: words.replace(", ", " or "),
    "between": lambda words: f"from {words.replace(', ', ' to ')}",
    "before": "before {}".format,
    "after": "after {}".format,
    "recorded": lambda _: "recorded",
}


def _combined(found: list[Judgement], decisive: Verdict, otherwise: Verdict) -> Judgement:
    """The decisive answer when any part gives it, else unknown when any part is."""
    verdicts = [judgement[0] for judgement in found]
    if decisive in verdicts:
        verdict = decisive
    elif UNKNOWN in verdicts:
        verdict = UNKNOWN
    else:
        verdict = otherwise
    deciding = [judgement for judgement in found if judgement[0] is verdict]
    if len(deciding) == 1:
        return deciding[0]
    evidence: tuple[Fact, ...] = ()
    missing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    for judgement in deciding:
        evidence += tuple(fact for fact in judgement[1] if fact not in evidence)
        missing += tuple(code for code in judgement[2] if code not in missing)
        reasons += judgement[3]
    return Judgement(verdict, evidence, missing, reasons)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from, and when it was read there."""

    title: str
    section: str = ""
    url: str = ""
    read: date | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule judged: the answer, what decided it, and where the rule comes from.

    `decision` is the prescriber's word, or the fact of another safe way, that turned it to met.
    `rests_on` tells what else the answer stands on that no source confirms: values `unchecked`,
    values of `policy`; `checked` is then no.
    """

    id: str
    text: str
    judgement: Judgement
    source: Source
    checked: bool
    policy: bool
    waiver: Waiver | None = None
    decision: Fact | None = None
    rests_on: tuple[str, ...] = ()
    is_for_every_device: bool = False

    @property
    def verdict(self) -> Verdict:
        """The answer, after the prescriber's word where the rule allows one."""
        return self.judgement.verdict if self.decision is None else MET

    @property
    def is_met(self) -> bool:
        """Whether this rule stands in nobody's way."""
        return self.decision is not None or self.judgement[0] is MET

    @property
    def evidence(self) -> list[Fact]:
        """The facts that decided it."""
        kept = list(self.judgement.evidence)
        return kept if self.decision is None else [*kept, self.decision]

    @property
    def missing(self) -> list[str]:
        """The codes that were never recorded, or not recently enough."""
        return [] if self.is_met else list(self.judgement.missing)

    @property
    def why(self) -> str:
        """What was found and what was asked, in a sentence."""
        found = " ".join(dict.fromkeys(map(sentence, self.judgement.reasons)))
        if self.decision is None:
            return found
        return f"{found} {_decided(self.decision)}".strip()


def _decided(decision: Fact) -> str:
    value = decision.value
    if isinstance(value, Mapping):
        who = decision.by or "the prescriber"
        return f"Decided by {who}: {value.get('reason', '')}"
    return f"Instead: {shown(value)}"


def sentence(reason: Reason) -> str:
    """What one comparison found and what was asked of it, as a plain sentence."""
    test = reason.test
    if reason.value is None:
        when = test.selection.words() if test.selection else ""
        return f"{test.title}: not recorded{' ' + when if when else ''}."
    return f"{test.title}: {test.told(reason.value)} (needed: {test.limit()})."


def _exactly(wanted: Any) -> Any:
    """A limit is told as it is written; only what was found may be told as a person would."""
    if isinstance(wanted, list):
        return [_exactly(each) for each in wanted]
    return f"{wanted:.10g}" if isinstance(wanted, float) else wanted


def shown(value: Any, unit: str = "") -> str:
    """A value as a nurse would say it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Range):
        value = value.low if value.low == value.high else f"{value.low} to {value.high}"
    if isinstance(value, list | tuple):
        return ", ".join(shown(each) for each in value) + (f" {unit}" if unit else "")
    if isinstance(value, float):
        value = math.floor(value) if value >= 1 else round(value, 2)
    text = str(value) or "nothing"
    return f"{text} {unit}" if unit else text
