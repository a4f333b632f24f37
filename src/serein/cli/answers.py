"""How a command answers: a person in sentences, a script in one JSON document."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, Protocol

import typer

from serein.clinical.errors import SereinError

REFUSED = 1
BAD_INPUT = 2


def _name_data_folder(folder: Path | None) -> Path | None:
    if folder is not None:
        os.environ["SEREIN_DATA"] = str(folder)
    return folder


AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document for scripts, and nothing else.")
]


def _data_option(said: str) -> Any:
    return typer.Option("--data", help=said, callback=_name_data_folder, file_okay=False)


Data = Annotated[
    Path | None, _data_option("The data folder; without it the one SEREIN_DATA names, or ./data.")
]
DemoData = Annotated[
    Path | None,
    _data_option("A folder to keep it in; without it the one SEREIN_DATA names, or a passing one."),
]


class _Marked(Protocol):
    """Anything that says how far it is confirmed."""

    @property
    def checked(self) -> bool: ...

    @property
    def policy(self) -> bool: ...


def doubt(one: _Marked) -> str:
    """How far something is confirmed, to stand behind it; nothing where its source says it."""
    if one.policy:
        return " (clinic policy)"
    return "" if one.checked else " (not yet checked against its source)"


def answer(document: Mapping[str, Any], *, as_json: bool, sentence: str) -> None:
    """Print the document for a script, or the sentence for a person."""
    typer.echo(json.dumps(document, indent=1, default=str) if as_json else sentence)


def say(sentence: str) -> None:
    """Tell the person something; standard output stays free for the answer."""
    typer.echo(sentence, err=True)


def refuse(sentence: str) -> NoReturn:
    """Say what is wrong and end with exit code 1."""
    say(sentence)
    raise typer.Exit(REFUSED)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a refusal of the rules into its sentence and exit code 1."""
    try:
        yield
    except SereinError as refusal:
        refuse(str(refusal))


@contextmanager
def bad_input() -> Iterator[None]:
    """Turn a file or a name that cannot be read into its sentence and exit code 2."""
    try:
        yield
    except SereinError as refusal:
        say(str(refusal))
        raise typer.Exit(BAD_INPUT) from refusal
