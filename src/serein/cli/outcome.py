"""Whether it is working: every scale, answered from facts and content files alone."""

from typing import TYPE_CHECKING, Any

from serein.cli.answers import AsJson, answer, bad_input
from serein.cli.content import whole_library
from serein.cli.files import At, FactsFile, evidence, facts_of, moment

if TYPE_CHECKING:
    from serein.clinical.comparing import Told
    from serein.clinical.facts import Fact
    from serein.clinical.outcomes import Outcome

GOOD = {"met": "✓ yes", "unmet": "· no", "unknown": "○ not known"}
BAD = {"met": "▲ yes", "unmet": "✓ no", "unknown": "○ not known"}
JUDGED = ("response", "partial", "worse", "meaningful", "relapse")
WARNING = ("worse", "relapse")
COMPARABLE = {"met": True, "unmet": False, "unknown": None}


def outcome(facts_file: FactsFile, at: At = None, as_json: AsJson = False) -> None:
    """Say for every scale whether it is working: change, response, each remission, relapse."""
    from serein.clinical.outcome_terms import (  # noqa: PLC0415  keeps `serein --help` quick
        newest_scales,
        standards_of,
    )
    from serein.clinical.outcomes import outcomes  # noqa: PLC0415  as above

    with bad_input():
        library, now = whole_library(), moment(at)
        found = outcomes(
            facts_of(facts_file, library=library, now=now),
            instruments=newest_scales(library.shelf),
            standards=standards_of(library.shelf),
            now=now,
        )
    lines = [line for one in found for line in _lines(one)]
    document = {"at": now.isoformat(), "measures": [_measure(one) for one in found]}
    sentence = "\n".join(lines) or "No scale was answered."
    answer(document, as_json=as_json, sentence=sentence)


def _measure(one: "Outcome") -> dict[str, Any]:
    told: dict[str, Told] = {name: getattr(one, name) for name in JUDGED}
    if one.rise is not None:
        told["rise"] = one.rise
    rise = one.instrument.rise
    return {
        "instrument": one.instrument.id,
        "version": one.instrument.version,
        **_total("baseline", one.baseline),
        **_total("latest", one.latest),
        **_total("best", one.best),
        "change": one.change,
        "change_percent": _rounded(one.change_percent),
        "improvement_percent": _rounded(one.improvement_percent),
        **{name: each.verdict.value for name, each in told.items()},
        "rise_name": rise.name if rise else None,
        "remission": [
            {
                "name": each.name,
                "threshold": each.threshold,
                "verdict": each.told.verdict.value,
                "reason": each.told.reason,
            }
            for each in one.remission
        ],
        "reached_at": one.reached_at.isoformat() if one.reached_at else None,
        "relapse_at": one.relapse_at.isoformat() if one.relapse_at else None,
        "comparable": COMPARABLE[one.comparable.verdict.value],
        "reasons": {
            "comparable": one.comparable.reason,
            **{name: each.reason for name, each in told.items()},
        },
        "evidence": {name: evidence(each.evidence) for name, each in told.items()},
        "missing": list(one.comparable.missing),
    }


def _total(name: str, fact: "Fact | None") -> dict[str, Any]:
    return {
        name: fact.value if fact else None,
        f"{name}_at": fact.effective_at.isoformat() if fact else None,
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 1)


def _lines(one: "Outcome") -> list[str]:
    """A scale at a glance: the numbers, then each answer that can be given."""
    share = one.change_percent
    change = "" if share is None else f", {share:+.0f} %"
    lines = [f"{one.instrument.title}: {_shown(one.baseline)} → {_shown(one.latest)}{change}"]
    if one.best is not None:
        lines[0] += f" (best {_shown(one.best)})"
    if one.comparable.verdict.value != "met":
        lines.append(f"  ○ not comparable: {one.comparable.reason}")
    return lines + [
        f"  {words[each.verdict.value]:<13}{name}: {each.reason}"
        for name, each, words in _answers(one)
        if not each.reason.startswith("the file of") and not _goes_without_saying(one, name, each)
    ]


def _answers(one: "Outcome") -> "list[tuple[str, Told, dict[str, str]]]":
    told = [(name, getattr(one, name), BAD if name in WARNING else GOOD) for name in JUDGED]
    told += [(f"remission, {each.name}", each.told, GOOD) for each in one.remission]
    if one.instrument.rise is not None and one.rise is not None:
        told.append((one.instrument.rise.name, one.rise, BAD))
    return told


def _goes_without_saying(one: "Outcome", name: str, told: "Told") -> bool:
    """Not known for the one reason that the scale's second line gives."""
    is_rise = one.instrument.rise is not None and name == one.instrument.rise.name
    is_said = one.comparable.verdict.value != "met" or one.instrument.recall_days == 0
    return told.verdict.value == "unknown" and is_said and not is_rise


def _shown(fact: "Fact | None") -> str:
    return "no total" if fact is None else f"{fact.value} ({fact.effective_at:%Y-%m-%d})"
