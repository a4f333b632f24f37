"""`serein import`, `backup`, `restore`: patients from outside, and copies of everything."""

import os
from dataclasses import asdict
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
        list[Path], typer.Argument(help="FHIR R4 bundles (JSON).", show_default=False)
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
    counts = f"{report['resources']} resources, {report['stored']} stored"
    head = f"{report['file']}: {counts}, {report['unread']} unread, {report['added']} new"
    return [head, *(f"  {problem}" for problem in report["problems"])]


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes; written whole or not at all.")],
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

    The copy is consistent and carries its checksum. Keep it on another machine.
    """
    passphrase = _passphrase(asks=True) if encrypt else ""
    framework.set_up()
    framework.need_house()
    from serein.server.transfer.backup import make_backup  # noqa: PLC0415  after set_up()
    from serein.server.transfer.rehearsal import verify_backup  # noqa: PLC0415  after set_up()

    with refusals():
        if not file.absolute().parent.is_dir():
            raise typer.BadParameter(f"there is no folder {file.absolute().parent}")
        document = make_backup(file.absolute(), now=framework.now(), passphrase=passphrase)
        if verify:
            say("Restoring the copy into a scratch database, to try it ...")
            verify_backup(file.absolute(), passphrase=passphrase, now=framework.now())
    rows = sum(document["counts"].values())
    tried = ", restored and compared" if verify else ""
    answer(document, as_json=as_json, sentence=f"{file}: {rows} rows{tried}.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `serein backup` made.")],
    as_json: AsJson = False,
    data: Data = None,  # noqa: ARG001  its callback names the folder
) -> None:
    """Bring a backup into an empty data folder or database, whole or not at all.

    A damaged file is refused and nothing is written. Set SEREIN_BACKUP_PASSPHRASE for an
    encrypted one, or type the passphrase when asked.
    """
    framework.set_up()
    from serein.cli.house import write_secret  # noqa: PLC0415  after set_up()
    from serein.server.transfer.restore import check_seal, restore_backup  # noqa: PLC0415  as above

    with refusals():
        sealed = check_seal(file)
        passphrase = _passphrase(asks=True) if sealed.key else ""
        framework.migrate()
        document = restore_backup(file, passphrase=passphrase)
        write_secret(framework.data_folder())
    rows = sum(document["counts"].values())
    answer(document, as_json=as_json, sentence=f"{file}: {rows} rows restored; nothing is missing.")


def _passphrase(*, asks: bool) -> str:
    given = os.environ.get(PASSPHRASE, "")
    if not given and asks:
        given = typer.prompt("Passphrase", hide_input=True, err=True)
    return given
