"""The chart as a page shows it: rows of the table of facts, grouped and put into words."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from serein.clinical.person import NO_DRUG_KNOWN, NONE_KNOWN
from serein.clinical.rules import DECISION
from serein.server.library import library
from serein.server.patients.models import FactRow

ACTIVE = ("active", "recurrence", "relapse", "")
NEVER_SO = ("refuted", "entered-in-error")
TAKEN = ("active", "on-hold", "intended", "")
OLDER_SHOWN = 50
STRUCTURED = ("condition", "medication", "allergy", "encounter")
TRIAL = "trial"
# What was asked about, in the words of a chip; the wider answer first.
ASKED_ABOUT = {
    NONE_KNOWN: gettext_lazy("Allergies: none known"),
    NO_DRUG_KNOWN: gettext_lazy("No known drug allergy"),
}
SPOKEN_UNITS = {
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "[degF]": "°F",
    "[lb_av]": "lb",
    "[in_i]": "in",
    "{score}": "",
    "{nominal}": "",
}
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SOURCES = {"history": gettext_lazy("entered by hand"), "session": gettext_lazy("visit")}
PERIODS = {"h": "hour", "d": "day", "wk": "week", "mo": "month", "min": "minute"}


@dataclass(frozen=True)
class Shown:
    """One fact as it stands, with the ones it replaced."""

    row: FactRow
    words: str
    note: str = ""
    is_current: bool = True
    earlier: tuple[FactRow, ...] = ()
    paired: FactRow | None = None

    @property
    def source(self) -> str:
        """Where it came from, without the long number that the other system gave the entry."""
        return source(self.row)

    @property
    def unit(self) -> str:
        """The unit as a ward writes it."""
        entry = library().dictionary.entries.get(self.row.code)
        if entry and entry.shown_unit and entry.unit == self.row.unit:
            return entry.shown_unit
        return spoken_unit(self.row.unit)

    @property
    def struck(self) -> list["Shown"]:
        """What it replaced, each said as it was on file."""
        return [Shown(row, _value(row)) for row in self.earlier]


@dataclass
class Measure:
    """One measurement: the newest reading, and the ones before it."""

    title: str
    readings: list[Shown] = field(default_factory=list)

    @property
    def latest(self) -> Shown:
        """The newest reading."""
        return self.readings[0]

    @property
    def older(self) -> list[Shown]:
        """Earlier readings, newest first, as many as a page holds."""
        return self.readings[1 : OLDER_SHOWN + 1]

    @property
    def more(self) -> int:
        """How many readings are older still."""
        return max(len(self.readings) - OLDER_SHOWN - 1, 0)


def standing(rows: Iterable[FactRow]) -> list[tuple[FactRow, tuple[FactRow, ...]]]:
    """Facts that nothing replaced, newest first, each with what it replaced."""
    by_id = {row.pk: row for row in rows}
    replaced = {row.replaces_id for row in by_id.values() if row.replaces_id}
    found = [row for row in by_id.values() if row.pk not in replaced]
    found.sort(key=lambda row: (row.effective_at, row.recorded_at, row.pk.hex), reverse=True)
    return [(row, _before(row, by_id)) for row in found]


def listed(rows: Iterable[FactRow], code: str) -> list[Shown]:
    """Conditions, medicines, allergies or visits: what holds now first, then what is past."""
    shown = [_listed(row, earlier) for row, earlier in standing(rows) if row.code == code]
    return sorted(shown, key=lambda one: not one.is_current)


def none_known(rows: Iterable[FactRow]) -> Shown | None:
    """The answer that no allergy is known, or of no drug, while none was written down after it.

    One that was entered in error leaves the answer as it stood.
    """
    stand = [row for row, _earlier in standing(rows)]
    written = [
        row.recorded_at
        for row in stand
        if row.code == "allergy" and row.value.get("verification") not in NEVER_SO
    ]
    for code, words in ASKED_ABOUT.items():
        newest = next((row for row in stand if row.code == code), None)
        if newest and newest.value is True and all(at <= newest.recorded_at for at in written):
            return Shown(newest, str(words), "" if code == NONE_KNOWN else _("others: ask"))
    return None


def shown(row: FactRow) -> Shown:
    """One fact in words."""
    return _listed(row, ()) if row.code in STRUCTURED else Shown(row, _value(row))


def title(row: FactRow) -> str:
    """What a fact is called whose code is another system's."""
    return _display(row)


def measures(rows: Iterable[FactRow], titles: dict[str, str]) -> list[Measure]:
    """Everything measured, by what was measured: our own codes first, then by name."""
    found: dict[str, Measure] = {}
    for row, earlier in standing(row for row in rows if not _is_elsewhere(row)):
        title = titles.get(row.code) or _display(row)
        measure = found.setdefault(row.code, Measure(title))
        measure.readings.append(Shown(row, _value(row), earlier=earlier))
    return sorted(found.values(), key=lambda one: (_is_foreign(one), one.title.casefold()))


