"""What earlier treatment counts for: trials by a named set of rules, and the stage reached."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from serein.cli.answers import AsJson, answer, bad_input, doubt
from serein.cli.content import whole_library
from serein.cli.files import At, FactsFile, evidence, facts_of, moment

if TYPE_CHECKING:
    from serein.clinical.criteria import Derived
    from serein.clinical.staging import Graded
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
        now = moment(at)
        known = facts_of(facts_file, library=library, now=now)
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
    lines += [f"  {SIGNS[one.counted]} {one.drug}: {one.reason}{doubt(one)}" for one in found]
    answer(document, as_json=as_json, sentence="\n".join(lines))


def staging(
    rules: Rules,
    facts_file: FactsFile,
    method: Annotated[str, typer.Option("--method", help="Method of staging.")] = "maudsley",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Stage a depression that resists treatment: points, total and band, or what is missing."""
    from serein.clinical import staging as points  # noqa: PLC0415  as above
    from serein.clinical.trials import rules_named  # noqa: PLC0415  as above

    with bad_input():
        library = whole_library()
        by = rules_named(library.shelf, rules)
        of = library.shelf.item(points.KIND, method)
        now = moment(at)
        known = facts_of(facts_file, library=library, now=now)
    found = points.staged(of, known, rules=by, now=now)
    document = {
        "method": found.method,
        "version": found.version,
        "rules": by.name,
        "at": now.isoformat(),
        "total": found.total,
        "band": found.band,
        "low": found.low,
        "high": found.high,
        "missing": list(found.missing),
        "why": found.why,
        "items": [_item(one) for one in found.items],
    }
    total = "no total" if found.total is None else f"total {found.total}"
    lines = [f"{method} version {found.version} by {by.name}: {total}, {found.band or 'no band'}"]
    lines += [f"  {found.why}"]
    lines += [f"  missing: {', '.join(found.missing)}"] if found.missing else []
    answer(document, as_json=as_json, sentence="\n".join(lines))


def _item(one: "Graded") -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "value": one.value,
        "low": one.low if one.is_staged is not False else None,
        "high": one.high if one.is_staged is not False else None,
        "missing": list(one.missing),
        "evidence": evidence(one.evidence),
        "source": one.source.title,
        "checked": one.checked,
    }


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
        "episode": one.episode,
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
