"""Money and law by day and place: billing codes, deadlines, duties, crisis lines."""

from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from serein.cli.answers import AsJson, answer, bad_input, doubt
from serein.cli.content import whole_library
from serein.cli.files import day

if TYPE_CHECKING:
    from serein.clinical.criteria import Source

On = Annotated[str, typer.Option("--on", metavar="DATE", help="A day such as 2026-01-05.")]
Jurisdiction = Annotated[
    str, typer.Option(metavar="J", help="Whose law: US, or a state with a file of its own.")
]
Setting = Annotated[
    str | None,
    typer.Option(help="outpatient, inpatient, pharmacy or patient; without it, all of them."),
]


class _Grounded(Protocol):
    """Anything that says where it was read."""

    @property
    def source(self) -> "Source": ...

    @property
    def checked(self) -> bool: ...

    @property
    def policy(self) -> bool: ...


def codes(
    payer: Annotated[
        str, typer.Option(metavar="P", help="Who pays: medicare, other, or a payer by name.")
    ],
    on: On,
    product: Annotated[
        str, typer.Option(metavar="X", help="What was given: esketamine-nasal or ketamine.")
    ],
    dose_mg: Annotated[float, typer.Option("--dose-mg", metavar="N", help="Dose given, mg.")],
    visit: Annotated[
        str | None, typer.Option(help="established or new: the patient to this practice.")
    ] = None,
    route: Annotated[
        str | None, typer.Option(help="iv, im, sc, nasal, oral or sublingual.")
    ] = None,
    minutes: Annotated[int | None, typer.Option(help="Length of the infusion, minutes.")] = None,
    therapy_min: Annotated[
        int | None, typer.Option("--therapy-min", help="Psychotherapy, minutes.")
    ] = None,
    level: Annotated[
        int | None, typer.Option(min=1, max=5, help="Documented level of the E/M visit.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give the billing codes of one service by payer and day; what no rule covers gets a note."""
    from serein.clinical.billing import Encounter, bill  # noqa: PLC0415  keeps `--help` quick

    with bad_input():
        encounter = Encounter(
            payer=payer,
            on=day(on, option="--on"),
            product=product,
            dose_mg=dose_mg,
            visit=visit,
            route=route,
            infusion_min=minutes,
            therapy_min=therapy_min,
            level=level,
        )
        found = bill(whole_library().shelf.of_kind("billing"), encounter)
    rows = [
        {"code": one.code, "kind": one.kind, "units": one.units, "text": one.text, **_ground(one)}
        for one in found.lines
    ]
    notes = [note.text for note in found.notes]
    lines = [
        f"{one.code}  {one.units:>3} × {one.kind:<14} {one.text}{doubt(one)}" for one in found.lines
    ]
    answer({"lines": rows, "notes": notes}, as_json=as_json, sentence=_page(lines, notes))


def deadlines(
    event: Annotated[
        str, typer.Option(metavar="E", help="What happened, such as controlled-substance-loss.")
    ],
    on: On,
    jurisdiction: Jurisdiction,
    setting: Setting = None,
    as_json: AsJson = False,
) -> None:
    """Say what is owed by which day after an event of that day."""
    from serein.clinical import duties as law  # noqa: PLC0415  as above

    with bad_input():
        files = law.of_jurisdiction(whole_library().shelf.of_kind("duties"), jurisdiction)
        found = law.deadlines(files, event=event, on=day(on, option="--on"), setting=setting)
    rows = [
        {
            "id": one.id,
            "due": one.due.isoformat() if one.due else None,
            "text": one.text,
            "owner": one.owner,
            "settings": one.settings,
            **_ground(one),
        }
        for one in found.owed
    ]
    lines = [f"{one.due or 'no day named'}  {one.text}{doubt(one)}" for one in found.owed]
    notes = list(found.notes.values())
    answer({"deadlines": rows, "notes": notes}, as_json=as_json, sentence=_page(lines, notes))


def duties(jurisdiction: Jurisdiction, setting: Setting = None, as_json: AsJson = False) -> None:
    """List the duties that always stand: the registry by kind of setting, and schedule III."""
    from serein.clinical import duties as law  # noqa: PLC0415  as above

    with bad_input():
        files = law.of_jurisdiction(whole_library().shelf.of_kind("duties"), jurisdiction)
        found = law.standing(files, setting=setting)
    rows = [
        {
            "id": one.id,
            "topic": one.topic,
            "text": one.text,
            "settings": one.settings,
            **_ground(one),
        }
        for one in found
    ]
    lines = [f"{one.topic:<13} {one.text}{doubt(one)}" for one in found]
    answer({"duties": rows}, as_json=as_json, sentence="\n".join(lines))


def crisis(
    country: Annotated[str, typer.Option(metavar="CC", help="Two letters, such as US.")],
    as_json: AsJson = False,
) -> None:
    """Give the crisis lines of a country, the one to show first at the top."""
    from serein.clinical.crisis import help_in  # noqa: PLC0415  as above

    with bad_input():
        found = help_in(whole_library().shelf.of_kind("crisis-lines"), country)
    rows = [
        {
            "id": one.id,
            "number": one.number,
            "reach": one.reach,
            "text": one.text,
            "emergency": one.is_emergency,
            **_ground(one),
        }
        for one in found.lines
    ]
    lines = [
        f"{one.number:<20} {one.text} ({', '.join(one.reach)}){doubt(one)}" for one in found.lines
    ]
    document = {"country": found.country, "title": found.title, "lines": rows, "notes": found.notes}
    answer(document, as_json=as_json, sentence=_page(lines, list(found.notes)))


def _ground(one: _Grounded) -> dict[str, Any]:
    return {
        "source": one.source.title,
        "url": one.source.url,
        "checked": one.checked,
        "policy": one.policy,
    }


def _page(lines: list[str], notes: list[str]) -> str:
    return "\n".join([*(lines or ["nothing"]), *(f"  ▲ {note}" for note in notes)])
