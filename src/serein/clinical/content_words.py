"""What a content file says, in words: its keys as labels, its values with units, its criteria."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from serein.clinical.criteria import All, AnyOf, Comparison, Criterion, Not
from serein.clinical.errors import ContentError
from serein.clinical.vocabulary import JOINING, Place, Term, criterion

Terms = Mapping[str, Term]
NOTHING = "nothing"
# What a unit at the end of a key is called; longer endings stand first.
_UNITS = {
    "mg_per_kg": "mg/kg",
    "per_week": "a week",
    "percent": "%",
    "minutes": "min",
    "weeks": "weeks",
    "hours": "hours",
    "seconds": "seconds",
    "years": "years",
    "months": "months",
    "days": "days",
    "mmhg": "mmHg",
    "min": "min",
    "mg": "mg",
    "kg": "kg",
    "times": "times",
}
_LABELS = {
    "when": "Met when",
    "alternative": "Or instead",
    "waiver": "Who may decide otherwise",
    "every_device": "Asked before every device",
    "for_role": "Who is called",
    "keep": "When not worse",
    "back": "When worse",
    "missed.worse": "Counts as worse when",
    "soft_mg_per_kg": "Needs a reason above",
    "soft_mg": "Needs a reason above",
    "hard_mg_per_kg": "Never above",
    "hard_mg": "Never above",
    "weight_days": "Weight no older than",
    "ask_times": "Asks when the dose is so many times the one before, or so much less; "
    "on paper, when it is more than so many times the most",
    "ask_weight_percent": "Asks when the weight differs from the last one by",
    "drug_times": "An antidepressant, above its least dose",
    "agent_times": "What is added, above its least dose",
    "mg_each": "One device holds",
    "min": "For",
    "rest_min": "Rest between two",
    "opens_min": "Opens after",
    "due_min": "Due after",
    "overdue_min": "Overdue after",
    "every_min": "Then every",
    "after_min": "Old after",
    "any": "Any of these answers",
    "anchor": "Counted from",
    "arm": "Group",
    "asked": "Asked as",
    "ci": "Interval",
    "doi": "DOI",
    "is_emergency": "In an emergency",
    "is_primary": "Main comparison",
    "n": "People",
    "nth": "Which one of the month",
    "panel_loinc": "LOINC of the panel",
    "product_title": "Product in full",
    "reads": "Read from",
    "sd": "Standard deviation",
    "se": "Standard error",
    "against": "What stands against it",
    "takes": "Rules of the day",
    "trial_rules": "Trials counted by",
    "versus": "Against",
    "ask": "Asks next",
    "low": "From",
    "high": "To",
    "most": "At most left out",
    "prorate": "Then scaled up",
    "needs": "What must be written down",
    "panel": "Taken together as",
    "codes": "Measured",
    "code": "Fact",
    "fact": "Fact",
    "allowed_mg": "May be ordered",
    "before_dose": "Before the dose",
    "before_dose_only": "Only before the dose",
    "recall_days": "Asks back",
    "recent_days": "Out of a file, calls for answers no older than",
    "is_reversed": "Counted the other way round",
    "is_scored": "Counts in the total",
    "effective": "Holds from",
    "read": "Read on",
    "url": "Address",
    "loinc": "LOINC",
    "total_loinc": "LOINC of the total",
}
_KEYS_OF_FACTS = frozenset(("asked", "code", "codes", "fact", "facts", "reads", "without"))
_PAYERS = {"medicare": "Medicare", "other": "any payer but Medicare"}
_PRODUCTS = {"esketamine-nasal": "esketamine nasal spray", "ketamine": "racemic ketamine"}
_ROUTES = {
    "im": "into a muscle",
    "iv": "into a vein",
    "oral": "by mouth",
    "sc": "under the skin",
    "sublingual": "under the tongue",
}
_SPOKEN: Mapping[str, Mapping[Any, str]] = {
    "waiver": {
        "never": "nobody",
        "prescriber": "the prescriber, by name and with a reason",
        "alternative": "nobody; another safe way serves instead",
    },
    "anchor": {
        "seated": "sitting down",
        "first-dose": "the first dose",
        "last-dose": "the last dose",
    },
    "follows": _PAYERS,
    "jurisdiction": {"any": "everywhere"},
    "nth": {-1: "the last"},
    "panel": {"vitals": "vital signs"},
    "payers": _PAYERS,
    "product": _PRODUCTS,
    "products": _PRODUCTS,
    "route": _ROUTES,
    "routes": _ROUTES,
    "stance": {
        "needs-nuance": "true only in part",
        "outdated": "no longer so",
        "unproven": "not shown",
    },
    "weekday": {"monday": "Monday", "thursday": "Thursday"},
}
_EXTRA_UNITS = {"mg_each": "mg"}


@dataclass(frozen=True, slots=True)
class Said:
    """A criterion in words: one comparison, or how several of them join."""

    words: str
    parts: tuple[Said, ...] = ()

    def __str__(self) -> str:
        """The whole in one line; what joins inside another stands in brackets."""
        if not self.parts:
            return self.words
        if self.words == _NOT:
            return f"not ({self.parts[0]})"
        joint = " and " if self.words == _ALL else " or "
        return joint.join(f"({part})" if len(part.parts) > 1 else str(part) for part in self.parts)


class Limit(NamedTuple):
    """One comparison inside a criterion: which fact, what is asked of it, and how recent it is."""

    what: str
    asked: str
    recent: str = ""


_ALL, _ANY, _NOT = "all of these", "one of these", "none of this"


def gettext_noop(words: str) -> str:
    """The words as they are, marked for the translators; who shows them translates them."""
    return words


def label(key: str) -> str:
    """A key of a file, as a label; its unit goes with the value."""
    if key in _LABELS:
        return _LABELS[key]
    ending = _unit_ending(key)
    bare = key.removesuffix(f"_{ending}") if ending else key
    words = bare.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


def _unit_ending(key: str) -> str:
    return next((each for each in _UNITS if key == each or key.endswith(f"_{each}")), "")


def unit(key: str) -> str:
    """The unit that a key names; empty when it names none."""
    return _EXTRA_UNITS.get(key) or _UNITS.get(_unit_ending(key), "")


def told(key: str, value: Any, *, terms: Terms) -> str:
    """A value of a file with its unit, exactly as it stands there.

    >>> told("rest_min", 5, terms={}), told("allowed_mg", [56, 84], terms={})
    ('5 min', '56, 84 mg')
    """
    spoken = _SPOKEN.get(key, {})
    if isinstance(value, list) and spoken and all(isinstance(each, str) for each in value):
        return ", ".join(spoken.get(each, each) for each in value) or NOTHING
    if isinstance(value, str | int) and value in spoken:
        return spoken[value]
    words = _value(value, terms=terms if key in _KEYS_OF_FACTS else {})
    measured = unit(key) if _is_measured(value) else ""
    return f"{words} {measured}".strip()


def _is_measured(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(_is_measured(each) for each in value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value(value: Any, *, terms: Terms) -> str:
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool | float):
        return f"{value:.10g}" if isinstance(value, float) else "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_inner(each, terms=terms) for each in value)
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    if isinstance(value, Mapping):
        return in_a_line(value, terms=terms)
    return title_of(str(value), terms=terms)


def _inner(value: Any, *, terms: Terms) -> str:
    """A value inside a list; a list in it is an answer to a question, or of several parts."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], int):  # noqa: PLR2004  an item and its answer
        return f"{value[0]} = {value[1]}"
    if isinstance(value, list):
        return " ".join(_value(each, terms=terms) for each in value)
    return _value(value, terms=terms)


