"""`serein content`: what clinicians write, checked and shown; needs no database."""

import difflib
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serein.cli.answers import REFUSED, AsJson, answer, refusals

if TYPE_CHECKING:
    from serein.clinical.content_file import ContentFile
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
        f"{row['id']:<28} version {row['version']}  {row['kind']:<14} {row['unchecked']} unchecked,"
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
    as_json: AsJson = False,
) -> None:
    """Show what changed from one version of a content file to another."""
    with refusals():
        library = whole_library()
        files = [library.file(content_id, version) for version in (before, after)]
    names = [f"{content_id} version {file.version}" for file in files]
    old, new = (_text(file).splitlines() for file in files)
    lines = list(difflib.unified_diff(old, new, names[0], names[1], lineterm=""))
    document = {"files": [_row(file) for file in files], "diff": lines}
    answer(document, as_json=as_json, sentence="\n".join(lines) or "No difference.")


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
        "unchecked": len(file.unchecked),
        "cases": file.cases,
        "problems": [],
    }


def _text(file: "ContentFile") -> str:
    return file.path.read_text(encoding="utf-8")


def _report_lines(report: dict[str, Any]) -> list[str]:
    state = f"{len(report['problems'])} wrong" if report["problems"] else "good"
    head = f"{report['file']}: {state}, {report['cases']} cases, {report['unchecked']} unchecked"
    return [head, *(f"  {_problem(report['file'], one)}" for one in report["problems"])]


def _problem(file: str, one: dict[str, Any]) -> str:
    where = f"{file}:{one['line']}" if one["line"] else file
    return ": ".join(part for part in (where, one["key"], one["reason"]) if part)
