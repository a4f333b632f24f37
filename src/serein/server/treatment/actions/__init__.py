"""Every write of the treatment day; each is one transaction with its rule and its audit line."""

from serein.server.treatment.actions.device import record_device
from serein.server.treatment.actions.leaving import end_session, release_patient
from serein.server.treatment.actions.order import cosign_order, sign_order, take_telephone_order
from serein.server.treatment.actions.record import (
    add_note,
    correct_reading,
    decide,
    mark_ready,
    record_checks,
    record_danger_sign,
    record_vitals,
    stop_treatment,
)
from serein.server.treatment.actions.seat import (
    block_chair,
    finish_cleaning,
    seat_patient,
    unblock_chair,
)

__all__ = [
    "add_note",
    "block_chair",
    "correct_reading",
    "cosign_order",
    "decide",
    "end_session",
    "finish_cleaning",
    "mark_ready",
    "record_checks",
    "record_danger_sign",
    "record_device",
    "record_vitals",
    "release_patient",
    "seat_patient",
    "sign_order",
    "stop_treatment",
    "take_telephone_order",
    "unblock_chair",
]
