"""The shape of a protocol's content file: every table, and nothing that is not expected."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from serein.clinical.criteria import Waiver
from serein.clinical.protocols import Anchor
from serein.clinical.rules import Awaited, Called, Urgency
from serein.clinical.tables import ContentTable, Marked, RuleTable, Table, Words

Minutes = Annotated[int, Field(ge=0, le=24 * 60)]


class PhaseTable(Marked):
    """A stretch of the course."""

    id: Words
    title: Words
    first_session: Annotated[int, Field(ge=1)]
    last_session: int | None = None
    first_week: Annotated[int, Field(ge=1)]
    last_week: int | None = None
    sessions_per_week: Annotated[list[float], Field(min_length=1)]


class DoseTable(Marked):
    """Doses that may be ordered for a stretch of sessions: whole mg, or mg per kg of dose weight.

    `when` says for whom: the first table of a session whose criterion is met holds; one whose
    answer is not known yet allows nothing.
    """

    first_session: Annotated[int, Field(ge=1)]
    last_session: int | None = None
    allowed_mg: list[int] = Field(default_factory=list)
    usual_mg_per_kg: list[float] = Field(default_factory=list)
    when: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _says_one_way(self) -> Self:
        if bool(self.allowed_mg) == bool(self.usual_mg_per_kg):
            raise ValueError("give allowed_mg or usual_mg_per_kg, one of them")
        return self


class DevicesTable(Marked):
    """What a device holds, and the rest between two."""

    mg_each: Annotated[int, Field(gt=0)]
    rest_min: Minutes
    overdue_min: Minutes


class LimitsTable(Marked):
    """Above the soft limits an order needs a reason; above the hard ones there is no order.

    `weight_days` is how old a weight may be for an order by weight. An order `ask_times` the dose
    before, up or down, one on paper of more than so many times a hard limit, and a weight
    `ask_weight_percent` from the last one are asked about.
    """

    soft_mg_per_kg: Annotated[float, Field(gt=0)]
    hard_mg_per_kg: Annotated[float, Field(gt=0)]
    soft_mg: Annotated[float, Field(gt=0)]
    hard_mg: Annotated[float, Field(gt=0)]
    weight_days: Annotated[int, Field(gt=0)]
    ask_times: Annotated[float, Field(gt=1)]
    ask_weight_percent: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.soft_mg_per_kg > self.hard_mg_per_kg or self.soft_mg > self.hard_mg:
            raise ValueError("a soft limit lies above its hard one")
        return self


class InfusionTable(Marked):
    """How long the usual infusion runs."""

    minutes: Annotated[int, Field(gt=0)]


class SecondCheckTable(Marked):
    """How far the second person's own weight and rate may lie from those of the first."""

    weight_kg: Annotated[float, Field(ge=0)]
    rate_percent: Annotated[float, Field(ge=0, lt=100)]


class TextTable(Marked):
    """A sentence with its ground: a warning, who must be on site, a rule for the course."""

    id: Words
    text: Words


class IndicationTable(Marked):
    """What the product is given for, whether a label says so, and the scales that follow it."""

    id: Words
    title: Words
    label: Literal["labelled", "off-label"]
    scales: list[str] = Field(default_factory=list)


class JudgedTable(Marked):
    """The scores by which a decision point is judged: met when what its text says is so."""

    when: dict[str, Any]


class DecisionTable(Marked):
    """A point of the course at which somebody must decide, and on what."""

    id: Words
    text: Words
    after_session: Annotated[int, Field(ge=1)] | None = None
    after_week: Annotated[int, Field(ge=1)] | None = None
    every_days: Annotated[int, Field(gt=0)] | None = None
    judged: JudgedTable | None = None

    @model_validator(mode="after")
    def _has_a_time(self) -> Self:
        if not (self.after_session or self.after_week or self.every_days):
            raise ValueError("give after_session, after_week or every_days")
        if self.judged and not self.after_session:
            raise ValueError("is judged by scores after a session alone: give after_session")
        return self


