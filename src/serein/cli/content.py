"""`serein content`: what clinicians write, checked and shown; needs no database."""

import difflib
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serein.cli.answers import REFUSED, AsJson, answer, bad_input, refusals
from serein.clinical.errors import InputError

if TYPE_CHECKING:
    from serein.clinical.content_file import ContentFile
    from serein.clinical.difference import Change
    from serein.clinical.library import Library, Report

app = typer.Typer(
    help="Protocols, scales and codes: the files that clinicians write.", no_args_is_help=True
)


@app.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="A folder of content files; without it, those that come with Serein.",
            exists=True,
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check content files: structure, sources, words, worked cases.

    Says file, line, key and reason.
    """
    from serein.clinical import library  # noqa: PLC0415  keeps `serein --help` quick

    reports = [_as_row(report) for report in library.check(folder or library.PACKAGED)]
    lines = [line for report in reports for line in _report_lines(report)]
    answer({"files": reports}, as_json=as_json, sentence="\n".join(lines) or "No content files.")
    if any(report["problems"] for report in reports):
        raise typer.Exit(REFUSED)


@app.command(name="list")
def list_files(as_json: AsJson = False) -> None:
    """List the content that comes with Serein and the clinic's own (SEREIN_CONTENT)."""
    with refusals():
        rows = [_row(file) for file in whole_library().files]
    lines = [
        f"{row['id']:<28} version {row['version']}  {row['kind']:<14} {_confirming(row)},"
        f" {row['cases']} cases"
        for row in rows
    ]
    answer({"files": rows}, as_json=as_json, sentence="\n".join(lines))


@app.command()
def show(
    content_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the content.")],
    version: Annotated[
        int | None, typer.Option(help="Which version; without it the newest.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print one content file, or with --json its entry in the list."""
    with refusals():
        file = whole_library().file(content_id, version)
    answer({"files": [_row(file)]}, as_json=as_json, sentence=_text(file).rstrip())


@app.command()
def diff(
    content_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the content.")],
    before: Annotated[int, typer.Argument(metavar="V1", help="One version.")],
    after: Annotated[int, typer.Argument(metavar="V2", help="Another version.")],
    raw: Annotated[
        bool, typer.Option("--raw", help="Show the lines of the files instead, as programs do.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what changed between two versions of a content file.

    First what a patient is treated by, then words, sources and worked cases.
    """
    with refusals():
        library = whole_library()
        files = [library.file(content_id, version) for version in (before, after)]
    changes = _changes(library, files)
    unified = _unified(files)
    document = {
        "files": [_row(file) for file in files],
        "changes": [_change(change) for change in changes],
        "diff": unified,
    }
    lines = unified if raw else _told(changes)
    answer(document, as_json=as_json, sentence="\n".join(lines) or "No difference.")


@app.command()
def new(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="protocol, instrument ...")],
    content_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="The id of the new file.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Where to write it; named like some-id.v1.toml."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a commented content file of one kind to start from, which passes its own check.

    Without --to it goes to standard output.
    """
    from serein.clinical import content_templates  # noqa: PLC0415  keeps `--help` quick

    with bad_input():
        wanted = content_id or (content_templates.id_in_name(to.name) if to else None)
        text = content_templates.template(kind, content_id=wanted)
        if to is not None:
            _write_new(to, text)
    document = {"kind": kind, "file": str(to) if to else None, "text": text}
    answer(document, as_json=as_json, sentence=f"Written to {to}." if to else text.rstrip())


def _write_new(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise InputError(f"{file} exists already; nothing was written") from None
    except OSError as wrong:
        raise InputError(f"{file} cannot be written: {wrong.strerror}") from wrong


def _changes(library: "Library", files: "list[ContentFile]") -> "list[Change]":
    from serein.clinical.content_kinds import terms  # noqa: PLC0415  keeps `--help` quick
    from serein.clinical.difference import difference  # noqa: PLC0415  keeps `--help` quick

    before, after = files
    return difference(before.raw, after.raw, terms=terms(library.dictionary))


def _change(change: "Change") -> dict[str, Any]:
    return {
        "key": change.key,
        "title": change.title,
        "change": change.how,
        "treats": change.treats,
        "mark": change.mark or None,
        "values": [value._asdict() for value in change.values],
        "text": "; ".join([change.heading, *change.lines]),
    }


def _told(changes: "list[Change]") -> list[str]:
    """The changes under two headings, or nothing."""
    groups = [
        ("What a patient is treated by", [each for each in changes if each.treats]),
        ("Words, sources and cases", [each for each in changes if not each.treats]),
    ]
    lines = []
    for heading, found in groups:
        lines += [f"{heading}: {len(found) or 'no'} change{'s' if len(found) != 1 else ''}"]
        for change in found:
            place = ", ".join(part for part in (change.key, change.mark) if part)
            lines += [f"  {change.heading}{f' [{place}]' if place else ''}"]
            lines += [f"    {line}" for line in change.lines]
    return lines if changes else []


def _unified(files: "list[ContentFile]") -> list[str]:
    names = [f"{file.id} version {file.version}" for file in files]
    old, new = (_text(file).splitlines() for file in files)
    return list(difflib.unified_diff(old, new, names[0], names[1], lineterm=""))


def whole_library() -> "Library":
    """What comes with Serein and the clinic's own folder, checked whole."""
    from serein.clinical import library  # noqa: PLC0415  keeps `serein --help` quick

    own = os.environ.get("SEREIN_CONTENT")
    return library.load(*([Path(own)] if own else []))


def _as_row(report: "Report") -> dict[str, Any]:
    problems = [{"key": one.key, "line": one.line, "reason": one.reason} for one in report.problems]
    return {**asdict(report), "problems": problems}


def _row(file: "ContentFile") -> dict[str, Any]:
    return {
        "id": file.id,
        "version": file.version,
        "kind": file.kind,
        "title": file.title,
        "unchecked": file.unchecked,
        "policy": file.policy,
        "cases": file.cases,
        "problems": [],
    }


def _text(file: "ContentFile") -> str:
    return file.path.read_text(encoding="utf-8")


def _confirming(row: dict[str, Any]) -> str:
    return f"{row['unchecked']} not yet checked, {row['policy']} clinic policy"


def _report_lines(report: dict[str, Any]) -> list[str]:
    state = f"{len(report['problems'])} wrong" if report["problems"] else "good"
    head = f"{report['file']}: {state}, {report['cases']} cases, {_confirming(report)}"
    return [head, *(f"  {_problem(report['file'], one)}" for one in report["problems"])]


def _problem(file: str, one: dict[str, Any]) -> str:
    where = f"{file}:{one['line']}" if one["line"] else file
    return ": ".join(part for part in (where, one["key"], one["reason"]) if part)
