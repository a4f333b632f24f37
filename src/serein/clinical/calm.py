"""Which answer to a question before the dose is the calm one, as the protocol's rules have it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from serein.clinical.criteria import UNMET, Moment
from serein.clinical.facts import Fact
from serein.clinical.protocols import Protocol
from serein.clinical.rules import Rule

# The rules read it only within the safe way home, so none of them says that it must be yes.
NO_DRIVING = "transport.no-driving"


def wanting_yes(of: Protocol, codes: Iterable[str], *, now: datetime) -> frozenset[str]:
    """Those of these questions to which the rules want a yes; to any other, no calls nobody.

    Args:
        of: The protocol whose gates and waits are asked.
        codes: Fact codes of questions that are answered yes or no.
        now: The moment asked about.
    """
    by_wait = {wait.asked for wait in of.waits}
    return frozenset(
        code
        for code in codes
        if code in by_wait
        or code == NO_DRIVING
        or any(_wants_yes(gate, code, now=now) for gate in of.gates)
    )


def _wants_yes(gate: Rule, code: str, *, now: datetime) -> bool:
    """Whether a no alone holds it shut and a yes does not."""
    if code not in gate.when.codes():
        return False
    alone = ({code: [Fact(UUID(int=0), code, value, now, now)]} for value in (False, True))
    of_no, of_yes = (gate.when.judge(Moment(now, by_code)).verdict for by_code in alone)
    return of_no is UNMET and of_yes is not UNMET
