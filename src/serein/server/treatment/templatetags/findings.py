"""What a rule that is not met found, so that nobody has to turn a double negative round."""

from collections.abc import Iterable

from django import template
from django.utils.translation import gettext_lazy as _

from serein.clinical.criteria import UNMET, Finding, Reason, shown
from serein.server.library import library

register = template.Library()
PRESSURE = ("bp.systolic", "bp.diastolic")
RISE = ("bp.systolic.rise", "bp.diastolic.rise")
REFUSALS = {
    "release": _("Not released"),
    "end": _("Not ended"),
    "order": _("Not ordered"),
    "cosign": _("Not signed"),
    "decision": _("Not decided"),
    "reopen": _("Still ended"),
    "start": _("Not started"),
    "dose": _("Not given"),
}


@register.filter
def found(finding: Finding) -> str:
    """The values that stand in the way, in the words they were picked in; empty without any."""
    failed = [one for one in finding.judgement.reasons if one.verdict is UNMET]
    rest = [one for one in failed if one.test.code not in PRESSURE]
    pressure = [] if rest == failed else [_pressure(finding.judgement.reasons)]
    rest = [one for one in rest if not (pressure and one.test.code in RISE)]
    return ", ".join(dict.fromkeys([*pressure, *map(_said, rest)]))


def _pressure(reasons: Iterable[Reason]) -> str:
    """Both numbers of the cuff, whichever of them stands in the way."""
    values = {one.test.code: one.value for one in reasons if one.value is not None}
    return "/".join(shown(values[code]) for code in PRESSURE if code in values)


def _said(reason: Reason) -> str:
    observations = library().observations("session-observations")
    if any(scale.code == reason.test.code for scale in observations.scale):
        return observations.word(reason.test.code, reason.value)
    return f"{reason.test.title.lower()}: {reason.test.told(reason.value)}"


@register.filter
def refusal_title(name: str) -> str:
    """What did not happen when the form of this name was refused."""
    return str(REFUSALS.get(name, _("Not stored")))
