"""Answers that must be seen, whoever brought them: they call whom the scale's file names."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from serein.clinical.facts import Fact
from serein.clinical.rules import Fired
from serein.server.actions import hold
from serein.server.alerts import actions as alerts
from serein.server.eligibility.queries import flagged, scales
from serein.server.patients.models import Patient

NO_AGE = timedelta()


def raise_flags(
    patient: Patient, facts: Iterable[Fact], *, now: datetime, is_out_of_file: bool = False
) -> list[str]:
    """Call for the answers that must be seen, whatever the total; the rules that fired.

    What a person writes down calls whenever it was; out of a file an old answer is no alarm. The
    calling action has the permission and writes the audit line.
    """
    watched = {one.code: one for scale in scales() for one in flagged(scale)}
    newest_first = sorted(facts, key=lambda fact: fact.effective_at, reverse=True)
    found = [(watched[fact.code], fact) for fact in newest_first if fact.code in watched]
    hits: dict[alerts.Content, dict[str, Fired]] = defaultdict(dict)
    for one, fact in found:
        if hit := one.fired(fact, age=now - fact.effective_at if is_out_of_file else NO_AGE):
            hits[one.scale.id, one.scale.version].setdefault(hit.rule, hit)
    if hits:
        # Two hands must not both find that nothing is open.
        hold(patient)
    return [
        rule
        for scale, of in hits.items()
        for alert in alerts.raise_alerts(
            patient, of.values(), encounter=None, now=now, content=scale
        )
        for rule in alert.rules
    ]
