"""What a line of the log says was done, in words."""

from typing import Any

from django import template

from serein.server.audit import wording

register = template.Library()


@register.filter
def act(verb: str) -> str:
    """The act in words; one that has none yet as it is written in the log."""
    return wording.acts().get(verb, verb)


@register.filter
def more(details: dict[str, Any]) -> str:
    """What else the line says, in words."""
    return wording.more(details)