def title_of(code: str, *, terms: Terms) -> str:
    """What a fact is called; the code itself when nobody says."""
    return (terms[code].title or code) if code in terms else code


def in_a_line(table: Mapping[str, Any], *, terms: Terms) -> str:
    """A small table in one line: a fact with its value and time, or each word with its own."""
    if "code" in table and "value" in table:
        at = f" at {table['at']}" if "at" in table else ""
        value = _value(table["value"], terms={})
        value = f"({value})" if isinstance(table["value"], Mapping) else value
        return f"{title_of(str(table['code']), terms=terms)} {value}{at}"
    said = reads_as_criterion(table) and said_of(table, terms=terms)
    if said:
        return str(said)
    return ", ".join(
        f"{name.replace('_', ' ')} {told(name, value, terms=terms)}"
        for name, value in table.items()
    )


def reads_as_criterion(value: Any) -> bool:
    """Whether a table has the words of a criterion."""
    return isinstance(value, Mapping) and (
        "fact" in value or (len(value) == 1 and next(iter(value)) in JOINING)
    )


def said_of(table: Mapping[str, Any], *, terms: Terms) -> Said | None:
    """A criterion of a file in words; None when it is none after all."""
    try:
        return said(criterion(table, terms=terms, place=Place("", "")))
    except ContentError:
        return None


def said(asked: Criterion) -> Said:
    """A criterion in words, with the limits as the rules themselves tell them."""
    alone = _alone(asked)
    if alone is not None:
        return Said(f"{alone.what}: {', '.join(part for part in alone[1:] if part)}")
    return Said(_joint(asked), tuple(map(said, _parts(asked))))


def _joint(asked: Criterion) -> str:
    if isinstance(asked, Not):
        return _NOT
    return _ALL if isinstance(asked, All) else _ANY


def _alone(asked: Criterion) -> Limit | None:
    """The limit of a single comparison, or of one that must not hold."""
    if isinstance(asked, Comparison):
        return limit_of(asked)
    if isinstance(asked, Not) and isinstance(asked.part, Comparison):
        limit = limit_of(asked.part)
        return limit._replace(asked=f"not {limit.asked}")
    return None


def limit_of(asked: Comparison) -> Limit:
    """What one comparison asks of its fact, and how recent it must be."""
    recent = asked.selection.words().replace(" of now", "") if asked.selection else ""
    return Limit(asked.title, asked.limit(), recent)


def limits(asked: Criterion) -> Iterator[Limit]:
    """Every comparison inside a criterion, in its order."""
    alone = _alone(asked)
    if alone is not None:
        yield alone
        return
    for part in _parts(asked):
        yield from limits(part)


def joined(asked: Criterion) -> str:
    """How the comparisons join, without their limits; empty where all of a plain list must hold."""
    is_plain = isinstance(asked, All) and all(_alone(part) is not None for part in asked.parts)
    return "" if is_plain or _alone(asked) is not None else str(_bare(asked))


def _bare(asked: Criterion) -> Said:
    alone = _alone(asked)
    if alone is not None:
        return Said(alone.what)
    return Said(_joint(asked), tuple(map(_bare, _parts(asked))))


def _parts(asked: Criterion) -> tuple[Criterion, ...]:
    if isinstance(asked, Not):
        return (asked.part,)
    assert isinstance(asked, All | AnyOf)
    return asked.parts
