"""Questions about one patient, answered from the content files alone: no server, no database."""

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serein.cli.answers import AsJson, answer, bad_input
from serein.cli.content import whole_library
from serein.cli.files import At, FactsFile, evidence, facts_of, moment, parsed, told
from serein.clinical.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from serein.clinical.criteria import Finding
    from serein.clinical.derived_codes import DerivedCode
    from serein.clinical.dictionary import CodeEntry
    from serein.clinical.monitoring import SessionReading
    from serein.clinical.policies import PolicyTable
    from serein.clinical.rules import Fired

COLUMNS = 100
INDENT = " " * 13
SIGNS = {"met": "✓", "unmet": "▲", "unknown": "○"}
POLICY = "Clinic policy"
RESTING = {"unchecked": "values not yet checked", "policy": "the clinic's own rules"}


def facts(as_json: AsJson = False) -> None:
    """List every fact code: title, type, unit, range, coding, who derives it.

    Those of type `derived` are worked out by the rules; nobody records them.
    """
    from serein.clinical.derived_codes import derived_codes  # noqa: PLC0415  quick --help

    library = whole_library()
    rows = [_recorded(entry) for entry in library.dictionary.entries.values()]
    rows += [_derived(one) for one in derived_codes(library.shelf)]
    lines = [f"{row['code']:<34} {row['type']:<11} {row['unit']:<9} {row['title']}" for row in rows]
    answer({"facts": rows}, as_json=as_json, sentence="\n".join(lines))


def _recorded(entry: "CodeEntry") -> dict[str, Any]:
    return {
        "code": entry.code,
        "title": entry.title,
        "type": entry.type,
        "unit": entry.unit,
        "other_units": entry.other_units,
        "range": [entry.low, entry.high],
        "choices": entry.choices,
        "scope": entry.scope,
        "coding": {"loinc": entry.loinc, "panel": entry.panel_loinc} if entry.loinc else {},
        "derived_by": entry.derived_by,
        "judged_by": entry.judged_by,
        "fields": [field.model_dump() for field in entry.fields],
    }


def _derived(one: "DerivedCode") -> dict[str, Any]:
    term = one.term
    return {
        "code": one.code,
        "title": term.title,
        "type": "derived",
        "unit": term.unit,
        "other_units": {},
        "range": [None, None],
        "choices": dict(term.choices),
        "scope": "session" if one.derived_by == "session" else "patient",
        "coding": {},
        "derived_by": one.derived_by,
        "judged_by": "",
        "fields": [],
    }


