"""From a protocol's content file to the course: phases, doses, limits, decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from serein.clinical.criteria import Criterion
from serein.clinical.decisions import DECIDING
from serein.clinical.preparation import IS_CHECKED
from serein.clinical.protocol_tables import (
    DecisionTable,
    DoseTable,
    GateTable,
    IndicationTable,
    LimitsTable,
    PhaseTable,
    ProtocolFile,
    SecondCheckTable,
    TextTable,
    WaitTable,
)
from serein.clinical.protocols import (
    HARD_LIMIT,
    MG_PER_KG,
    SECOND_CHECK,
    SOFT_LIMIT,
    WEIGHT_AGE,
    DecisionPoint,
    Devices,
    DoseOption,
    Indication,
    InfusionPlan,
    Limits,
    Marks,
    Missed,
    Phase,
    SecondCheck,
    Statement,
    Wait,
)
from serein.clinical.tables import Marked
from serein.clinical.vocabulary import Place, Term, criterion

NO_MORE: Mapping[str, Term] = MappingProxyType({})


def generated_gates(
    waits: Iterable[WaitTable],
    limits: LimitsTable | None,
    second_check: SecondCheckTable | None = None,
) -> Iterator[GateTable]:
    """The gates that waits, limits and the second check make: said once, where they belong."""
    for wait in waits:
        yield _gate(wait, wait.id, wait.text, {"fact": f"wait.{wait.id}", "equals": True})
    if second_check is not None:
        text = "A second person's own weight, lot and rate agree with the preparation"
        agrees = {"fact": IS_CHECKED, "equals": True}
        yield _gate(second_check, SECOND_CHECK, text, agrees, waiver="never", every_device=True)
    if limits is None:
        return
    days = limits.weight_days
    age = {"fact": "weight", "within": {"days": days}}
    yield _gate(limits, WEIGHT_AGE, f"Weighed within {days} days", age, waiver="never")
    for gate_id, per_kg, most_mg in (
        (HARD_LIMIT, limits.hard_mg_per_kg, limits.hard_mg),
        (SOFT_LIMIT, limits.soft_mg_per_kg, limits.soft_mg),
    ):
        is_hard = gate_id == HARD_LIMIT
        words = "" if is_hard else ", or the prescriber has given a reason"
        yield _gate(
            limits,
            gate_id,
            f"The dose is at most {per_kg:g} mg/kg and {most_mg:g} mg{words}",
            {"all": [_at_most(MG_PER_KG, per_kg), _at_most("order.dose-mg", most_mg)]},
            waiver="never" if is_hard else "prescriber",
            every_device=True,
        )


def _at_most(code: str, most: float) -> dict[str, Any]:
    return {"fact": code, "at_most": most}


def _gate(
    table: WaitTable | LimitsTable | SecondCheckTable,
    gate_id: str,
    text: str,
    when: dict[str, Any],
    **more: Any,
) -> GateTable:
    ground = {"source": table.source, "checked": table.checked, "policy": table.policy}
    return GateTable.model_validate(
        {"id": gate_id, "text": text, "when": when, "waiver": "prescriber", **ground, **more}
    )


class Course:
    """Turns the tables about the course; refuses with the file and the key."""

    def __init__(self, content: ProtocolFile, *, file: str, terms: Mapping[str, Term]) -> None:
        """Keep what every table needs: its file and the known facts."""
        self.content = content
        self.file = file
        self.terms = terms

    def parts(self) -> dict[str, Any]:
        """What a `Protocol` holds of the course, by field."""
        content = self.content
        return {
            "phases": tuple(self._phase(each) for each in content.phase),
            "doses": tuple(self._dose(index, each) for index, each in enumerate(content.dose, 1)),
            "intents": tuple(content.intents),
            "indications": tuple(self._indication(each) for each in content.indication),
            "staff": self._statements(content.staff),
            "warnings": self._statements(content.warning),
            "decisions": tuple(self._decision(each) for each in content.decision),
            "stopping": self._statements(content.stopping),
            "missed": self._missed(),
            "waits": tuple(self._wait(each) for each in content.wait),
            "devices": self._devices(),
            "limits": self._limits(),
            "infusion": self._infusion(),
            "second_check": self._second_check(),
        }

    def _marks(self, table: Marked) -> Marks:
        return Marks(self.content.source_of(table), table.checked, table.policy)

    def _when(
        self, table: Mapping[str, Any], key: str, *, more: Mapping[str, Term] = NO_MORE
    ) -> Criterion:
        return criterion(table, terms={**self.terms, **more}, place=Place(self.file, key))

    def _phase(self, table: PhaseTable) -> Phase:
        return Phase(
            table.id,
            table.title,
            table.first_session,
            table.last_session,
            table.first_week,
            table.last_week,
            tuple(table.sessions_per_week),
            self._marks(table),
        )

    def _dose(self, index: int, table: DoseTable) -> DoseOption:
        key = f"dose.{index}"
        devices = self.content.devices
        for dose_mg in table.allowed_mg:
            if devices is not None and (dose_mg <= 0 or dose_mg % devices.mg_each):
                reason = f"{dose_mg} mg cannot be made of {devices.mg_each} mg devices"
                raise Place(self.file, f"{key}.allowed_mg").refuse(reason)
        for per_kg in table.usual_mg_per_kg:
            limits = self.content.limits
            if limits is None or not 0 < per_kg <= limits.soft_mg_per_kg:
                reason = f"{per_kg:g} mg/kg is no usual dose: it is not within the soft limit"
                raise Place(self.file, f"{key}.usual_mg_per_kg").refuse(reason)
        return DoseOption(
            table.first_session,
            table.last_session,
            tuple(table.allowed_mg),
            tuple(table.usual_mg_per_kg),
            self._when(table.when, f"{key}.when") if table.when else None,
            self._marks(table),
        )

    def _devices(self) -> Devices | None:
        table = self.content.devices
        if table is None:
            return None
        return Devices(table.mg_each, table.rest_min, table.overdue_min, self._marks(table))

    def _limits(self) -> Limits | None:
        table = self.content.limits
        if table is None:
            return None
        return Limits(
            table.soft_mg_per_kg,
            table.hard_mg_per_kg,
            table.soft_mg,
            table.hard_mg,
            table.weight_days,
            table.ask_times,
            table.ask_weight_percent,
            self._marks(table),
        )

    def _infusion(self) -> InfusionPlan | None:
        table = self.content.infusion
        return None if table is None else InfusionPlan(table.minutes, self._marks(table))

    def _second_check(self) -> SecondCheck | None:
        table = self.content.second_check
        if table is None:
            return None
        return SecondCheck(table.weight_kg, table.rate_percent, self._marks(table))

    def _statements(self, tables: list[TextTable]) -> tuple[Statement, ...]:
        return tuple(Statement(each.id, each.text, self._marks(each)) for each in tables)

    def _indication(self, table: IndicationTable) -> Indication:
        is_labelled = table.label == "labelled"
        return Indication(
            table.id, table.title, is_labelled, tuple(table.scales), self._marks(table)
        )

    def _decision(self, table: DecisionTable) -> DecisionPoint:
        judged, key = table.judged, f"decision.{table.id}.judged.when"
        return DecisionPoint(
            table.id,
            table.text,
            table.after_session,
            table.after_week,
            table.every_days,
            self._marks(table),
            self._when(judged.when, key, more=DECIDING) if judged else None,
            self._marks(judged) if judged else None,
        )

    def _missed(self) -> Missed:
        table = self.content.missed
        worse = self._when(table.worse, "missed.worse")
        return Missed(table.keep, table.back, worse, self._marks(table))

    def _wait(self, table: WaitTable) -> Wait:
        for code in (table.code, table.asked):
            if code not in self.terms:
                raise Place(self.file, f"wait.{table.id}").refuse(f"unknown fact '{code}'")
        return Wait(table.id, table.code, table.asked, timedelta(minutes=table.min))
