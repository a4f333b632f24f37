"""Numbers of an infusion as they are said beside each other."""

from django import template
from django.utils.translation import ngettext

from serein.server.treatment.wording import outcome_word

register = template.Library()
register.filter(outcome_word)
MIN_AN_HOUR = 60


@register.filter
def split(words: str) -> list[str]:
    """The words, one by one."""
    return words.split()


@register.filter
def few(value: float) -> str:
    """A number with no more digits than it needs: 0.5, 35, 151.05.

    >>> few(0.50), few(35.0), few(151.05)
    ('0.5', '35', '151.05')
    """
    return f"{value:.6g}"


@register.filter
def spoken(minutes: float) -> str:
    """A duration in words, as it is compared with the rate: "40 minutes", "1 hour 30 minutes"."""
    hours, rest = divmod(round(minutes), MIN_AN_HOUR)
    parts = []
    if hours:
        parts.append(ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours})
    if rest or not hours:
        parts.append(ngettext("%(n)s minute", "%(n)s minutes", rest) % {"n": rest})
    return " ".join(parts)
