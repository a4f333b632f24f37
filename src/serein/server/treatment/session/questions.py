"""The questions before the dose, group by group: open while something of it is missing."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from serein.clinical.calm import wanting_yes
from serein.clinical.monitoring import SessionReading
from serein.clinical.rules import DECISION
from serein.server.alerts.models import Alert
from serein.server.treatment.forms.coded import ChecksForm


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
    wanted = wanting_yes(reading.protocol, form.codes, now=reading.at)
    standing = Standing(waiting, refused, alarming, decided, wanted)
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