class WaitTable(Marked):
    """How long after eating, drinking or a spray the dose may be given: a gate with a time.

    `code` is recorded at the moment it happened; `asked` is the answer that says it is over.
    """

    id: Words
    text: Words
    code: Words
    asked: Words
    min: Annotated[int, Field(gt=0)]


class MissedTable(Marked):
    """What is proposed after a missed session: the same pace, or one step back when worse."""

    keep: Words
    back: Words
    worse: dict[str, Any]


class ObserveTable(Marked):
    """How long to observe, from which event; this is the release rule that nobody may waive."""

    text: Words
    min: Annotated[int, Field(gt=0)]
    anchor: Literal["first-dose", "last-dose"]


class AskTable(Table):
    """One question."""

    code: Words
    text: Words
    help: str = ""


class AskGroupTable(Table):
    """Questions asked together."""

    id: Words
    title: Words
    ask: Annotated[list[AskTable], Field(min_length=1)]


class GateTable(RuleTable):
    """A rule that stands before the next device."""

    waiver: Waiver = "never"
    alternative: dict[str, Any] | None = None
    every_device: bool = False


class AlertTable(RuleTable):
    """A rule that calls a named person.

    With `holds_device`, readings that set it off count in `alerts.holding`: any before the first
    device, afterwards those since it. What it `awaits` alone closes it: no word in its place.
    One `apart` is work of its own: it is not closed with what else the same reading set off.
    """

    urgency: Urgency
    for_role: Called
    action: Words
    holds_device: bool = False
    awaits: Awaited = ""
    apart: bool = False


class OverdueTable(Marked):
    """Whom to call when a check was not done in its window."""

    text: Words
    urgency: Urgency
    for_role: Called
    action: Words


class CheckTable(Marked):
    """Something to be measured."""

    id: Words
    text: Words
    panel: Words
    codes: Annotated[list[str], Field(min_length=1)]
    anchor: Anchor
    opens_min: Minutes = 0
    due_min: Minutes
    overdue_min: Minutes
    every_min: Annotated[int, Field(gt=0)] | None = None
    when: dict[str, Any] | None = None
    before_dose: bool = False
    overdue: OverdueTable | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.opens_min <= self.due_min <= self.overdue_min:
            raise ValueError("opens_min, due_min, overdue_min must not go backwards")
        return self


class FollowTable(Table):
    """What must follow an ending; with `when_dosed`, only where something reached the patient."""

    id: Words
    text: Words
    for_role: Called
    urgency: Urgency
    when_dosed: bool = False


class EndingTable(Marked):
    """An ending that is not release."""

    id: Literal["not-dosed", "against-advice", "transfer", "death"]
    title: Words
    needs: list[str] = Field(default_factory=list)
    before_dose_only: bool = False
    follow: list[FollowTable] = Field(default_factory=list)


class ThresholdTable(Marked):
    """A line across the chart."""

    code: Words
    value: float
    text: Words


class StatementTable(Marked):
    """A sentence to take home."""

    id: Words
    text: Words


class StaleTable(Marked):
    """After how many minutes a reading is old."""

    codes: Annotated[list[str], Field(min_length=1)]
    after_min: Annotated[int, Field(gt=0)]


class RecordTable(Marked):
    """How what is written down fits to when it happened.

    Entered `late_min` after it happened, or later still, it is marked and asks for a reason; it
    may lie `before_seating_min` before the seating was entered. An end by mistake is taken back
    within `reopen_hours`; a reading younger than `unread_seconds` is not what an alert was closed
    on.
    """

    late_min: Annotated[int, Field(gt=0)]
    before_seating_min: Minutes
    reopen_hours: Annotated[int, Field(gt=0)]
    unread_seconds: Annotated[int, Field(gt=0)]


