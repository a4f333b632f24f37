"""Waits before the dose: after eating, drinking and a nasal spray."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from serein.clinical.criteria import Derived, Moment
from serein.clinical.facts import Fact
from serein.clinical.protocols import Protocol, Wait


def wait_values(
    protocol: Protocol, by_code: Mapping[str, Sequence[Fact]], *, now: datetime
) -> dict[str, Derived]:
    """Whether each wait is over: by the clock where the hour is known, else as it was answered."""
    return {wait.fact: _is_over(wait, by_code, now=now) for wait in protocol.waits}


def _is_over(wait: Wait, by_code: Mapping[str, Sequence[Fact]], *, now: datetime) -> Derived:
    taken = _last_taken(wait, by_code)
    if taken is not None:
        return Derived(now >= taken.effective_at + wait.span, now, (taken,))
    answers = by_code.get(wait.asked, ())
    if not answers:
        return Derived(None, now, (), (wait.asked,))
    return Derived(answers[-1].value is True, answers[-1].effective_at, (answers[-1],))


def _last_taken(wait: Wait, by_code: Mapping[str, Sequence[Fact]]) -> Fact | None:
    taken = [fact for fact in by_code.get(wait.code, ()) if fact.value is True]
    return taken[-1] if taken else None


def waits_end_at(protocol: Protocol, moment: Moment) -> datetime | None:
    """When the last of the waits is over; None when no hour of any is known."""
    ends = [
        taken.effective_at + wait.span
        for wait in protocol.waits
        if (taken := _last_taken(wait, moment.by_code)) is not None
    ]
    return max(ends, default=None)
