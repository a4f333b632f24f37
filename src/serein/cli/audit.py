"""`serein audit`: proving that nobody changed the log."""

from dataclasses import asdict

import typer

from serein.cli import framework
from serein.cli.answers import REFUSED, AsJson, Data, answer, say

app = typer.Typer(help="The log of who did and saw what.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """The log of who did and saw what."""


@app.command()
def verify(
    as_json: AsJson = False,
    data: Data = None,  # noqa: ARG001  its callback names the folder
) -> None:
    """Read the whole log and name the first line that was changed, removed or put in."""
    framework.set_up()
    framework.need_house()
    from serein.server.audit import queries  # noqa: PLC0415  after set_up()

    verdict = queries.verify()
    broken = verdict.first_broken
    document = {
        "lines": verdict.lines,
        "intact": verdict.intact,
        "head": verdict.head,
        "first_broken": None if broken is None else {**asdict(broken), "text": broken.text},
        "restored": [asdict(one) for one in verdict.restored],
    }
    for one in verdict.restored:
        say(f"{one}.")
    if broken is None:
        sentence = f"{verdict.lines} lines, all intact. Head: {verdict.head}"
    else:
        sentence = f"Broken at line {broken.line} of chain {broken.chain}: {broken.text}."
    answer(document, as_json=as_json, sentence=sentence)
    if not verdict.intact:
        raise typer.Exit(REFUSED)
