"""What earlier treatment counts for: trials of antidepressants by a named set of rules."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from serein.cli.answers import AsJson, answer, bad_input
from serein.cli.content import whole_library
from serein.cli.files import At, FactsFile, facts_of, moment

if TYPE_CHECKING:
    from serein.clinical.criteria import Derived
    from serein.clinical.trials import Weighed

Rules = Annotated[
    str,
    typer.Option("--rules", metavar="NAME", help="A rule set: atrq, athf-sf, trials-cigna.v1 ..."),
]
SIGNS = {True: "✓", False: "–", None: "○"}


def trials(rules: Rules, facts_file: FactsFile, at: At = None, as_json: AsJson = False) -> None:
    """Weigh each medication trial: counted as failed, not counted or cannot say, and why."""
    from serein.clinical import trials as weighing  # noqa: PLC0415  keeps `serein --help` quick

    with bad_input():
        library = whole_library()
        by = weighing.rules_named(library.shelf, rules)
        known = facts_of(facts_file, library=library)
        now = moment(at)
    found = weighing.weigh(by, known, now=now)
    count = weighing.failed(by, known, now=now)
    added = weighing.augmentations(by, known, now=now)
    document = {
        "rules": by.rules.id,
        "version": by.rules.version,
        "title": by.rules.title,
        "at": now.isoformat(),
        "distinct": by.rules.distinct.by,
        **bounds("failed", count),
        **bounds("augmentations", added),
        "missing": list(count.missing),
        "trials": [_row(one) for one in found],
    }
    lines = [f"{by.name}: {_said(count, by.rules.distinct.by)}"]
    lines += [f"  {SIGNS[one.counted]} {one.drug}: {one.reason}" for one in found]
    answer(document, as_json=as_json, sentence="\n".join(lines))


def bounds(word: str, count: "Derived") -> dict[str, int | None]:
    """The least and the most that a count can be; nothing where it was never asked."""
    low, high = count.value or (None, None)
    return {word: low, f"{word}_at_most": high}


def _said(count: "Derived", by: str) -> str:
    if count.value is None:
        return "cannot say, no trial is on file"
    low, high = count.value
    many = f"{low}" if low == high else f"{low} to {high}"
    return f"failed trials: {many} (one for each {by})"


def _row(one: "Weighed") -> dict[str, Any]:
    return {
        "drug": one.drug,
        "name": one.name,
        "class": one.of_class,
        "augmentation": one.is_augmentation,
        "counted": one.counted,
        "reason": one.reason,
        "lacking": list(one.lacking),
        "source": one.source.title,
        "section": one.source.section,
        "checked": one.checked,
        "policy": one.policy,
        "at": one.fact.effective_at.isoformat(),
    }