def judge(
    content: Annotated[
        str, typer.Argument(metavar="CONTENT", help="Id of a protocol or of a set of criteria.")
    ],
    facts_file: FactsFile,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Judge every criterion of a protocol's gates, a payer's policy or an eligibility set.

    Each is met, unmet or unknown, with its evidence, what is missing, and its source.
    """
    version, now, findings, (until, notes) = _findings(content, facts_file, at)
    document = {
        "content": content,
        "version": version,
        "at": now.isoformat(),
        "until": until,
        "notes": notes,
        "verdict": _together(findings),
        "criteria": [_criterion(one) for one in findings],
    }
    lines = [f"{document['verdict']}: {content} version {version}"]
    lines += [f"▲ {note}" for note in notes]
    lines += [line for one in findings for line in _whole(one)]
    answer(document, as_json=as_json, sentence="\n".join(lines))


def _findings(
    content: str, facts_file: Path, at: str | None
) -> "tuple[int, datetime, Sequence[Finding], tuple[date | None, list[str]]]":
    from serein.clinical import policies  # noqa: PLC0415  keeps `serein --help` quick

    with bad_input():
        library = whole_library()
        kind = library.file(content).kind
        if kind == "protocol":
            reading = _reading(content, facts_file, at)
            return reading.protocol.version, reading.at, reading.gates, (None, [])
        if kind != "policy":
            raise InputError(f"{content} is a file of kind {kind}: it has no criteria to judge")
        of, now = library.shelf.item("policy", content), moment(at)
        known = facts_of(facts_file, library=library, now=now)
        found = policies.judge(of, known, now=now, on=library.shelf)
        return of.version, now, found, (of.table.until, _not_in_force(of.table, now.date()))


def _not_in_force(of: "PolicyTable", on: "date") -> list[str]:
    """That a set of criteria does not hold on the day asked about; nothing when it does."""
    if of.holds(on):
        return []
    ends = f" to {of.until}" if of.until else ""
    reckoned = " (our own reckoning)" if of.in_force and of.in_force.policy else ""
    return [f"Not in force on {on}: it holds from {of.effective}{ends}{reckoned}"]


def session(
    protocol: Annotated[str, typer.Argument(metavar="PROTOCOL", help="Id of a protocol.")],
    facts_file: FactsFile,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Say how a session stands: gates, what is due, alerts, what holds the patient here."""
    reading = _reading(protocol, facts_file, at)
    going, earliest = reading.release, reading.earliest_dose_at
    document = {
        "protocol": protocol,
        "version": reading.protocol.version,
        "at": reading.at.isoformat(),
        "stage": reading.stage,
        "gates": [_criterion(one) for one in reading.gates],
        "due": [
            {
                "id": one.id,
                "text": one.text,
                "at": one.due_at.isoformat(),
                "overdue": one.state == "overdue",
            }
            for one in reading.due
        ],
        "alerts": [_alert(one) for one in reading.alerts],
        "discharge": {
            "verdict": _together(going.findings),
            "blockers": [_criterion(one) for one in going.blockers],
            "earliest": going.earliest_at.isoformat() if going.earliest_at else None,
        },
        "earliest_start": earliest.isoformat() if earliest else None,
    }
    answer(document, as_json=as_json, sentence="\n".join(_session_lines(reading)))


def score(
    instrument: Annotated[str, typer.Argument(metavar="INSTRUMENT", help="Id of a scale.")],
    answers: Annotated[
        Path,
        typer.Option(help="JSON object: item id or number -> answer.", exists=True, dir_okay=False),
    ],
    as_json: AsJson = False,
) -> None:
    """Score one answer sheet: total, band, flags, what is missing."""
    from serein.clinical.scoring import score as scored  # noqa: PLC0415  as above

    with bad_input():
        sheet = parsed(answers)
        if not isinstance(sheet, dict):
            raise InputError('answers are one object: {"1": 2, "2": 0, ...}')
        result = scored(whole_library().instrument(instrument), sheet)
    document = result.model_dump()
    total = "no total" if result.total is None else f"total {result.total}"
    lines = [f"{instrument} version {result.version}: {total}, {result.band or 'no band'}"]
    lines += [f"  ▲ {flag}" for flag in result.flags]
    if result.action:
        lines.append(f"  ▲ {result.urgency}: {result.action}")
    if result.missing:
        lines.append(f"  missing: {', '.join(result.missing)}")
    answer(document, as_json=as_json, sentence="\n".join(lines))


def _reading(protocol: str, facts_file: Path, at: str | None) -> "SessionReading":
    from serein.clinical.monitoring import read_session  # noqa: PLC0415  keeps `--help` quick

    with bad_input():
        library = whole_library()
        now = moment(at)
        known = facts_of(facts_file, library=library, now=now)
        return read_session(
            library.protocol(protocol), known, now=now, dictionary=library.dictionary
        )


def _together(findings: "Iterable[Finding]") -> str:
    """Unmet when one is, else unknown when one is, else met."""
    verdicts = {one.verdict.value for one in findings}
    return next((word for word in ("unmet", "unknown") if word in verdicts), "met")


def _criterion(one: "Finding") -> dict[str, Any]:
    return {
        "id": one.id,
        "text": one.text,
        "verdict": one.verdict.value,
        "why": one.why,
        "evidence": evidence(one.evidence),
        "missing": one.missing,
        "source": one.source.title,
        "section": one.source.section,
        "checked": one.checked,
        "policy": one.policy,
        "rests_on": list(one.rests_on),
    }


def _alert(one: "Fired") -> dict[str, Any]:
    return {
        "id": one.id,
        "text": one.text,
        "urgency": one.urgency,
        "evidence": evidence(one.evidence),
        "source": one.source.title,
    }


def _criterion_lines(findings: "Sequence[Finding]") -> list[str]:
    return [
        f"  {SIGNS[one.verdict.value]} {one.verdict.value:<8} {one.text}"
        + (f" (missing: {', '.join(one.missing)})" if one.missing else "")
        for one in findings
    ]


def _whole(one: "Finding") -> list[str]:
    """A criterion, the facts that decided it, and where it comes from, within 100 columns."""
    (head,) = _criterion_lines([one])
    source = ", ".join(part for part in (one.source.title, one.source.section) if part)
    ground = "" if one.policy and one.source.title == POLICY else f" ({_ground(one)})"
    return [
        *wrap(head, COLUMNS, subsequent_indent=INDENT),
        *(line for fact in one.evidence for line in _indented(f"by {told(fact)}")),
        *_indented(f"source: {source}{ground}"),
    ]


def _ground(one: "Finding") -> str:
    if one.policy:
        return "clinic policy"
    if one.rests_on:
        return "counted by " + " and ".join(RESTING[mark] for mark in one.rests_on)
    return "checked" if one.checked else "not yet checked"


def _indented(text: str) -> list[str]:
    return wrap(text, COLUMNS, initial_indent=INDENT, subsequent_indent=f"{INDENT}  ")


def _session_lines(reading: "SessionReading") -> list[str]:
    going = reading.release
    lines = [f"{reading.stage}, {reading.at:%Y-%m-%d %H:%M} UTC", "Before the next device:"]
    lines += _criterion_lines(reading.open_gates) or ["  nothing stands in the way"]
    lines += ["Due:"] if reading.due else []
    lines += [f"  {one.due_at:%H:%M} {one.state:<8} {one.text}" for one in reading.due]
    lines += [f"▲ {one.urgency}: {one.text}" for one in reading.alerts]
    lines.append("Leaving:")
    lines += _criterion_lines(going.blockers) or ["  nothing stands in the way"]
    if going.earliest_at:
        lines.append(f"  not before {going.earliest_at:%H:%M} UTC")
    return lines
