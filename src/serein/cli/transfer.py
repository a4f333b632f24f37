"""`serein import`, `backup`, `restore`: patients from outside, and copies of everything."""

import os
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serein.cli import framework
from serein.cli.answers import REFUSED, AsJson, Data, answer, refusals, refuse, say

if TYPE_CHECKING:
    from serein.server.accounts.models import Clinic

PASSPHRASE = "SEREIN_BACKUP_PASSPHRASE"  # noqa: S105  the name of a variable, not a secret
Encrypt = Annotated[
    bool,
    typer.Option("--encrypt", help=f"Encrypt with the passphrase in {PASSPHRASE}, or ask for one."),
]


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="FHIR R4 bundles (JSON).", exists=True, dir_okay=False, show_default=False
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and report, and change nothing.")
    ] = False,
    clinic: Annotated[
        str, typer.Option(help="The clinic's name; needed when there are several.")
    ] = "",
    as_json: AsJson = False,
    data: Data = None,  # noqa: ARG001  its callback names the folder
) -> None:
    """Bring patients in from FHIR files, with their conditions, medicines, readings and visits.

    Says for each file what was stored and what could not be read, and why. Importing a file twice
    adds nothing; a damaged file changes nothing. Two people are never merged.
    """
    framework.set_up()
    framework.need_house()
    from serein.server.transfer.actions import import_file  # noqa: PLC0415  after set_up()

    with refusals():
        place = _clinic(clinic)
        reports = [
            asdict(import_file(file, clinic=place, now=framework.now(), is_dry_run=dry_run))
            for file in files
        ]
    sentence = "\n".join(line for report in reports for line in _report_lines(report))
    answer({"files": reports}, as_json=as_json, sentence=sentence)
    if any(report["is_refused"] for report in reports):
        raise typer.Exit(REFUSED)


def _clinic(name: str) -> "Clinic":
    """The clinic of that name; without a name, the only one there is."""
    from serein.server.accounts.models import Clinic  # noqa: PLC0415  after set_up()

    known = list(Clinic.objects.order_by("name"))
    found = [one for one in known if name in ("", one.name)]
    if len(found) != 1:
        names = ", ".join(f"“{one.name}”" for one in known)
        refuse(f"Name one clinic with --clinic: {names or 'there is none yet; run serein init'}.")
    return found[0]


def _report_lines(report: dict[str, Any]) -> list[str]:
    """What became of one file; of a dry run, what would."""
    would = "would be " if report["is_dry_run"] else ""
    counts = f"{report['resources']} resources, {report['stored']} {would}stored"
    rest = f"{report['unread']} {would}unread, {report['added']} {would}new"
    head = f"{report['file']}: {counts}, {rest}"
    if would:
        head += "; nothing was changed"
    return [head, *(f"  {problem}" for problem in report["problems"])]


def backup(
    file: Annotated[
        Path,
        typer.Argument(help="Where the copy goes; written whole or not at all.", dir_okay=False),
    ],
    encrypt: Encrypt = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify/--no-verify", help="Restore the copy into a scratch database and compare."
        ),
    ] = True,
    as_json: AsJson = False,
    data: Data = None,  # noqa: ARG001  its callback names the folder
) -> None:
    """Copy everything into one file while the clinic works, and prove that it can be restored.

    The copy is consistent and carries its checksum; a file of that name is replaced only once the
    new copy has come back whole. Keep it on another machine.
    """
    passphrase = _passphrase() if encrypt else ""
    framework.set_up()
    framework.need_house()
    from serein.server.transfer.backup import make_backup  # noqa: PLC0415  after set_up()
    from serein.server.transfer.rehearsal import (  # noqa: PLC0415  after set_up()
        record_rehearsal,
        rehearse,
    )

    tried = {"rehearse": partial(rehearse, passphrase=passphrase)} if verify else {}
    with refusals():
        if not file.absolute().parent.is_dir():
            raise typer.BadParameter(f"there is no folder {file.absolute().parent}")
        if verify:
            say("The copy is restored into a scratch database, to try it ...")
        document = make_backup(file.absolute(), now=framework.now(), passphrase=passphrase, **tried)
        if verify:
            record_rehearsal(document, now=framework.now())
    rows = sum(document["counts"].values())
    told = ", restored and compared" if verify else ""
    answer(document, as_json=as_json, sentence=f"{file}: {rows} rows{told}.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `serein backup` made.")],
    as_json: AsJson = False,
    data: Data = None,  # noqa: ARG001  its callback names the folder
) -> None:
    """Bring a backup into an empty data folder or database, whole or not at all.

    A damaged file is refused and nothing is written. Set SEREIN_BACKUP_PASSPHRASE for an
    encrypted one, or type the passphrase when asked. Where the file of SEREIN_AUDIT_HEAD knows
    later lines, it says which, and writes there from where the log goes on.
    """
    framework.set_up()
    from serein.cli.house import write_secret  # noqa: PLC0415  after set_up()
    from serein.server import checks  # noqa: PLC0415  as above
    from serein.server.transfer.restore import check_seal, restore_backup  # noqa: PLC0415  as above

    with refusals():
        sealed = check_seal(file)
        passphrase = _passphrase() if sealed.key else ""
        checks.refuse_to_touch(is_new=True, is_restored=True)
        document = restore_backup(
            file, now=framework.now(), passphrase=passphrase, make_tables=framework.migrate
        )
        write_secret(framework.data_folder())
    for lost in document["lost"]:
        say(_lost_line(lost))
    if document["is_newest"]:
        say("Nothing came after this copy but the line of the log that tells it was tried.")
    rows = sum(document["counts"].values())
    answer(document, as_json=as_json, sentence=f"{file}: all {rows} rows of the file are back.")


def _lost_line(lost: dict[str, Any]) -> str:
    from serein.server.accounts.models import Clinic  # noqa: PLC0415  after set_up()

    named = {"house": "the house", **{str(one.pk): one.name for one in Clinic.objects.all()}}
    chain = named.get(lost["chain"], lost["chain"])
    first, last = lost["line"], lost["line"] + lost["lost"] - 1
    return (
        f"Came after this copy and is not in it: lines {first} to {last} of the log of {chain},"
        f" the last of {lost['until']}. What they told of is gone: ask for it on paper."
    )


def _passphrase() -> str:
    """From the variable, or typed; where nobody can type, the variable is asked for."""
    if given := os.environ.get(PASSPHRASE, ""):
        return given
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"there is no terminal to type a passphrase at; set {PASSPHRASE}")
    typed: str = typer.prompt("Passphrase", hide_input=True, err=True)
    return typed
