"""How a protocol is told."""

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()
ROUTES = {
    "iv": _("into a vein"),
    "im": _("into a muscle"),
    "sc": _("under the skin"),
    "nasal": _("nasal"),
    "oral": _("by mouth"),
    "sublingual": _("under the tongue"),
}


@register.filter
def route(name: str) -> str:
    """The route in words; a route that nobody has words for as it is."""
    return str(ROUTES.get(name, name))
