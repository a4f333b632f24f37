"""The serein command: each word delegates to the rooms, and imports no more than it needs."""

import sys

import typer

from serein import __version__
from serein.cli import (
    ask,
    audit,
    content,
    dated,
    demo,
    house,
    known,
    outcome,
    people,
    schedule,
    surveillance,
    transfer,
    trials,
)
from serein.cli.answers import REFUSED, say

app = typer.Typer(
    name="serein",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Serein: the floor, the charts and the records of a ketamine and esketamine clinic.",
    epilog=(
        "Settings come from the environment: SEREIN_DATA is the data folder, DATABASE_URL a"
        " PostgreSQL database. Exit codes: 0 answered, 1 refused or found wrong, 2 bad usage."
    ),
)
app.command()(house.init)
app.command()(house.serve)
app.command()(house.check)
app.command()(demo.demo)
app.command(name="import")(transfer.import_files)
app.command()(transfer.backup)
app.command()(transfer.restore)
app.command()(ask.facts)
app.command()(ask.judge)
app.command()(ask.session)
app.command()(schedule.schedule)
app.command()(ask.score)
app.command()(trials.trials)
app.command()(outcome.outcome)
app.command()(surveillance.surveillance)
app.command()(known.statements)
app.command()(known.evidence)
app.command()(dated.codes)
app.command()(dated.deadlines)
app.command()(dated.duties)
app.command()(dated.crisis)
app.command()(trials.staging)
app.add_typer(content.app, name="content")
app.add_typer(audit.app, name="audit")
app.add_typer(people.app, name="people")


@app.command()
def version() -> None:
    """Print the version of Serein."""
    typer.echo(__version__)


def main() -> None:
    """Run the command that was typed; a place that cannot be used is a sentence, too."""
    try:
        app(prog_name="serein")
    except OSError as reason:
        place = f"{reason.filename}: " if reason.filename else ""
        say(f"{place}{reason.strerror or reason}")
        sys.exit(REFUSED)
