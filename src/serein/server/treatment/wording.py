"""Words of doses and of the pump, as the dictionary has them."""

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
