"""Words of doses, of the pump and of what was recorded, as the dictionary has them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from serein.clinical.facts import Fact
from serein.server.library import library


def _choice(code: str, part: str, value: str) -> str:
    """The dictionary's word for a choice of one part; the value itself where it has none."""
    fields = {field.name: field for field in library().dictionary.code(code).fields}
    return fields[part].choices.get(value, value)


def step_word(step: str) -> str:
    """What was done at the pump, in a word."""
    return _choice("infusion", "step", step).capitalize()


def outcome_word(outcome: str) -> str:
    """What became of a dose, in a word."""
    return _choice("dose", "outcome", outcome).capitalize()


def route_word(route: str) -> str:
    """By which way a dose went in."""
    return _choice("dose", "route", route)


def given_words(value: Mapping[str, Any]) -> str:
    """A dose, or an act at the pump, in a few words."""
    if "outcome" in value:
        return f"{outcome_word(value['outcome'])}, {value['mg']:g} mg"
    rate = value.get("rate_ml_per_h")
    return step_word(value["step"]) + (f", {rate:g} mL/h" if rate else "")


def said(fact: Fact) -> Any:
    """A value in the words it was picked in, yes or no, or as it was typed."""
    observations = library().observations("session-observations")
    if any(scale.code == fact.code for scale in observations.scale):
        return observations.word(fact.code, fact.value)
    if isinstance(fact.value, bool):
        return _("yes") if fact.value else _("no")
    if fact.code in ("dose", "infusion") and isinstance(fact.value, Mapping):
        return given_words(fact.value)
    choices = library().dictionary.code(fact.code).choices
    return choices.get(str(fact.value), fact.value) if choices else fact.value


def milligrams(mg: float) -> str:
    """An amount as it is said: to a tenth of a milligram, and no more digits than it has.

    >>> milligrams(50.2475), milligrams(100.5), milligrams(56.0), milligrams(1200)
    ('50.2', '100.5', '56', '1200')
    """
    return f"{round(mg, 1):g}"