class FactTable(Table):
    """A fact of a worked case; `at` is the time of day."""

    code: Words
    value: Any
    at: Annotated[str, Field(pattern=r"^\d\d:\d\d(:\d\d)?$")]
    panel: str | None = None


class ExpectTable(Table):
    """What a worked case must give: verdicts by rule, states by check."""

    gates: dict[str, str] = Field(default_factory=dict)
    release: dict[str, str] = Field(default_factory=dict)
    alerts: dict[str, str] = Field(default_factory=dict)
    cautions: dict[str, str] = Field(default_factory=dict)
    due: dict[str, str] = Field(default_factory=dict)
    stage: str | None = None
    may_release: bool | None = None
    earliest: str | None = None
    next_device: str | None = None


class CaseTable(Table):
    """A worked case: scenes to start from, facts to leave out or add, and what must come of it."""

    name: Words
    at: Annotated[str, Field(pattern=r"^\d\d:\d\d(:\d\d)?$")]
    scenes: list[str] = Field(default_factory=list)
    without: list[str] = Field(default_factory=list)
    facts: list[FactTable] = Field(default_factory=list)
    expect: ExpectTable


class DayTables(ContentTable):
    """What a file says of the treatment day: a protocol, or rules that several protocols take."""

    wait: list[WaitTable] = Field(default_factory=list)
    ask_group: list[AskGroupTable] = Field(default_factory=list)
    gate: list[GateTable] = Field(default_factory=list)
    check: list[CheckTable] = Field(default_factory=list)
    alert: list[AlertTable] = Field(default_factory=list)
    caution: list[AlertTable] = Field(default_factory=list)
    release: list[GateTable] = Field(default_factory=list)
    ending: list[EndingTable] = Field(default_factory=list)
    threshold: list[ThresholdTable] = Field(default_factory=list)
    aftercare: list[StatementTable] = Field(default_factory=list)
    stale: list[StaleTable] = Field(default_factory=list)
    record: RecordTable | None = None
    against: list[Words] = Field(default_factory=list)
    scene: dict[str, list[FactTable]] = Field(default_factory=dict)
    case: Annotated[list[CaseTable], Field(min_length=1)]


class ProtocolFile(DayTables):
    """A whole protocol file; its own gates, checks, alerts and release rules, or those it takes."""

    product: Words
    product_title: Words
    route: Words
    intents: list[Literal["psycholytic", "psychedelic"]] = Field(default_factory=list)
    takes: str = ""
    without: list[str] = Field(default_factory=list)
    indication: Annotated[list[IndicationTable], Field(min_length=1)]
    staff: list[TextTable] = Field(default_factory=list)
    warning: list[TextTable] = Field(default_factory=list)
    decision: list[DecisionTable] = Field(default_factory=list)
    stopping: Annotated[list[TextTable], Field(min_length=1)]
    missed: MissedTable
    limits: LimitsTable | None = None
    infusion: InfusionTable | None = None
    second_check: SecondCheckTable | None = None
    phase: Annotated[list[PhaseTable], Field(min_length=1)]
    dose: Annotated[list[DoseTable], Field(min_length=1)]
    devices: DevicesTable | None = None
    observe: ObserveTable

    @model_validator(mode="after")
    def _has_a_whole_day(self) -> Self:
        for name in ("gate", "check", "alert", "release", "ending", "aftercare", "stale"):
            if not getattr(self, name):
                raise ValueError(f"has no [[{name}]]; write some or take them from a shared file")
        if self.record is None:
            raise ValueError("has no [record]; write one or take it from a shared file")
        return self

    @model_validator(mode="after")
    def _says_how_it_is_measured(self) -> Self:
        if (self.devices is None) == (self.limits is None):
            raise ValueError(
                "give [devices] for a product in devices, or [limits], soft and hard, in mg/kg"
                " and mg, for one ordered by weight"
            )
        if (self.infusion is None) != (self.second_check is None):
            raise ValueError("an [infusion] and its [second_check] belong together")
        return self
