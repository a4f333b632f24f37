"""An entry number for each form of a page that has many."""

from uuid import UUID

from django import template

from serein.server.eligibility import charts
from serein.server.eligibility.queries import Flagged
from serein.server.ids import new_id

register = template.Library()


@register.simple_tag
def new_entry() -> UUID:
    """The id by which one form is stored once, however often it is sent."""
    return new_id()


register.filter("trial_days", charts.trial_days)
register.filter("fact_title", charts.title)


@register.filter
def not_seen(question: Flagged) -> str:
    """That this question was not seen with the newest total."""
    return charts.unseen(question.number, question.title)
