"""Every write of the treatment day; each is one transaction with its rule and its audit line."""

from serein.server.treatment.actions.alarm import acknowledge_alert, raise_overdue, resolve_alert
from serein.server.treatment.actions.answers import record_checks
from serein.server.treatment.actions.chair import (
    add_chair,
    block_chair,
    finish_cleaning,
    remove_chair,
    rename_chair,
    return_chair,
    unblock_chair,
)
from serein.server.treatment.actions.device import record_device
from serein.server.treatment.actions.dose import record_dose
from serein.server.treatment.actions.given import correct_given
from serein.server.treatment.actions.infusion import (
    change_infusion,
    check_preparation,
    prepare_infusion,
    start_infusion,
)
from serein.server.treatment.actions.judge import correct_reading, decide
from serein.server.treatment.actions.leaving import end_session, release_patient
from serein.server.treatment.actions.order import cosign_order, sign_order, take_telephone_order
from serein.server.treatment.actions.record import (
    add_note,
    mark_ready,
    record_danger_sign,
    record_vitals,
    stop_treatment,
)
from serein.server.treatment.actions.repair import correct_dose, reopen_session
from serein.server.treatment.actions.retime import correct_time
from serein.server.treatment.actions.seat import seat_patient
from serein.server.treatment.actions.weight import weigh_patient

__all__ = [
    "acknowledge_alert",
    "add_chair",
    "add_note",
    "block_chair",
    "change_infusion",
    "check_preparation",
    "correct_dose",
    "correct_given",
    "correct_reading",
    "correct_time",
    "cosign_order",
    "decide",
    "end_session",
    "finish_cleaning",
    "mark_ready",
    "prepare_infusion",
    "raise_overdue",
    "record_checks",
    "record_danger_sign",
    "record_device",
    "record_dose",
    "record_vitals",
    "release_patient",
    "remove_chair",
    "rename_chair",
    "reopen_session",
    "resolve_alert",
    "return_chair",
    "seat_patient",
    "sign_order",
    "start_infusion",
    "stop_treatment",
    "take_telephone_order",
    "unblock_chair",
    "weigh_patient",
]
