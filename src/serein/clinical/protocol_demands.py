"""What a protocol must say before anybody is treated by it: who is on site, what is off-label."""

from __future__ import annotations

from serein.clinical.errors import ContentError
from serein.clinical.protocol_tables import ProtocolFile

OFF_LABEL = "off-label"
MANIA = "mania.current"


def refuse_unsaid(content: ProtocolFile, *, file: str) -> None:
    """Refuse a protocol that leaves out what every protocol says, and more of one by weight.

    What is ordered by weight is racemic ketamine, which is approved for anaesthesia alone.

    Raises:
        ContentError: It names no staff or no decision point; or, ordered by weight, does not say
            that it is off-label, or has a bipolar indication and nothing that holds on mania.
    """
    if not content.staff:
        raise ContentError("has no [[staff]]: say who must be on site", file=file, key="staff")
    if not content.decision:
        reason = "has no [[decision]]: say when somebody must decide whether to go on"
        raise ContentError(reason, file=file, key="decision")
    if content.limits is not None:
        _refuse_on_label(content, file=file)
        _refuse_mania_let_through(content, file=file)


def _refuse_on_label(content: ProtocolFile, *, file: str) -> None:
    for each in content.indication:
        if each.label != OFF_LABEL:
            reason = f"racemic ketamine is approved for anaesthesia alone: label = '{OFF_LABEL}'"
            raise ContentError(reason, file=file, key=f"indication.{each.id}.label")
    if all(each.id != OFF_LABEL for each in content.warning):
        reason = f"has no warning with the id '{OFF_LABEL}': say that it is used outside its label"
        raise ContentError(reason, file=file, key="warning")


def _refuse_mania_let_through(content: ProtocolFile, *, file: str) -> None:
    holding = [gate for gate in content.gate if MANIA in str(gate.when)]
    if not holding and any("bipolar" in each.id for each in content.indication):
        reason = f"is given in bipolar depression and has no gate over {MANIA}"
        raise ContentError(reason, file=file, key="gate")
    for gate in holding:
        if gate.waiver != "never":
            reason = "manic symptoms hold the session, whoever decides: waiver = 'never'"
            raise ContentError(reason, file=file, key=f"gate.{gate.id}.waiver")
