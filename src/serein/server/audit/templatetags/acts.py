"""What a line of the log says was done, in words."""

from django import template

from serein.server.audit.wording import acts

register = template.Library()


@register.filter
def act(verb: str) -> str:
    """The act in words; one that has none yet as it is written in the log."""
    return acts().get(verb, verb)
