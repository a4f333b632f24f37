"""Which billing codes one service carries: by payer, day of service, product and dose.

What no row covers gets no line and a note that says why; a code is never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from serein.clinical.billing_tables import (
    BillingCase,
    BillingFile,
    Condition,
    LineKind,
    Payer,
    Product,
    Row,
    Span,
)
from serein.clinical.content_file import Draft
from serein.clinical.criteria import Source
from serein.clinical.dated import known, newest, said
from serein.clinical.errors import InputError
from serein.clinical.shelf import Shelf

VISITS = ("established", "new")
# What a person may have left out, as a note asks for it.
_UNSAID = {
    "route": "the route",
    "infusion": "the minutes of the infusion",
    "level": "the level of the E/M visit",
}


@dataclass(frozen=True, slots=True)
class Encounter:
    """What was done for one patient on one day; None is what was not said."""

    payer: str
    on: date
    product: str
    dose_mg: float
    visit: str | None = None
    route: str | None = None
    infusion_min: int | None = None
    therapy_min: int | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One code to bill."""

    code: str
    kind: LineKind
    units: int
    text: str
    source: Source
    checked: bool
    policy: bool


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence beside the lines; its id is the remark's, or the reason's."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Bill:
    """The lines of one service, and what must be said beside them."""

    lines: tuple[Line, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A service as one file understands it: its payer and whom that one follows."""

    file: BillingFile
    encounter: Encounter
    payer: Payer

    @property
    def payers(self) -> tuple[str, ...]:
        return tuple(each for each in (self.payer.id, self.payer.follows) if each)


def bill(files: Iterable[BillingFile], encounter: Encounter) -> Bill:
    """The codes of a service, from the file that lists its payer.

    An unsaid visit is read as an established patient's where a code asks for one, and a note
    says so. Anything else that was left out brings no line, and a note that asks for it.

    Raises:
        InputError: The payer, product, route or visit is unknown, or an amount is impossible.
    """
    reading = _read(files, encounter)
    if encounter.on < reading.file.reach.on:
        return Bill((), (_too_early(reading.file),))
    rows = _fitting(reading)
    lines = tuple(_line(row, reading) for row in rows)
    return Bill(lines, tuple(_notes(reading, rows)))


def _read(files: Iterable[BillingFile], encounter: Encounter) -> _Reading:
    _refuse_impossible(encounter)
    file, payer = _listed(files, encounter.payer)
    products = {each.id: each for each in file.product}
    product = products[known(encounter.product, tuple(products), what="product")]
    visit = known(encounter.visit, VISITS, what="visit") if encounter.visit else None
    route = _route(file, product, encounter.route)
    asked = replace(encounter, payer=payer.id, product=product.id, visit=visit, route=route)
    return _Reading(file, asked, payer)


def _listed(files: Iterable[BillingFile], payer: str) -> tuple[BillingFile, Payer]:
    """The one file that lists a payer; of two, neither may shadow the other."""
    pairs = [(file, each) for file in newest(files) for each in file.payer]
    payer_id = known(payer, tuple(dict.fromkeys(each.id for _, each in pairs)), what="payer")
    found = [pair for pair in pairs if pair[1].id == payer_id]
    if len(found) > 1:
        names = " and ".join(file.id for file, _ in found)
        raise InputError(f"the payer '{payer_id}' stands in {names}; give it one place")
    [only] = found
    return only


def _route(file: BillingFile, product: Product, said_route: str | None) -> str | None:
    """The route as the file writes it; a product that is given in one way needs none."""
    if not said_route:
        one, *others = product.routes
        return None if others else one
    route = known(said_route, file.routes, what="route")
    if route not in product.routes:
        raise InputError(f"{product.id} is not given by the route '{route}'")
    return route


def _refuse_impossible(encounter: Encounter) -> None:
    if not 0 < encounter.dose_mg < float("inf"):
        raise InputError(f"a dose of {encounter.dose_mg:g} mg cannot be billed; it is above 0")
    for what, minutes in (
        ("an infusion", encounter.infusion_min),
        ("psychotherapy", encounter.therapy_min),
    ):
        if minutes is not None and minutes <= 0:
            raise InputError(f"{what} of {minutes} minutes cannot be; leave it out when none was")


def _too_early(file: BillingFile) -> Note:
    words = f"Nothing is known of days of service before {file.reach.on}: {file.reach.text}"
    return Note("before-any-rule", said(words, file.reach))


def _fitting(reading: _Reading) -> list[Row]:
    fitting = [row for row in reading.file.row if not _misfits(row, reading)]
    codes = {row.code for row in fitting}
    return [row for row in fitting if not codes & set(row.not_beside)]


def _misfits(condition: Condition, reading: _Reading) -> set[str]:
    """The parts of a condition that this service does not meet."""
    asked = reading.encounter
    level = () if asked.level is None else (asked.level,)
    # A code is shown with the visit it asks for; a remark on a new patient waits for one.
    unsaid_visit = (None,) if isinstance(condition, Row) else ()
    tests: dict[str, bool] = {
        "payer": not condition.payers or bool(set(condition.payers) & set(reading.payers)),
        "product": not condition.products or asked.product in condition.products,
        "date": condition.covers(asked.on),
        "route": not condition.routes or asked.route in condition.routes,
        "visit": not condition.visits or asked.visit in (*unsaid_visit, *condition.visits),
        "level": not condition.levels or bool(set(condition.levels) & set(level)),
        "unlevelled": condition.level_said in (None, asked.level is not None),
        "dose": _inside(condition.dose_mg, asked.dose_mg),
        "infusion": _inside(condition.infusion_min, asked.infusion_min),
        "therapy": _inside(condition.therapy_min, asked.therapy_min),
        "units": not isinstance(condition, Row) or bool(_units(condition, asked)),
    }
    return {part for part, fits in tests.items() if not fits}


def _inside(span: Span | None, amount: float | None) -> bool:
    return span is None or (amount is not None and span.holds(amount))


def _units(row: Row, asked: Encounter) -> int | None:
    return row.units.count(dose_mg=asked.dose_mg, infusion_min=asked.infusion_min)


def _line(row: Row, reading: _Reading) -> Line:
    units = _units(row, reading.encounter)
    assert units is not None
    source = reading.file.source_of(row)
    return Line(row.code, row.kind, units, row.text, source, row.checked, row.policy)


def _notes(reading: _Reading, rows: Sequence[Row]) -> Iterator[Note]:
    yield from _why_no_drug(reading, rows)
    yield from _taken_as_established(reading, rows)
    yield from _asked_for(reading, rows)
    if reading.payer.follows:
        words = f"{reading.payer.title} is read by the rows of '{reading.payer.follows}'"
        yield Note("follows", said(words, reading.payer))
    codes = {row.code for row in rows}
    for remark in reading.file.remark:
        is_called = not remark.beside or codes & set(remark.beside)
        if is_called and not _misfits(remark, reading):
            yield Note(remark.id, said(remark.text, remark))


def _why_no_drug(reading: _Reading, rows: Sequence[Row]) -> Iterator[Note]:
    if any(row.kind == "drug" for row in rows):
        return
    asked = reading.encounter
    what = f"No drug code for {asked.dose_mg:g} mg of {asked.product}, payer {asked.payer}"
    yield Note("no-drug-code", f"{what}, on {asked.on}: {_reason(reading)}")


def _reason(reading: _Reading) -> str:
    """What the rows that come nearest ask for: those that one part alone keeps out."""
    drugs = [row for row in reading.file.row if row.kind == "drug"]
    for part, say in _REASONS.items():
        near = [row for row in drugs if _misfits(row, reading) == {part}]
        if near:
            return "; ".join(f"{row.code} {say(row)}" for row in near)
    return "no row covers it"


def _days(row: Row) -> str:
    begins = f"from {row.begins.on}" if row.begins else ""
    ends = f"until {row.ends.on}" if row.ends else ""
    return f"holds {begins} {ends}".replace("  ", " ").rstrip()


_REASONS: dict[str, Callable[[Row], str]] = {
    "visit": lambda row: f"is for {' and '.join(row.visits)} patients only",
    "date": _days,
    "units": lambda row: f"counts whole units of {row.units.per_mg:g} mg",
}


def _taken_as_established(reading: _Reading, rows: Sequence[Row]) -> Iterator[Note]:
    codes = [row.code for row in rows if row.visits]
    if reading.encounter.visit is None and codes:
        words = "for an established patient only; which this is was not said"
        yield Note("visit-not-said", f"{', '.join(codes)}: {words}")


def _asked_for(reading: _Reading, rows: Sequence[Row]) -> Iterator[Note]:
    """Codes that what was left out would decide; psychotherapy that nobody named is none."""
    unsaid = _unsaid(reading.encounter)
    billed = {row.code for row in rows}
    waiting: dict[str, list[str]] = {}
    for row in reading.file.row:
        # Units of an infusion whose minutes are unsaid cannot be counted either.
        misfits = _misfits(row, reading) - ({"units"} if "infusion" in unsaid else set())
        if misfits and misfits <= unsaid and not billed & set(row.not_beside):
            wanted = " and ".join(words for part, words in _UNSAID.items() if part in misfits)
            waiting.setdefault(wanted, []).append(row.code)
    for wanted, codes in waiting.items():
        yield Note("not-said", f"{', '.join(codes)} may follow: say {wanted}")


def _unsaid(asked: Encounter) -> set[str]:
    values = {"route": asked.route, "infusion": asked.infusion_min, "level": asked.level}
    return {part for part, value in values.items() if value is None}


def billing(draft: Draft, _on: Shelf) -> tuple[BillingFile, list[tuple[str, str]]]:
    """The billing codes of a file, with its worked cases run."""
    built = BillingFile.of(draft.raw)
    return built, [
        (case.name, reason) for case in built.case for reason in _differences(built, case)
    ]


def _differences(file: BillingFile, case: BillingCase) -> Iterator[str]:
    asked = case.model_dump(exclude={"name", "codes", "remarks"})
    try:
        found = bill([file], Encounter(**asked))
    except InputError as refusal:
        yield str(refusal)
        return
    codes = {line.code: line.units for line in found.lines}
    if codes != case.codes:
        yield f"bills {codes}"
    remarks = [note.id for note in found.notes]
    if sorted(remarks) != sorted(case.remarks):
        yield f"remarks {remarks}"
