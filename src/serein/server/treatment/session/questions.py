"""The questions before the dose, group by group: open while something of it is missing."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.criteria import UNMET, Moment
from serein.clinical.facts import Fact
from serein.clinical.monitoring import SessionReading
from serein.clinical.rules import DECISION, Rule
from serein.server.alerts.models import Alert
from serein.server.treatment.forms.coded import ChecksForm

# The rules read it only within the safe way home, so none of them says that it must be yes.
NO_DRIVING = "transport.no-driving"


@dataclass(frozen=True)
class Group:
    """One group of questions; a finished one is a line with its answers, to be opened again."""

    title: str
    asks: list[dict[str, Any]]
    is_open: bool
    is_calm: bool
    answers: list[str] = field(default_factory=list)
    unanswered: int = 0


@dataclass(frozen=True)
class Standing:
    """What the rules make of the answers, by code.

    `waiting` hold a gate shut, unanswered or by their answer; `refused` were just sent back;
    `alarming` set off what nobody has answered; `decided` has who decided to go ahead on them;
    `wanted` are those to which yes is the calm answer.
    """

    waiting: Collection[str]
    refused: Collection[str]
    alarming: Collection[str]
    decided: Mapping[str, str]
    wanted: Collection[str]


def groups(
    form: ChecksForm,
    reading: SessionReading,
    *,
    waiting: Collection[str],
    refused: Collection[str],
    alerts: Iterable[Alert],
) -> list[Group]:
    """The form's groups in their order.

    Args:
        form: The questions with what was answered.
        reading: How the session stands.
        waiting: Codes that hold a gate shut, unanswered or by their answer.
        refused: Codes whose answer was just sent back.
        alerts: What is still to be answered of this visit.
    """
    decided = _decided(reading)
    behind = {one["code"] for alert in alerts for one in alert.evidence}
    alarming = behind - decided.keys()
    standing = Standing(waiting, refused, alarming, decided, _wanted(reading, form.codes))
    return [_group(group, standing) for group in form.groups]


def _group(group: dict[str, Any], standing: Standing) -> Group:
    asks = group["asks"]
    codes = {ask["field"].name for ask in asks}
    given = [ask for ask in asks if ask["field"].value()]
    # Of a group that no gate waits for, only what the prescriber judges may stay unasked.
    is_untouched = not given and any(not ask["is_judged"] for ask in asks)
    is_open = is_untouched or not codes.isdisjoint({*standing.waiting, *standing.refused})
    return Group(
        title=group["title"],
        asks=asks,
        is_open=is_open,
        is_calm=not is_open and codes.isdisjoint(standing.alarming),
        answers=_answers(given, standing),
        unanswered=sum(ask["is_yes_or_no"] and not ask["field"].value() for ask in asks),
    )


def _answers(given: list[dict[str, Any]], standing: Standing) -> list[str]:
    """What was answered: the calm yes and no as counts, after every other with its question."""
    calm = [ask for ask in given if _is_calm(ask, standing)]
    named = [
        f"{ask['field'].label}: {_word(ask)}{standing.decided.get(ask['field'].name, '')}"
        for ask in given
        if ask not in calm
    ]
    counted = Counter(map(_word, calm)).most_common()
    return [*named, *(_("%(count)s × %(answer)s") % {"count": n, "answer": w} for w, n in counted)]


def _is_calm(ask: dict[str, Any], standing: Standing) -> bool:
    code = ask["field"].name
    if not ask["is_yes_or_no"] or code in {*standing.decided, *standing.alarming}:
        return False
    return bool(ask["field"].value() == ("yes" if code in standing.wanted else "no"))


def _word(ask: dict[str, Any]) -> str:
    chosen = str(ask["field"].value())
    return str(dict(getattr(ask["field"].field, "choices", ())).get(chosen, chosen))


def _decided(reading: SessionReading) -> dict[str, str]:
    """Who decided to go ahead on what the answers say, in words that follow the answer."""
    return {
        fact.code: _(", %(name)s decided to go ahead") % {"name": gate.decision.by}
        for gate in reading.gates
        if gate.decision is not None and gate.decision.code.startswith(DECISION)
        for fact in gate.judgement.evidence
    }


def _wanted(reading: SessionReading, codes: Iterable[str]) -> set[str]:
    """Questions to which the rules want a yes; to any other it is no that calls nobody."""
    of = reading.protocol
    by_wait = {wait.asked for wait in of.waits}
    return {
        code
        for code in codes
        if code in by_wait
        or code == NO_DRIVING
        or any(_wants_yes(gate, code, at=reading.at) for gate in of.gates)
    }


def _wants_yes(gate: Rule, code: str, *, at: datetime) -> bool:
    """Whether a no alone holds it shut and a yes does not."""
    if code not in gate.when.codes():
        return False
    alone = ({code: [Fact(UUID(int=0), code, value, at, at)]} for value in (False, True))
    of_no, of_yes = (gate.when.judge(Moment(at, by_code)).verdict for by_code in alone)
    return of_no is UNMET and of_yes is not UNMET
