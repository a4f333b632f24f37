"""What is known in general: what is often said and how it stands, and what the studies found."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from serein.cli.answers import AsJson, answer, bad_input, refusals
from serein.cli.content import whole_library
from serein.cli.files import day, moment

if TYPE_CHECKING:
    from datetime import date

    from serein.clinical.criteria import Source
    from serein.clinical.evidence import Arm, Evidence, Result, Study
    from serein.clinical.rates import CountedTrial, Rate, Rates
    from serein.clinical.statements import Statement, Statements

NOT_CHECKED = "not yet checked"
SIGNS = {"positive": "+", "negative": "−", "null": "○", "mixed": "±"}
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="The day; without it, today.")]


def statements(on: On = None, as_json: AsJson = False) -> None:
    """List what is often said of these treatments, how it stands, as of when, by which source."""
    with bad_input():
        asked = day(on, option="--on") if on else moment(None).date()
    with refusals():
        files: list[Statements] = whole_library().shelf.of_kind("statements")
    rows = [_statement(file, one, asked) for file in files for one in file.statement]
    lines = [line for row in rows for line in _statement_lines(row)]
    answer(
        {"on": asked.isoformat(), "statements": rows}, as_json=as_json, sentence="\n".join(lines)
    )


def evidence(as_json: AsJson = False) -> None:
    """List what the studies found, for and against, and how often side effects came."""
    with refusals():
        shelf = whole_library().shelf
    studies: list[Evidence] = shelf.of_kind("evidence")
    counted: list[Rates] = shelf.of_kind("rates")
    rows = [_study(file, one) for file in studies for one in file.study]
    trials = [_trial(file, one) for file in counted for one in file.trial]
    lines = [line for row in rows for line in _study_lines(row)]
    lines += [line for row in trials for line in _trial_lines(row)]
    answer({"studies": rows, "rates": trials}, as_json=as_json, sentence="\n".join(lines))


def _statement(file: "Statements", one: "Statement", on: "date") -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "often_said": one.often_said,
        "stands_now": one.stands_now,
        "stance": one.stance,
        "as_of": one.as_of.isoformat(),
        "until": one.until.isoformat() if one.until else None,
        "standing": file.standing(one, on=on),
        "jurisdiction": one.jurisdiction,
        "sources": [_source(each) for each in file.sources_of(one)],
        "checked": one.checked,
        "content": file.id,
        "version": file.version,
    }


def _source(source: "Source") -> dict[str, str]:
    return {"title": source.title, "section": source.section, "url": source.url}


def _study(file: "Evidence", study: "Study") -> dict[str, Any]:
    return {
        **study.model_dump(
            include={"id", "title", "year", "design", "n", "drug", "route", "population"}
        ),
        **study.model_dump(include={"topic", "direction", "text", "doi", "checked"}),
        "source": _source(file.source_of(study)),
        "results": [_result(file, row) for row in study.result],
        "content": file.id,
        "version": file.version,
    }


def _result(file: "Evidence", row: "Result") -> dict[str, Any]:
    contrast = row.contrast
    return {
        **row.model_dump(include={"id", "measure", "at", "unit", "ci", "se", "p", "is_primary"}),
        "arm": _arm(row.arm),
        "versus": _arm(row.versus) if row.versus else None,
        "difference": contrast.difference,
        "nnt": contrast.nnt,
        "text": row.text,
        "checked": row.checked,
        "source": _source(file.source_of(row)),
    }


def _arm(arm: "Arm") -> dict[str, Any]:
    return {**arm.model_dump(include={"name", "n", "count", "sd"}), "value": arm.amount}


def _trial(file: "Rates", trial: "CountedTrial") -> dict[str, Any]:
    return {
        **trial.model_dump(include={"id", "title", "drug", "when"}),
        "arm": trial.arm.model_dump(include={"name", "n", "checked"}),
        "versus": trial.versus.model_dump(include={"name", "n", "checked"})
        if trial.versus
        else None,
        "rates": [_rate(file, row) for row in trial.rate],
        "content": file.id,
        "version": file.version,
    }


def _rate(file: "Rates", row: "Rate") -> dict[str, Any]:
    return {
        **row.model_dump(exclude={"source", "policy"}),
        "difference": row.difference,
        "source": _source(file.source_of(row)),
    }


def _statement_lines(row: dict[str, Any]) -> list[str]:
    read_again = " · to be read again" if row["standing"] == "to-be-reread" else ""
    return [
        f"{row['title']} ({row['jurisdiction']}): {row['stance'].replace('-', ' ')},"
        f" as of {row['as_of']}{read_again}{_mark(row)}",
        f"  Often said: {row['often_said']}",
        f"  Stands now: {row['stands_now']}",
        f"  Source: {'; '.join(each['title'] for each in row['sources'])}",
    ]


def _mark(row: dict[str, Any]) -> str:
    return "" if row["checked"] else f" · {NOT_CHECKED}"


def _study_lines(row: dict[str, Any]) -> list[str]:
    size = f", n = {row['n']}" if row["n"] else ""
    head = f"{SIGNS[row['direction']]} {row['title']}: {row['direction']} ({row['topic']})"
    about = f"  {row['drug']}, {row['route']}{size}; {row['design']}; {row['population']}"
    return [
        f"{head}{_mark(row)}",
        about,
        f"  {row['text']}",
        *(_result_line(each) for each in row["results"]),
    ]


def _result_line(row: dict[str, Any]) -> str:
    unit = row["unit"]
    words = [
        f"{row['measure']}{', ' + row['at'] if row['at'] else ''}: {_amount(row['arm'], unit)}"
    ]
    if row["versus"]:
        words.append(f"against {_amount(row['versus'], unit)}")
    if row["difference"] is not None:
        points = "points" if unit == "%" else unit
        words.append(f"difference {row['difference']:.1f} {points}")
    if row["ci"]:
        words.append("95 % interval {:g} to {:g}".format(*row["ci"]))
    if row["nnt"] is not None:
        more = "more" if row["difference"] > 0 else "fewer"
        words.append(f"one {more} for each {row['nnt']:.1f} treated")
    about = f" ({row['text']})" if row["text"] else ""
    return f"  - {', '.join(words)}{about}{_mark(row)}"


def _amount(arm: dict[str, Any], unit: str) -> str:
    if arm["value"] is None:
        return str(arm["name"])
    counted = "" if arm["count"] is None else f" ({arm['count']} of {arm['n']})"
    return f"{arm['name']} {round(arm['value'], 2):g} {unit}{counted}"


def _trial_lines(row: dict[str, Any]) -> list[str]:
    when = f", {row['when']}" if row["when"] else ""
    versus = f" against {row['versus']['name']}" if row["versus"] else ""
    head = f"{row['title']}{when}: {row['arm']['name']}{versus}"
    return [head, *(_rate_line(each) for each in row["rates"])]


def _rate_line(row: dict[str, Any]) -> str:
    rate = _range(row["percent"], row["up_to"])
    versus = row["versus_percent"]
    against = "" if versus is None else f" against {_range(versus, row['versus_up_to'])}"
    return f"  - {row['title']}: {rate}{against}{_mark(row)}"


def _range(low: float, high: float | None) -> str:
    return f"{low:g} %" if high is None else f"{low:g} to {high:g} %"
