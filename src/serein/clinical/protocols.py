"""A protocol: what one product asks of a treatment day, read from one content file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from serein.clinical.contraindications import Held, codes, held
from serein.clinical.criteria import Criterion, Source
from serein.clinical.errors import InputError
from serein.clinical.minutes import clock_minutes
from serein.clinical.rules import Rule, Urgency

Anchor = Literal["seated", "first-dose", "last-dose"]
TIME_RULE = "time"
HARD_LIMIT, SOFT_LIMIT, WEIGHT_AGE = "dose-hard-limit", "dose-soft-limit", "weight-recent"
SECOND_CHECK = "second-check"
OBSERVED_MIN = "observed-min"
MG_PER_KG = "order.mg-per-kg"


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a number comes from and whether that was checked."""

    source: Source
    checked: bool
    policy: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the course; the last one is open-ended (`last_session` is None)."""

    id: str
    title: str
    first_session: int
    last_session: int | None
    first_week: int
    last_week: int | None
    sessions_per_week: tuple[float, ...]
    marks: Marks


@dataclass(frozen=True, slots=True)
class DoseOption:
    """The doses that may be ordered for a stretch of sessions, for whom `when` is met."""

    first_session: int
    last_session: int | None
    allowed_mg: tuple[int, ...]
    usual_mg_per_kg: tuple[float, ...]
    when: Criterion | None
    marks: Marks

    def is_of(self, session_number: int) -> bool:
        """Whether it speaks of this session."""
        last = self.last_session
        return self.first_session <= session_number and (last is None or session_number <= last)


@dataclass(frozen=True, slots=True)
class Devices:
    """What one device holds, and the rest before the next one."""

    mg_each: int
    rest_min: int
    overdue_min: int
    marks: Marks


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one dose by weight: a soft one asks for a reason, a hard one has no way round.

    An order so many times the last dose, or a weight so many percent from the last, is asked about.
    """

    soft_mg_per_kg: float
    hard_mg_per_kg: float
    soft_mg: float
    hard_mg: float
    weight_days: int
    ask_times: float
    ask_weight_percent: float
    marks: Marks


@dataclass(frozen=True, slots=True)
class InfusionPlan:
    """How long the usual infusion runs."""

    minutes: int
    marks: Marks


@dataclass(frozen=True, slots=True)
class SecondCheck:
    """How far the second person's own weight and rate may lie from those of the first."""

    weight_kg: float
    rate_percent: float
    marks: Marks


@dataclass(frozen=True, slots=True)
class Wait:
    """How long after eating, drinking or a spray the dose may be given.

    The gate has the wait's id; `code` is recorded when it happened, `asked` answers that the
    time is over where the hour is not known.
    """

    id: str
    code: str
    asked: str
    span: timedelta

    @property
    def fact(self) -> str:
        """The derived code that says whether the wait is over."""
        return f"wait.{self.id}"


@dataclass(frozen=True, slots=True)
class Observe:
    """How long a patient is observed, and from which event the minutes count."""

    min: int
    anchor: Anchor
    marks: Marks


@dataclass(frozen=True, slots=True)
class RecordTimes:
    """How what is written down fits to when it happened.

    From `late_after` on it is entered late; it may lie `before_seating` before the seating; an end
    is taken back within `reopen_within`; a reading younger than `unread` was read by nobody.
    """

    late_after: timedelta
    before_seating: timedelta
    reopen_within: timedelta
    unread: timedelta
    marks: Marks

    def late_by(self, happened_at: datetime, recorded_at: datetime) -> int:
        """Minutes by the clock from when it happened to its entry; 0 when that is not late."""
        is_late = recorded_at - happened_at >= self.late_after
        return clock_minutes(happened_at, recorded_at) if is_late else 0


@dataclass(frozen=True, slots=True)
class Ask:
    """One question before the dose."""

    code: str
    text: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class AskGroup:
    """Questions that are asked together."""

    id: str
    title: str
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """Something to be measured: when it is due, from which event, and how often again.

    Readings count from `opens_min` on; with `when`, the check is due only while that is met,
    and then minutes count from the reading that set it off.
    """

    id: str
    text: str
    panel: str
    codes: tuple[str, ...]
    anchor: Anchor
    opens_min: int
    due_min: int
    overdue_min: int
    every_min: int | None
    when: Criterion | None
    is_before_dose: bool
    overdue: Rule | None
    marks: Marks


