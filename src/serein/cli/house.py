"""`serein init`, `serve`, `check`: setting up, running and judging a house."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from serein.cli import framework
from serein.cli.answers import REFUSED, AsJson, Data, answer, refusals, say
from serein.clinical.errors import SereinError

CHAIRS = 4
Host = Annotated[
    str, typer.Option(help="The address to listen on; 0.0.0.0 for every address of this machine.")
]
Port = Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)]


def init(
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Ask nothing: one site, four chairs, one owner.")
    ] = False,
    phone_day: Annotated[
        str | None, typer.Option(help="The number that patients at home call by day.")
    ] = None,
    phone_night: Annotated[
        str | None, typer.Option(help="The number that patients at home call at night.")
    ] = None,
    as_json: AsJson = False,
    data: Data = None,  # noqa: ARG001  its callback names the folder
) -> None:
    """Set up a new house: its data folder, tables, first clinic, chairs and owner.

    Prints the owner's one-time password, once. It is changed at the first sign-in. The two
    telephone numbers stand on the sheet that patients take home; the owner can change them.
    """
    framework.set_up()
    from serein.server import checks  # noqa: PLC0415  after set_up()
    from serein.server.accounts.actions import refuse_set_up  # noqa: PLC0415  as above
    from serein.server.setup import set_up_house  # noqa: PLC0415  as above

    with refusals():
        checks.refuse_to_touch(is_new=True)
        refuse_set_up()
        asks = not (defaults or as_json)
        name = _asked("Name of the clinic", "The clinic", asks=asks)
        zone = _asked("Time zone", _machine_zone(), asks=asks, check=_zone)
        chairs = _asked("Number of chairs", CHAIRS, asks=asks, check=_chairs)
        owner = _asked("Sign-in name of the owner", "owner", asks=asks)
        phones = {
            "phone_day": _phone("by day", phone_day, asks=asks),
            "phone_night": _phone("at night", phone_night, asks=asks),
        }
        write_secret(framework.data_folder())
        framework.migrate()
        made = set_up_house(
            name, now=framework.now(), time_zone=zone, chairs=chairs, owner_username=owner, **phones
        )
    document = {
        "data": str(framework.data_folder()),
        "clinic": name,
        "chairs": chairs,
        **phones,
        "owner": made.user.username,
        "one_time_password": made.one_time_password,
    }
    sentence = (
        f"{name} is set up in {document['data']} with {chairs} chairs.\n"
        f"Sign in as: {made.user.username}\n"
        f"One-time password: {made.one_time_password}\n"
        "Next: serein serve, then serein check --production for what is still open."
    )
    answer(document, as_json=as_json, sentence=sentence)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    data: Data = None,  # noqa: ARG001  its callback names the folder
) -> None:
    """Run the server until Ctrl-C. Brings the tables of an older version up to date first.

    It does not start when the database could lose what it says is saved, or when the settings
    would show patients' data; it says which.
    """
    framework.set_up(is_quiet=False)
    from serein.server import checks, folder_lock, serving  # noqa: PLC0415  after set_up()

    with refusals():
        checks.refuse_to_touch()
    with refusals(), folder_lock.alone(framework.data_folder()):
        framework.migrate()
        checks.refuse_unsafe_start()
        listening = serving.bind(host, port)
        address = f"http://{host}:{port}/"
        for warning in checks.warnings():
            say(f"Not finished: {warning}")
        serving.run(listening, ready=lambda: say(f"Serein answers at {address} (Ctrl-C stops it)"))


def check(
    production: Annotated[
        bool, typer.Option("--production", help="Judge it as a clinic with real patients.")
    ] = False,
    as_json: AsJson = False,
    data: Data = None,  # noqa: ARG001  its callback names the folder
) -> None:
    """Say what is unsafe or unfinished here, and what to do about each. Changes nothing."""
    framework.set_up()
    from serein.server import checks  # noqa: PLC0415  after set_up()

    found = checks.check(now=framework.now(), for_production=production)
    sentence = checks.in_words(found) or "Nothing found wrong."
    answer(checks.as_json(found), as_json=as_json, sentence=sentence)
    if any(one.level == "error" for one in found):
        raise typer.Exit(REFUSED)


def _asked(
    question: str, default: Any, *, asks: bool, check: Callable[[str], Any] | None = None
) -> Any:
    """The answer, asked for again until it is a possible one; the default when nothing is asked."""
    return typer.prompt(question, default=default, value_proc=check) if asks else default


def _phone(when: str, given: str | None, *, asks: bool) -> str:
    """The number of the option, else the one that is typed; none is an answer, too."""
    if given is not None:
        return _dialled(given)
    if not asks:
        return ""
    question = f"Telephone for patients at home, {when} (Enter: none yet)"
    typed: str = typer.prompt(question, default="", show_default=False, value_proc=_dialled)
    return typed


def _dialled(answer: str) -> str:
    from serein.server.accounts.actions import check_phones  # noqa: PLC0415  after set_up()

    try:
        check_phones(answer)
    except SereinError as refusal:
        raise typer.BadParameter(str(refusal)) from refusal
    return answer.strip()


def _zone(answer: str) -> str:
    from serein.server import clock  # noqa: PLC0415  after set_up()

    if not clock.is_zone(answer):
        raise typer.BadParameter(f"there is no time zone '{answer}'; such as America/New_York")
    return answer


def _chairs(answer: str | int) -> int:
    from serein.server.treatment.models import MOST_CHAIRS  # noqa: PLC0415  after set_up()

    number = str(answer).strip()
    if not (number.isascii() and number.isdecimal() and 1 <= int(number[:9]) <= MOST_CHAIRS):
        raise typer.BadParameter(f"'{number}' is no number of chairs; 1 to {MOST_CHAIRS}")
    return int(number)


def _machine_zone() -> str:
    """The machine's time zone by name, where it tells; else New York's."""
    link = Path("/etc/localtime")
    _folders, found, name = str(link.resolve()).partition("zoneinfo/")
    named = os.environ.get("TZ") or (name if found else "")
    return named if "/" in named and not named.startswith("Etc/") else "America/New_York"


def write_secret(folder: Path) -> None:
    """Keep a secret key in the folder, readable by its owner alone; never a second one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "secret-key"
    if not file.exists() and not os.environ.get("SEREIN_SECRET_KEY"):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(48) + "\n")
