"""The dictionary of facts: what each code means, its unit, and what cannot be a value of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from serein.clinical.errors import ImplausibleValueError, UnknownCodeError
from serein.clinical.fact_fields import DAY, LARGEST, FactField, is_day, parts_refusal, said
from serein.clinical.tables import ContentTable, Table
from serein.clinical.vocabulary import Term

FactType = Literal["integer", "decimal", "boolean", "choice", "text", "date", "structured"]
# Codes made of a prefix and a name of somebody else's: a LOINC code, the id of a rule.
FAMILIES: Mapping[str, tuple[FactType, Literal["session", "patient"], str]] = {
    "loinc/": ("structured", "patient", "Observation by its LOINC code"),
    "decision.": ("structured", "session", "The prescriber's word on a rule"),
}


_KINDS: Mapping[str, type] = {"boolean": bool, "text": str, "structured": Mapping}
_ASKED = {"boolean": "true or false", "text": "text", "structured": "a table of named parts"}


class CodeEntry(Table):
    """One code: title, type, unit (UCUM), where it belongs, bounds, words of its choices.

    What is `judged_by` somebody is theirs alone to say. `other_units` are those that people also
    measure it in: a number from outside must say its unit.
    """

    code: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9./-]*$")]
    title: str
    type: FactType
    scope: Literal["session", "patient"]
    unit: str = ""
    shown_unit: str = ""
    other_units: list[str] = Field(default_factory=list)
    low: float | None = None
    high: float | None = None
    unlikely_low: float | None = None
    unlikely_high: float | None = None
    choices: dict[str, str] = Field(default_factory=dict)
    loinc: str = ""
    panel_loinc: str = ""
    derived_by: str = ""
    judged_by: Literal["", "prescriber"] = ""
    fields: list[FactField] = Field(default_factory=list)

    @model_validator(mode="after")
    def _only_a_structured_code_has_fields(self) -> Self:
        names = [field.name for field in self.fields]
        if names and self.type != "structured":
            raise ValueError("only a structured code has fields")
        if len(set(names)) < len(names):
            raise ValueError("two fields have one name")
        return self

    def refusal(self, value: object, *, unit: str | None = None) -> str | None:
        """Why this cannot be a value of the code; None when it can."""
        if unit and self.unit and unit not in (self.unit, self.shown_unit):
            return f"{self.title} is recorded in {self.unit}, not in {unit}"
        if self.type in ("integer", "decimal"):
            return self._number_refusal(value)
        if self.type == "choice":
            fits, asked = value in self.choices, f"one of {', '.join(self.choices)}"
        elif self.type == "date":
            fits, asked = is_day(value), DAY
        else:
            fits, asked = isinstance(value, _KINDS[self.type]), _ASKED[self.type]
        if not fits:
            return f"{self.title} is {asked}, not {value!r}"
        return self._parts_refusal(value) if isinstance(value, Mapping) and self.fields else None

    def _parts_refusal(self, value: Mapping[str, Any]) -> str | None:
        wrong = parts_refusal(value, fields=self.fields)
        return f"{self.title}: {wrong}" if wrong else None

    def _number_refusal(self, value: object) -> str | None:
        kinds = int if self.type == "integer" else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            kind = "a whole number" if self.type == "integer" else "a number"
            return f"{self.title} is {kind}, not {value!r}"
        assert isinstance(value, int | float)
        unit = f" {self.shown_unit}" if self.shown_unit else ""
        too_low = self.low is not None and value < self.low
        too_high = value > LARGEST if self.high is None else value > self.high
        # NaN is neither below nor above anything, and no reading.
        if too_low or too_high or value != value:  # noqa: PLR0124  only NaN differs from itself
            return f"{self.title} {said(value)}{unit} cannot be a reading; measure again"
        return None

    def unit_refusal(self, value: object, *, unit: str | None) -> str | None:
        """Why a number from outside needs its unit beside it; None where it can mean one thing."""
        if unit or not self.other_units:
            return None
        units = " or ".join((self.unit, *self.other_units))
        return f'{self.title} {value} may be {units}; say the unit: "unit": "{self.unit}"'

    def is_unlikely(self, value: float) -> bool:
        """Whether the value is so far out that the nurse is asked once more."""
        too_low = self.unlikely_low is not None and value < self.unlikely_low
        too_high = self.unlikely_high is not None and value > self.unlikely_high
        return too_low or too_high


class DictionaryFile(ContentTable):
    """The content file that holds the dictionary."""

    fact: list[CodeEntry]


class Dictionary:
    """Every code by its name; codes of a family (`loinc/...`) are known by their prefix."""

    def __init__(self, entries: Iterable[CodeEntry]) -> None:
        """Refuse nothing here: the loader has found doubles already."""
        self.entries: Mapping[str, CodeEntry] = {entry.code: entry for entry in entries}

    def with_entries(self, more: Iterable[CodeEntry]) -> Dictionary:
        """The same with these codes too; one that is known already stays as it is."""
        return Dictionary([*more, *self.entries.values()])

    def code(self, code: str, /) -> CodeEntry:
        """The entry of this code.

        Raises:
            UnknownCodeError: Nobody knows it; the sentence names the nearest that is known.
        """
        if code in self.entries:
            return self.entries[code]
        for prefix, (kind, scope, title) in FAMILIES.items():
            if code.startswith(prefix) and len(code) > len(prefix):
                return CodeEntry(code=code.lower(), title=title, type=kind, scope=scope)
        near = get_close_matches(code, self.entries, n=1)
        hint = f"; the nearest is '{near[0]}'" if near else ""
        raise UnknownCodeError(f"no fact is called '{code}'{hint}")

    def scope(self, code: str, /) -> str | None:
        """Whether facts of this code belong to a session or to the patient; None when unknown.

        A session asks it of every code of a chart, so nothing is searched for a stranger's name.
        """
        if code in self.entries:
            return self.entries[code].scope
        families = (
            scope
            for prefix, (_, scope, _) in FAMILIES.items()
            if code.startswith(prefix) and len(code) > len(prefix)
        )
        return next(families, None)

    def check(self, code: str, value: Any, *, unit: str | None = None) -> None:
        """Refuse a value of the wrong type or unit, or one that cannot be.

        Raises:
            UnknownCodeError: Nobody knows the code.
            ImplausibleValueError: The value cannot be; the sentence says why.
        """
        if refusal := self.code(code).refusal(value, unit=unit):
            raise ImplausibleValueError(refusal)

    @property
    def terms(self) -> dict[str, Term]:
        """How each code is called and measured, for the rules' sentences."""
        return {
            code: Term(entry.title, entry.shown_unit, entry.choices)
            for code, entry in self.entries.items()
        }
