"""The questions before the dose, group by group: open while something of it is missing."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from serein.server.treatment.forms.coded import ChecksForm


@dataclass(frozen=True)
class Group:
    """One group of questions; a finished one is a line with its answers, to be opened again."""

    title: str
    asks: list[dict[str, Any]]
    is_open: bool
    answers: list[str] = field(default_factory=list)
    unanswered: int = 0


def groups(form: ChecksForm, *, waiting: Collection[str], refused: Collection[str]) -> list[Group]:
    """The form's groups in their order.

    Args:
        form: The questions with what was answered.
        waiting: Codes that hold a gate shut, unanswered or by their answer.
        refused: Codes whose answer was just sent back.
    """
    return [_group(group, waiting=waiting, refused=refused) for group in form.groups]


def _group(group: dict[str, Any], *, waiting: Collection[str], refused: Collection[str]) -> Group:
    asks = group["asks"]
    codes = {ask["field"].name for ask in asks}
    given = [ask for ask in asks if ask["field"].value()]
    # Of a group that no gate waits for, only what the prescriber judges may stay unasked.
    is_untouched = not given and any(not ask["is_judged"] for ask in asks)
    return Group(
        title=group["title"],
        asks=asks,
        is_open=is_untouched or not codes.isdisjoint({*waiting, *refused}),
        answers=_answers(given),
        unanswered=sum(ask["is_yes_or_no"] and not ask["field"].value() for ask in asks),
    )


def _answers(given: list[dict[str, Any]]) -> list[str]:
    """What was answered: the answer that most have as a count, every other in its own words."""
    said = [(ask, _word(ask)) for ask in given]
    counted = Counter(word for ask, word in said if ask["is_yes_or_no"]).most_common(1)
    usual = counted[0][0] if counted else None
    others = [
        word if ask["is_text"] else f"{ask['field'].label}: {word}"
        for ask, word in said
        if not (ask["is_yes_or_no"] and word == usual)
    ]
    if not counted:
        return others
    return [_("%(count)s × %(answer)s") % {"count": counted[0][1], "answer": usual}, *others]


def _word(ask: dict[str, Any]) -> str:
    chosen = str(ask["field"].value())
    return str(dict(getattr(ask["field"].field, "choices", ())).get(chosen, chosen))
