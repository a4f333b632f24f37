"""From a protocol's content file to the `Protocol` that the rules read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from serein.clinical.criteria import Criterion
from serein.clinical.protocol_course import Course, generated_gates
from serein.clinical.protocol_demands import refuse_unsaid
from serein.clinical.protocol_tables import (
    AlertTable,
    AskGroupTable,
    CheckTable,
    DayTables,
    EndingTable,
    GateTable,
    OverdueTable,
    ProtocolFile,
    ThresholdTable,
)
from serein.clinical.protocols import (
    OBSERVED_MIN,
    TIME_RULE,
    Ask,
    AskGroup,
    Check,
    Ending,
    Follow,
    Marks,
    Observe,
    Protocol,
    RecordTimes,
    Statement,
    Threshold,
)
from serein.clinical.rules import Rule
from serein.clinical.tables import Marked
from serein.clinical.vocabulary import Place, Term, criterion, nearest

NEVER_WAIVED = frozenset(
    (OBSERVED_MIN, "spo2", "respiration", "breathing", "sedation", "dissociation")
)


def protocol(
    content: ProtocolFile,
    *,
    file: str,
    terms: Mapping[str, Term],
    contraindications: Sequence[Rule] = (),
) -> Protocol:
    """The protocol a file says, with the rules it takes; refused with the file and the key."""
    refuse_unsaid(content, file=file)
    made = generated_gates((), content.limits, content.second_check)
    day = Day(content, file=file, terms=terms, made=made, time=[_time_rule(content)])
    return Protocol(
        id=content.id,
        version=content.version,
        title=content.title,
        effective=content.effective,
        jurisdiction=content.jurisdiction,
        product=content.product,
        product_title=content.product_title,
        route=content.route,
        sources={each.id: each.named() for each in content.source},
        **Course(content, file=file, terms=day.terms).parts(),
        observe=Observe(
            content.observe.min,
            content.observe.anchor,
            Marks(
                content.source_of(content.observe),
                content.observe.checked,
                content.observe.policy,
            ),
        ),
        **day.parts(),
        contraindications=tuple(contraindications),
        record=_record(content),
        cases=tuple(each.model_dump() for each in content.case),
    )


def _record(content: ProtocolFile) -> RecordTimes:
    table = content.record
    assert table is not None, "a protocol without one was refused"
    return RecordTimes(
        late_after=timedelta(minutes=table.late_min),
        before_seating=timedelta(minutes=table.before_seating_min),
        reopen_within=timedelta(hours=table.reopen_hours),
        unread=timedelta(seconds=table.unread_seconds),
        marks=Marks(content.source_of(table), table.checked, table.policy),
    )


def _time_rule(content: ProtocolFile) -> GateTable:
    """How long to observe, as the release rule that nobody waives."""
    table = content.observe
    return GateTable.model_validate(
        {
            "id": TIME_RULE,
            "text": table.text,
            "when": {"fact": OBSERVED_MIN, "at_least": table.min},
            "source": table.source,
            "checked": table.checked,
            "policy": table.policy,
        }
    )


class Day:
    """Turns the tables of a treatment day into rules; refuses with the file and the key."""

    def __init__(
        self,
        content: DayTables,
        *,
        file: str,
        terms: Mapping[str, Term],
        made: Iterable[GateTable] = (),
        time: Sequence[GateTable] = (),
    ) -> None:
        """Keep what every table needs; gates that other tables make stand before the others.

        Args:
            content: The tables.
            file: The file, for refusals.
            terms: Every code a rule may name.
            made: Gates that limits and the second check make, where the file has them.
            time: The release rule about time, where the file has one.
        """
        self.content = content
        self.file = file
        waits = {f"wait.{each.id}": Term(each.text) for each in content.wait}
        self.terms = {**terms, **waits}
        self.gates = (*generated_gates(content.wait, None), *made, *content.gate)
        self.release = (*time, *content.release)

    def parts(self) -> dict[str, Any]:
        """What a `Protocol` holds of the treatment day, by field."""
        content = self.content
        self._refuse_doubles()
        return {
            "asks": tuple(self._asks(each) for each in content.ask_group),
            "gates": tuple(self._gate("gate", each) for each in self.gates),
            "checks": tuple(self._check(each) for each in content.check),
            "alerts": tuple(self._alert("alert", each) for each in content.alert),
            "cautions": tuple(self._alert("caution", each) for each in content.caution),
            "release": tuple(self._release(each) for each in self.release),
            "endings": tuple(self._ending(each) for each in content.ending),
            "thresholds": tuple(self._threshold(each) for each in content.threshold),
            "aftercare": tuple(
                Statement(each.id, each.text, self._marks(each)) for each in content.aftercare
            ),
            "stale_after": self._stale(),
        }

    def _refuse_doubles(self) -> None:
        content = self.content
        named: Sequence[Sequence[GateTable | AlertTable | CheckTable]] = (
            self.gates,
            content.alert,
            content.caution,
            self.release,
            content.check,
        )
        counted = Counter(each.id for tables in named for each in tables)
        for rule_id, times in counted.items():
            if times > 1:
                raise Place(self.file, rule_id).refuse("two rules have this id")

    def _marks(self, table: Marked) -> Marks:
        return Marks(self.content.source_of(table), table.checked, table.policy)

    def _when(self, table: Mapping[str, Any], key: str) -> Criterion:
        return criterion(table, terms=self.terms, place=Place(self.file, key))

    def _code(self, code: str, key: str) -> str:
        if code not in self.terms:
            hint = nearest(code, self.terms)
            raise Place(self.file, key).refuse(f"unknown fact '{code}'{hint}")
        return code

    def _asks(self, table: AskGroupTable) -> AskGroup:
        asks = tuple(
            Ask(self._code(each.code, f"ask_group.{table.id}.ask"), each.text, each.help)
            for each in table.ask
        )
        return AskGroup(table.id, table.title, asks)

    def _gate(self, kind: str, table: GateTable) -> Rule:
        key = f"{kind}.{table.id}"
        if (table.waiver == "alternative") != (table.alternative is not None):
            reason = "waiver = 'alternative' and an alternative belong together"
            raise Place(self.file, f"{key}.waiver").refuse(reason)
        return Rule(
            id=table.id,
            text=table.text,
            when=self._when(table.when, f"{key}.when"),
            source=self.content.source_of(table),
            checked=table.checked,
            policy=table.policy,
            waiver=table.waiver,
            alternative=self._when(table.alternative, f"{key}.alternative")
            if table.alternative
            else None,
            is_for_every_device=table.every_device,
            never=table.never,
        )

    def _release(self, table: GateTable) -> Rule:
        rule = self._gate("release", table)
        held = sorted(rule.when.codes() & NEVER_WAIVED)
        if held and rule.waiver != "never":
            reason = f"a release rule over {', '.join(held)} is never waived"
            raise Place(self.file, f"release.{table.id}.waiver").refuse(reason)
        return rule

    def _alert(self, kind: str, table: AlertTable) -> Rule:
        key = f"{kind}.{table.id}"
        return Rule(
            id=table.id,
            text=table.text,
            when=self._when(table.when, f"{key}.when"),
            source=self.content.source_of(table),
            checked=table.checked,
            policy=table.policy,
            urgency=table.urgency,
            for_role=table.for_role,
            action=table.action,
            is_holding_device=table.holds_device,
            awaits=table.awaits,
            is_apart=table.apart or bool(table.awaits),
            never=table.never,
        )

    def _check(self, table: CheckTable) -> Check:
        key = f"check.{table.id}"
        return Check(
            id=table.id,
            text=table.text,
            panel=table.panel,
            codes=tuple(self._code(code, f"{key}.codes") for code in table.codes),
            anchor=table.anchor,
            opens_min=table.opens_min,
            due_min=table.due_min,
            overdue_min=table.overdue_min,
            every_min=table.every_min,
            when=self._when(table.when, f"{key}.when") if table.when else None,
            is_before_dose=table.before_dose,
            overdue=self._overdue(table, table.overdue) if table.overdue else None,
            marks=self._marks(table),
        )

    def _overdue(self, check: CheckTable, table: OverdueTable) -> Rule:
        # Fired by the state of the check, not judged: a reading that opens early settles it too.
        key = f"check.{check.id}.overdue"
        minutes = {"fact": OBSERVED_MIN, "at_least": check.overdue_min}
        return Rule(
            id=f"{check.id}-overdue",
            text=table.text,
            when=self._when(minutes, key),
            source=self.content.source_of(table),
            checked=table.checked,
            policy=table.policy,
            urgency=table.urgency,
            for_role=table.for_role,
            action=table.action,
            is_apart=True,
        )

    def _ending(self, table: EndingTable) -> Ending:
        follows = tuple(
            Follow(each.id, each.text, each.for_role, each.urgency, each.when_dosed)
            for each in table.follow
        )
        return Ending(
            table.id,
            table.title,
            tuple(table.needs),
            follows,
            table.before_dose_only,
            self._marks(table),
        )

    def _threshold(self, table: ThresholdTable) -> Threshold:
        key = f"threshold.{table.code}"
        return Threshold(self._code(table.code, key), table.value, table.text, self._marks(table))

    def _stale(self) -> dict[str, timedelta]:
        return {
            self._code(code, "stale.codes"): timedelta(minutes=table.after_min)
            for table in self.content.stale
            for code in table.codes
        }
