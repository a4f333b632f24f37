"""Release: what stands in its way, and when it becomes possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from serein.clinical.criteria import Finding, Moment
from serein.clinical.protocols import Protocol
from serein.clinical.rules import settle


@dataclass(frozen=True, slots=True)
class Release:
    """Every release rule judged; the patient may leave only when none blocks."""

    findings: list[Finding]
    may_release: bool
    earliest_at: datetime | None

    @property
    def blockers(self) -> list[Finding]:
        """Rules that are not met, a missing reading included."""
        return [finding for finding in self.findings if not finding.is_met]


def release(protocol: Protocol, moment: Moment, *, is_open: bool) -> Release:
    """The release rules at this moment.

    Args:
        protocol: Gives the rules and how long to observe from which event.
        moment: The session's facts as they stand.
        is_open: Whether the session has not ended yet; an ended one is not released again.
    """
    findings = [settle(rule, moment) for rule in protocol.release]
    anchor_at = moment.events.get(protocol.observe.anchor)
    earliest_at = anchor_at + protocol.observe_for if anchor_at is not None else None
    if earliest_at is not None and earliest_at > moment.now:
        moment.changes.append(earliest_at)
    may_release = is_open and all(finding.is_met for finding in findings)
    return Release(findings, may_release, earliest_at)
