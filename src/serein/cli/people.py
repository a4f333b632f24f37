"""`serein people`: the way back in, for whoever has a shell on the server."""

from typing import TYPE_CHECKING, Annotated

import typer

from serein.cli import framework
from serein.cli.answers import AsJson, Data, answer, refuse

if TYPE_CHECKING:
    from serein.server.accounts.models import User

app = typer.Typer(help="The people who sign in.", no_args_is_help=True)


@app.callback()
def people() -> None:
    """The people who sign in."""


@app.command()
def reset(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The person's sign-in name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    as_json: AsJson = False,
    data: Data = None,  # noqa: ARG001  its callback names the folder
) -> None:
    """Give a person a new one-time password, when no owner can: a sole owner who is locked out.

    Takes away their second factors and ends their sign-ins; the log says that it was done at the
    console. Prints the password, once. It is changed at the next sign-in.
    """
    framework.set_up()
    framework.need_house()
    from serein.server.accounts.actions import (  # noqa: PLC0415  after set_up()
        reset_access_from_console,
    )

    user = _named(name)
    question = f"Take away password and second factors of {user.username} ({user})?"
    if not yes and not typer.confirm(question, err=True):
        refuse("Nothing was changed.")
    made = reset_access_from_console(user, now=framework.now())
    document = {"username": user.username, "one_time_password": made.one_time_password}
    sentence = f"Sign in as: {user.username}\nOne-time password: {made.one_time_password}"
    answer(document, as_json=as_json, sentence=sentence)


def _named(name: str) -> "User":
    from serein.server.accounts.models import User  # noqa: PLC0415  after set_up()

    found = User.objects.filter(username__iexact=name).first()
    if found is None:
        names = ", ".join(User.objects.order_by("username").values_list("username", flat=True))
        refuse(f"Nobody signs in as “{name}”; there are {names or 'no people yet'}.")
    return found
