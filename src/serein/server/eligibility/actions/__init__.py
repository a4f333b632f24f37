"""Every write about a patient outside the visits: told, decided, set right."""

from serein.server.eligibility.actions.correct import correct_fact, correct_trial, mark_wrong
from serein.server.eligibility.actions.flags import raise_flags
from serein.server.eligibility.actions.told import (
    RECORDS,
    decide_criterion,
    record_history,
    record_total,
    record_trial,
)

__all__ = [
    "RECORDS",
    "correct_fact",
    "correct_trial",
    "decide_criterion",
    "mark_wrong",
    "raise_flags",
    "record_history",
    "record_total",
    "record_trial",
]
