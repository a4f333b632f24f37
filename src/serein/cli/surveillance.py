"""What is watched for over years: what is due and what an answer sets off, from facts alone."""

from typing import TYPE_CHECKING, Any

from serein.cli.answers import AsJson, answer, bad_input
from serein.cli.content import whole_library
from serein.cli.files import At, FactsFile, evidence, facts_of, moment

if TYPE_CHECKING:
    from serein.clinical.surveillance import Raised, Watched

CONTENT = "long-term"
SIGNS = {"never": "○", "overdue": "▲", "due": "●", "done": "✓"}


def surveillance(facts_file: FactsFile, at: At = None, as_json: AsJson = False) -> None:
    """Say what is watched for over years: what is due or was never done, what must be acted on."""
    from serein.clinical.surveillance import surveil  # noqa: PLC0415  keeps `serein --help` quick

    with bad_input():
        library, now = whole_library(), moment(at)
        plan = library.shelf.item("surveillance", CONTENT)
        known = facts_of(facts_file, library=library, now=now)
        found = surveil(plan, known, now=now)
    document = {
        "content": plan.id,
        "version": plan.version,
        "at": now.isoformat(),
        "items": [_item(one) for one in found],
    }
    lines = [line for one in found for line in _lines(one)]
    answer(document, as_json=as_json, sentence="\n".join(lines))


def _item(one: "Watched") -> dict[str, Any]:
    item = one.item
    return {
        "id": item.id,
        "title": item.title,
        "text": item.text,
        "state": one.state.value,
        "last_at": one.last_at.isoformat() if one.last_at else None,
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "action": item.action,
        "for_role": item.for_role,
        "evidence": evidence(one.evidence),
        "missing": list(one.missing),
        "escalations": [_raised(each) for each in one.escalations],
        "unknown": list(one.unknown),
        "source": item.source.title,
        "checked": item.checked,
        "policy": item.policy,
    }


def _raised(one: "Raised") -> dict[str, Any]:
    fired = one.fired
    return {
        "id": fired.id,
        "text": fired.text,
        "urgency": fired.urgency,
        "for_role": fired.for_role,
        "action": fired.action,
        "hold": one.holds,
        "why": fired.why,
        "evidence": evidence(fired.evidence),
        "source": fired.source.title,
        "checked": fired.checked,
        "policy": fired.policy,
    }


def _lines(one: "Watched") -> list[str]:
    """One line for the thing, one for each answer that must be acted on."""
    state = one.state.value
    line = f"{SIGNS.get(state, '·')} {state:<15}{one.item.title}"
    line += f", last {one.last_at:%Y-%m-%d}" if one.last_at else ""
    line += f", due {one.due_at:%Y-%m-%d}" if one.due_at else ""
    line += f"; not recorded: {', '.join(one.missing)}" if one.evidence and one.missing else ""
    lines = [line]
    for each in one.escalations:
        fired = each.fired
        hold = ", hold the next dose" if each.holds else ""
        lines += [f"  ▲ {fired.urgency}{hold}: {fired.text}. {fired.action} ({fired.for_role})"]
    return lines
