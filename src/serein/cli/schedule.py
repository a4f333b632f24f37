"""`serein schedule`: when the sessions of a course fall, and what comes after a missed one."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serein.cli.answers import AsJson, answer, bad_input, doubt
from serein.cli.content import whole_library
from serein.cli.files import At, day, evidence, facts_of, moment, parsed
from serein.clinical.errors import InputError

if TYPE_CHECKING:
    from serein.clinical.criteria import Judgement, Moment
    from serein.clinical.decisions import Decided
    from serein.clinical.facts import Fact
    from serein.clinical.library import Library
    from serein.clinical.protocols import Protocol
    from serein.clinical.schedule import PlannedSession, Proposal

DEFAULT_SESSIONS = 24


def schedule(
    protocol: Annotated[str, typer.Argument(metavar="PROTOCOL", help="Id of a protocol.")],
    start: Annotated[str, typer.Option(metavar="DATE", help="Day of the first session.")],
    dose_mg: Annotated[
        int | None, typer.Option("--dose-mg", help="Dose wanted from the second session on.")
    ] = None,
    facts_file: Annotated[
        Path | None,
        typer.Option(
            "--facts", help="JSON file of facts: age, weight, worse.", exists=True, dir_okay=False
        ),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            help='JSON list of sessions given: [{"on": DATE, "dose_mg": N}, ...].',
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    at: At = None,
    sessions: Annotated[
        int, typer.Option(min=1, max=500, help="How many sessions to plan.")
    ] = DEFAULT_SESSIONS,
    as_json: AsJson = False,
) -> None:
    """Plan the sessions of a course: phase, week, days, dose, devices, totals.

    With --history, propose what comes after the sessions given, and say why.
    """
    from serein.clinical.decisions import decided  # noqa: PLC0415  keeps `--help` quick

    with bad_input():
        library = whole_library()
        of = library.protocol(protocol)
        begins = day(start, option="--start")
        facts, known = _known(facts_file, library, begins=begins, at=at, is_now=history is not None)
        given_on = None if history is None else _given_on(parsed(history), begins=begins)
        proposal = _proposal(
            of, known, begins=begins, dose_mg=dose_mg, given_on=given_on, sessions=sessions
        )
    now, shelf = known.now, library.shelf
    decisions = decided(of, facts, given_on=given_on or [], now=now, on=shelf)
    rows = [_row(one) for one in proposal.sessions]
    document = {
        "protocol": protocol,
        "version": of.version,
        "sessions": rows,
        "totals": _totals(proposal.sessions),
        "missed": [missed.isoformat() for missed in proposal.missed],
        "decisions": [_decision(one) for one in decisions],
        "notes": _notes(of, proposal, known, dose_mg=dose_mg, decisions=decisions),
    }
    answer(document, as_json=as_json, sentence="\n".join(_lines(document, proposal.sessions)))


def _proposal(
    of: "Protocol",
    known: "Moment",
    *,
    begins: date,
    dose_mg: int | None,
    given_on: Sequence[date] | None,
    sessions: int,
) -> "Proposal":
    from serein.clinical.schedule import Proposal, plan, propose  # noqa: PLC0415  quick --help

    if given_on is None:
        planned = plan(of, start_on=begins, sessions=sessions, dose_mg=dose_mg, moment=known)
        return Proposal(planned, [], "", None)
    return propose(
        of,
        given_on=given_on,
        today=max([known.now.date(), *given_on]),
        sessions=sessions,
        dose_mg=dose_mg,
        moment=known,
    )


def _known(
    facts_file: Path | None, library: "Library", *, begins: date, at: str | None, is_now: bool
) -> "tuple[list[Fact], Moment]":
    """The facts and what they tell: at the time asked about, else now or at the start."""
    from serein.clinical.history import history as chart  # noqa: PLC0415  keeps `--help` quick

    is_now = is_now or at is not None
    now = moment(at) if is_now else datetime.combine(begins, time(12), tzinfo=UTC)
    facts = facts_of(facts_file, library=library, now=now) if facts_file else []
    return facts, chart(facts, now=now)


def _given_on(document: Any, *, begins: date) -> list[date]:
    """The days of the sessions given, each refused with its place when it cannot be one."""
    if not isinstance(document, list):
        raise InputError('the history is a list: [{"on": "2026-01-05", "dose_mg": 56}, ...]')
    days = []
    for index, row in enumerate(document):
        if not isinstance(row, dict) or not isinstance(row.get("on"), str):
            raise InputError(f'session {index} of the history has no day: {{"on": DATE}}')
        strangers = sorted(set(row) - {"on", "dose_mg", "n"})
        if strangers:
            raise InputError(f"session {index} of the history: unknown key '{strangers[0]}'")
        on = day(row["on"], option=f"session {index} of the history")
        if on < begins:
            raise InputError(f"session {index} of the history, {on}, lies before the start")
        days.append(on)
    return days


def _row(one: "PlannedSession") -> dict[str, Any]:
    return {
        "n": one.n,
        "phase": one.phase,
        "week": one.week,
        "on": one.on.isoformat(),
        "earliest": one.earliest.isoformat(),
        "latest": one.latest.isoformat(),
        "dose_mg": one.dose_mg,
        "mg_per_kg": one.mg_per_kg,
        "devices": one.devices,
        "checked": one.checked,
        "policy": one.policy,
    }


def _totals(planned: "Sequence[PlannedSession]") -> dict[str, Any]:
    """Sums; None where the dose of a session is not known yet."""
    doses = [one.dose_mg for one in planned]
    devices = [one.devices for one in planned]
    return {
        "sessions": len(planned),
        "dose_mg": None if None in doses else sum(dose for dose in doses if dose),
        "devices": None if None in devices else sum(count for count in devices if count),
    }


def _notes(
    of: "Protocol",
    proposal: "Proposal",
    known: "Moment",
    *,
    dose_mg: int | None,
    decisions: "Sequence[Decided]",
) -> list[str]:
    planned = proposal.sessions
    notes = [proposal.reason] if proposal.reason else []
    notes += [one.text + doubt(one.marks) for one in of.warnings]
    if of.limits is None and dose_mg and all(one.dose_mg != dose_mg for one in planned):
        notes.append(f"{dose_mg} mg is no dose of {of.title}; the first allowed one is planned")
    if any(one.dose_mg is None for one in planned):
        missing = "weight" if of.limits else "age"
        notes.append(f"The dose depends on the {missing}, which is not among the facts")
    notes += _soft_notes(of, planned) + _weight_notes(of, known)
    last, found = planned[-1].n, {one.point.id: one for one in decisions}
    notes += [
        f"After session {point.after_session}: {point.text}{_as_found(found.get(point.id))}"
        f"{doubt(point.marks)}"
        for point in of.decisions
        if point.after_session is not None and point.after_session <= last
    ]
    return notes


def _as_found(one: "Decided | None") -> str:
    """What the scores say of a decision point, to stand after its text; empty where they cannot."""
    if one is None or one.judgement is None:
        return ""
    return f" ({one.judgement.verdict.value}: {_why(one.judgement)})"


def _why(judgement: "Judgement") -> str:
    from serein.clinical.criteria import sentence  # noqa: PLC0415  keeps `--help` quick

    return " ".join(map(sentence, judgement.reasons))


def _decision(one: "Decided") -> dict[str, Any]:
    point, judgement = one.point, one.judgement
    marks = point.when_marks or point.marks
    return {
        "id": point.id,
        "text": point.text,
        "after_session": point.after_session,
        "verdict": judgement.verdict.value if judgement else None,
        "why": _why(judgement) if judgement else "",
        "evidence": evidence(judgement.evidence) if judgement else [],
        "missing": list(judgement.missing) if judgement else [],
        "source": marks.source.title,
        "checked": marks.checked,
        "policy": marks.policy,
    }


def _soft_notes(of: "Protocol", planned: "Sequence[PlannedSession]") -> list[str]:
    """That a planned dose lies above the limit over which an order needs a reason."""
    limits = of.limits
    if limits is None:
        return []
    above = {
        one.dose_mg: one.mg_per_kg
        for one in planned
        if one.dose_mg is not None
        and (one.dose_mg > limits.soft_mg or (one.mg_per_kg or 0) > limits.soft_mg_per_kg)
    }
    return [
        f"{dose} mg ({per_kg:g} mg/kg) is above the soft limit of {limits.soft_mg_per_kg:g} mg/kg"
        f" and {limits.soft_mg:g} mg: an order needs the prescriber's reason"
        for dose, per_kg in above.items()
    ]


def _weight_notes(of: "Protocol", known: "Moment") -> list[str]:
    """That the weight the doses are counted by is older than the protocol lets an order use."""
    from serein.clinical.person import dose_weight  # noqa: PLC0415  keeps `--help` quick

    if of.limits is None:
        return []
    weight = dose_weight(known.by_code, method="actual", now=known.now)
    age = (known.now - weight.at).days if weight.value is not None else 0
    most = of.limits.weight_days
    if age < most:
        return []
    return [
        f"The doses are counted by a weight of {weight.at:%Y-%m-%d}, {age} days old; an order needs"
        f" one of the last {most} days: weigh again"
    ]


def _lines(document: dict[str, Any], planned: "Sequence[PlannedSession]") -> list[str]:
    totals = document["totals"]
    lines = [
        f"{one.n:>3}  {one.on}  {one.phase:<13} week {one.week:<3} {_dose(row)}{doubt(one)}"
        for one, row in zip(planned, document["sessions"], strict=True)
    ]
    mg = "the dose not known yet" if totals["dose_mg"] is None else f"{totals['dose_mg']} mg in all"
    lines.append(f"{totals['sessions']} sessions, {mg}")
    if document["missed"]:
        lines.append(f"Missed: {', '.join(document['missed'])}")
    return [*lines, *document["notes"]]


def _dose(row: dict[str, Any]) -> str:
    by_weight = "" if row["mg_per_kg"] is None else f" ({row['mg_per_kg']:g} mg/kg)"
    return ("?" if row["dose_mg"] is None else str(row["dose_mg"])) + " mg" + by_weight
