"""Sweeps of the floor: loops that start from the clock and may run twice."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from serein.server.alerts.actions import is_known
from serein.server.alerts.models import Alert
from serein.server.treatment.actions.alarm import raise_overdue
from serein.server.treatment.models import Session
from serein.server.treatment.queries import RELATED, known_of, read


def sweep_overdue(*, now: datetime) -> int:
    """How many alerts were opened because time passed, over every open session of the house.

    Four statements when there is nothing to open.
    """
    open_ones = {
        one.id: one for one in Session.objects.filter(ended_at=None).select_related(*RELATED)
    }
    if not open_ones:
        return 0
    earlier: dict[UUID, list[Alert]] = defaultdict(list)
    for alert in Alert.objects.filter(encounter__in=open_ones):
        assert alert.encounter is not None
        earlier[alert.encounter].append(alert)
    facts = known_of(open_ones.values())
    late = [
        one
        for one in open_ones.values()
        if any(
            not is_known(hit, earlier=earlier[one.id])
            for hit in read(one, facts[one.id], now=now).alerts
        )
    ]
    return sum(len(raise_overdue(one, now=now)) for one in late)
