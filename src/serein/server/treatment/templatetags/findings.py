"""What a rule that is not met found, so that nobody has to turn a double negative round."""

from django import template
from django.utils.translation import gettext_lazy as _

from serein.clinical.criteria import UNMET, Finding, Reason, shown
from serein.server.library import library

register = template.Library()
REFUSALS = {
    "release": _("Not released"),
    "end": _("Not ended"),
    "device": _("Not given"),
    "order": _("Not ordered"),
    "cosign": _("Not signed"),
    "decision": _("Not decided"),
    "reopen": _("Still ended"),
}


@register.filter
def found(finding: Finding) -> str:
    """The values that stand in the way, in the words they were picked in; empty without any."""
    failed = [one for one in finding.judgement.reasons if one.verdict is UNMET]
    return ", ".join(dict.fromkeys(map(_said, failed)))


def _said(reason: Reason) -> str:
    observations = library().observations("session-observations")
    if any(scale.code == reason.test.code for scale in observations.scale):
        return observations.word(reason.test.code, reason.value)
    return f"{reason.test.title.lower()} {shown(reason.value, reason.test.unit)}"


@register.filter
def refusal_title(name: str) -> str:
    """What did not happen when the form of this name was refused."""
    return str(REFUSALS.get(name, _("Not stored")))