@dataclass(frozen=True, slots=True)
class Follow:
    """What must follow an ending, and who does it."""

    id: str
    text: str
    for_role: str
    urgency: Urgency
    is_only_when_dosed: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """A way a session can end other than release: never blocked, never called release."""

    id: str
    title: str
    needs: tuple[str, ...]
    follows: tuple[Follow, ...]
    is_only_before_dose: bool
    marks: Marks


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit to draw across the chart."""

    code: str
    value: float
    text: str
    marks: Marks


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with its ground: to take home, to warn, to say who must be on site."""

    id: str
    text: str
    marks: Marks


@dataclass(frozen=True, slots=True)
class Indication:
    """What the product is given for; `is_labelled` is False where no label says so."""

    id: str
    title: str
    is_labelled: bool
    scales: tuple[str, ...]
    marks: Marks


@dataclass(frozen=True, slots=True)
class DecisionPoint:
    """A point of the course at which somebody must decide.

    `when` says by the scores whether what stands in the text is so; None leaves it to a person.
    """

    id: str
    text: str
    after_session: int | None
    after_week: int | None
    every_days: int | None
    marks: Marks
    when: Criterion | None = None
    when_marks: Marks | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """What is proposed after a missed session, and what counts as having become worse."""

    keep: str
    back: str
    worse: Criterion
    marks: Marks


@dataclass(frozen=True)
class Protocol:
    """One version of one protocol; a course stays pinned to it."""

    id: str
    version: int
    title: str
    effective: date
    jurisdiction: str
    product: str
    product_title: str
    route: str
    sources: Mapping[str, Source]
    phases: tuple[Phase, ...]
    doses: tuple[DoseOption, ...]
    intents: tuple[str, ...]
    indications: tuple[Indication, ...]
    staff: tuple[Statement, ...]
    warnings: tuple[Statement, ...]
    decisions: tuple[DecisionPoint, ...]
    stopping: tuple[Statement, ...]
    missed: Missed
    waits: tuple[Wait, ...]
    devices: Devices | None
    limits: Limits | None
    infusion: InfusionPlan | None
    second_check: SecondCheck | None
    observe: Observe
    asks: tuple[AskGroup, ...]
    gates: tuple[Rule, ...]
    contraindications: tuple[Rule, ...]
    checks: tuple[Check, ...]
    alerts: tuple[Rule, ...]
    cautions: tuple[Rule, ...]
    release: tuple[Rule, ...]
    endings: tuple[Ending, ...]
    thresholds: tuple[Threshold, ...]
    aftercare: tuple[Statement, ...]
    stale_after: Mapping[str, timedelta]
    record: RecordTimes
    cases: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def rule(self, rule_id: str) -> Rule:
        """The gate, alert, caution or release rule with this id."""
        if rule_id not in self.rules_by_id:
            raise InputError(f"{self.title} has no rule '{rule_id}'")
        return self.rules_by_id[rule_id]

    def ending(self, ending_id: str) -> Ending:
        """The ending with this id."""
        for ending in self.endings:
            if ending.id == ending_id:
                return ending
        known = ", ".join(ending.id for ending in self.endings)
        raise InputError(f"no ending is called '{ending_id}'; choose one of {known}")

    @cached_property
    def rules_by_id(self) -> dict[str, Rule]:
        """Every rule that is judged, by its id."""
        before = (*self.gates, *self.contraindications)
        rules = (*before, *self.alerts, *self.cautions, *self.release)
        overdue = (check.overdue for check in self.checks if check.overdue)
        return {rule.id: rule for rule in (*rules, *overdue)}

    @cached_property
    def held(self) -> tuple[Held, ...]:
        """The contraindications, each with the facts that it reads."""
        return held(self.contraindications)

    @cached_property
    def chart_codes(self) -> frozenset[str]:
        """What of a chart stands against a dose or serves instead, or cautions."""
        instead = [gate.alternative.codes() for gate in self.gates if gate.alternative]
        told = [rule.when.codes() for rule in self.cautions]
        return codes(self.contraindications).union(*instead, *told)

    @property
    def rule_groups(self) -> list[tuple[str, tuple[Rule, ...]]]:
        """The rules in the order of the day, each group with its title."""
        return [
            ("Before each dose", self.gates),
            ("Alerts", self.alerts),
            ("Cautions", self.cautions),
            ("Before leaving", self.release),
        ]

    @cached_property
    def observe_for(self) -> timedelta:
        """How long a patient is observed."""
        return timedelta(minutes=self.observe.min)
