"""The open alerts of a session as its page tells them, while it runs and once it is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from serein.server.alerts.models import Alert
from serein.server.treatment.models import Session


@dataclass(frozen=True)
class Told:
    """One open alert.

    `is_past` when it rests on what was seen before the end: what it asked for then is over, the
    word on what was done is still owed.
    """

    alert: Alert
    is_past: bool


def told(session: Session, alerts: Iterable[Alert]) -> list[Told]:
    """These alerts in their order."""
    return [Told(alert, _is_past(alert, ended_at=session.ended_at)) for alert in alerts]


def _is_past(alert: Alert, *, ended_at: datetime | None) -> bool:
    """Whether all that set it off was before the end; a duty is owed whenever it was opened."""
    if ended_at is None or not alert.evidence:
        return False
    return all(datetime.fromisoformat(one["at"]) <= ended_at for one in alert.evidence)
