"""A long, bad day: readings minutes apart, four devices, alerts, corrections, a late entry."""

from typing import Any

from serein.server.alerts.actions import acknowledge_alert, resolve_alert
from serein.server.alerts.models import Alert
from serein.server.treatment import actions
from serein.server.treatment.queries import reading
from tests.server.treatment.day import ANSWERS, CALM, WELL, Day

HIGH = {**CALM, "bp.systolic": 186, "bp.diastolic": 104, "heart-rate": 112}
DROWSY = {**CALM, "sedation": 3, "dissociation": "moderate", "spo2": 91, "respiration": 9}
SICK = {**CALM, "sedation": 4, "dissociation": "severe", "nausea": "mild"}


def live_it(day: Day) -> None:
    """From the chair to the ambulance, as the record must tell it."""
    day.act(actions.record_checks, answers={**ANSWERS, "pregnancy": "unknown"})
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 152})
    _correct(day, "pregnancy", "no", "she told me", by=day.prescriber)
    day.later(3.4)
    day.act(actions.record_vitals, values=CALM)
    day.later(1)
    day.act(actions.take_telephone_order, dose_mg=84, prescriber=day.prescriber, is_read_back=True)
    day.later(0.7)
    day.device(1)
    day.later(5.2)
    day.device(2, "failed", lot="B13")
    day.later(1)
    day.order(28, replaces_device=2)
    day.later(1)
    day.device(_step(day), lot="B14", is_already_given=True, reason="at once")
    _fall_ill(day)
    given_at = day.now
    day.later(12.5)
    day.act(
        actions.record_device,
        step=_step(day),
        outcome="given",
        lot="B15",
        at=given_at,
        is_already_given=True,
        reason="the tablet was flat",
    )
    for values in (CALM, SICK, CALM, CALM, WELL, WELL):
        day.later(14.6)
        day.act(actions.record_vitals, values=values)
    _correct(day, "heart-rate", 80, "finger")
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake, steady")
    day.later(1)
    day.act(actions.reopen_session, reason="she sat down again")
    day.session.refresh_from_db()
    day.later(3)
    day.act(actions.record_vitals, values=HIGH)
    day.act(
        actions.end_session, kind="transfer", told="Dr Lind", state="chest pain, awake, on oxygen"
    )
    day.session.refresh_from_db()


def _fall_ill(day: Day) -> None:
    """Readings a minute or two apart, two of them corrected, and a danger sign."""
    for values in (CALM, SICK, DROWSY, DROWSY, SICK, CALM, HIGH, HIGH):
        day.later(1.3)
        day.act(actions.record_vitals, values=values)
    _correct(day, "bp.systolic", 184, "184 on the screen")
    _correct(day, "sedation", 4, "she answered")
    day.act(actions.record_danger_sign, code="danger.chest-pain")
    _close(day)
    day.later(2)
    day.act(actions.add_note, text="Says her chest is tight; ECG asked for")
    for values in (HIGH, CALM, SICK, CALM):
        day.later(2.6)
        day.act(actions.record_vitals, values=values)
    _correct(day, "spo2", 97, "read again")


def _step(day: Day) -> int:
    return day.session.doses.filter(replaces=None).count() + 1


def _correct(day: Day, code: str, value: Any, reason: str, **words: Any) -> None:
    wrong = reading(day.session, now=day.now).latest[code].id
    day.act(actions.correct_reading, wrong=wrong, value=value, reason=reason, **words)


def _close(day: Day) -> None:
    alert = Alert.objects.get(text="Chest pain")
    acknowledge_alert(alert, by=day.nurse, now=day.now)
    day.later(1)
    resolve_alert(alert, by=day.prescriber, now=day.now, resolution="ECG taken")