def pressures(rows: list[FactRow]) -> tuple[Measure | None, list[FactRow]]:
    """Both numbers of each blood pressure as one reading, and the rows that are left."""
    of_panel: dict[Any, dict[str, tuple[FactRow, tuple[FactRow, ...]]]] = defaultdict(dict)
    for row, earlier in standing(rows):
        if row.panel and row.code in ("bp.systolic", "bp.diastolic"):
            of_panel[row.panel][row.code] = (row, earlier)
    measure, used = Measure(""), set()
    for parts in of_panel.values():
        if len(parts) == 1:
            continue
        (upper, before), (lower, below) = parts["bp.systolic"], parts["bp.diastolic"]
        used |= {one.pk for one in (upper, lower, *before, *below)}
        words = f"{upper.value:.0f}/{lower.value:.0f}"
        measure.readings.append(Shown(upper, words, earlier=(*before, *below), paired=lower))
    rest = [row for row in rows if row.pk not in used]
    return (measure if measure.readings else None), rest


def source(row: FactRow) -> str:
    """The file an imported fact came in with; any other source in a word."""
    words = row.source.split(" ")
    if words[0] == "import" and len(words) > 1:
        return " ".join(words[:2])
    return str(SOURCES.get(row.source, row.source))


def spoken_unit(code: str) -> str:
    """A UCUM code as a ward writes it.

    >>> spoken_unit("mL/min/{1.73_m2}"), spoken_unit("10*3/uL"), spoken_unit("kg/m2")
    ('mL/min/1.73 m²', '10³/µL', 'kg/m²')
    """
    if code in SPOKEN_UNITS:
        return SPOKEN_UNITS[code]
    words = re.sub(r"\{([^}]*)\}", lambda found: found[1].replace("_", " "), code)
    words = re.sub(r"10\*(\d+)", lambda found: "10" + found[1].translate(RAISED), words)
    return re.sub(r"\bu(?=[Lgm])", "µ", re.sub(r"(?<=m)2\b", "²", words))


def number(value: Any) -> str:
    """A number as it is read aloud: whole from 100 on, one decimal below."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if not isinstance(value, int | float):
        return str(value)
    if float(value).is_integer() or abs(value) >= 100:  # noqa: PLR2004  said above
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.3g}"


def _before(row: FactRow, by_id: dict[Any, FactRow]) -> tuple[FactRow, ...]:
    found = []
    while row.replaces_id in by_id:
        row = by_id[row.replaces_id]
        found.append(row)
    return tuple(found)


def _listed(row: FactRow, earlier: tuple[FactRow, ...]) -> Shown:
    value = row.value
    if row.code == "medication":
        return Shown(row, _text(value), _dosage(value), value.get("status", "") in TAKEN, earlier)
    if row.code == "encounter":
        return Shown(row, _text(value), "; ".join(value.get("reason", [])), True, earlier)  # noqa: FBT003  a visit is always shown
    is_current = value.get("clinical", "") in ACTIVE and value.get("verification") not in NEVER_SO
    return Shown(row, _text(value), _reactions(value), is_current, earlier)


def _text(value: dict[str, Any]) -> str:
    return str(value.get("text", ""))


def _reactions(value: dict[str, Any]) -> str:
    reactions = value.get("reactions", [])
    return ", ".join(words for one in reactions for words in one.get("manifestations", []))


def _dosage(value: dict[str, Any]) -> str:
    """The words of the order; from its numbers when it has no words."""
    return "; ".join(filter(None, (_one_dosage(one) for one in value.get("dosage", []))))


def _one_dosage(dosage: dict[str, Any]) -> str:
    if dosage.get("text"):
        return str(dosage["text"])
    amount = (
        f"{number(dosage['dose'])} {dosage.get('unit', '')}".strip() if "dose" in dosage else ""
    )
    often = ""
    if "times" in dosage and "period" in dosage:
        unit = PERIODS.get(dosage.get("period_unit", ""), dosage.get("period_unit", ""))
        often = f"{number(dosage['times'])} × / {number(dosage['period'])} {unit}"
    return " · ".join(filter(None, (amount, often)))


def _display(row: FactRow) -> str:
    shown = row.value.get("display") if isinstance(row.value, dict) else ""
    return str(shown or row.code)


def _value(row: FactRow) -> str:
    value = row.value
    if isinstance(value, dict):
        return f"{value.get('comparator', '')}{number(value.get('value', ''))}"
    return choices(row.code).get(str(value)) or number(value)


def choices(code: str) -> dict[str, str]:
    """The words of the answers of a code, by their keys; empty when it is measured or typed."""
    entry = library().dictionary.entries.get(code)
    return entry.choices if entry else {}


def _is_elsewhere(row: FactRow) -> bool:
    """Whether another part of the chart shows it: its lists, or the page of eligibility."""
    return row.code in (*STRUCTURED, TRIAL, *ASKED_ABOUT) or row.code.startswith(DECISION)


def _is_foreign(measure: Measure) -> bool:
    return measure.latest.row.code.startswith("loinc/")
