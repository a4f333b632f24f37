"""Raising an alert, saying that it was seen, saying what was done."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.rules import Fired
from serein.server.accounts.models import User
from serein.server.accounts.permissions import require
from serein.server.actions import action
from serein.server.alerts.models import Alert
from serein.server.audit import actions as audit
from serein.server.patients.models import Patient


@action
def raise_alerts(
    patient: Patient, hits: Iterable[Fired], *, encounter: UUID, now: datetime
) -> list[Alert]:
    """Open an alert for each rule that fired, unless it is open or was closed on this evidence.

    The calling action has the permission and writes the audit line. A rule that goes on firing on
    readings somebody has already dealt with stays quiet; a new reading opens it anew.
    """
    fired = list(hits)
    if not fired:
        return []
    earlier = list(Alert.objects.filter(encounter=encounter))
    new = [hit for hit in fired if not _is_known(hit, earlier)]
    return Alert.objects.bulk_create(
        _alert(patient, hit, encounter=encounter, now=now) for hit in new
    )


@action
def raise_duty(
    patient: Patient,
    *,
    encounter: UUID,
    rule: str,
    text: str,
    for_role: str,
    urgency: str,
    now: datetime,
) -> Alert:
    """Open something that must follow; the calling action has the permission and the audit line."""
    found = Alert.objects.filter(encounter=encounter, rule=rule).first()
    return found or Alert.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        encounter=encounter,
        rule=rule,
        text=text,
        urgency=urgency,
        for_role=for_role,
        raised_at=now,
    )


@action
def acknowledge_alert(alert: Alert, *, by: User, now: datetime) -> Alert:
    """Say that it was seen; it stays open until somebody says what was done."""
    require(by, "alerts.acknowledge", at=alert.clinic)
    locked = Alert.objects.select_for_update().get(pk=alert.pk)
    if locked.acknowledged_at is not None:
        return locked
    locked.acknowledged_at, locked.acknowledged_by = now, by
    locked.save(update_fields=["acknowledged_at", "acknowledged_by"])
    _log(locked, by=by, verb="alerts.acknowledge", now=now)
    return locked


@action
def resolve_alert(alert: Alert, *, by: User, now: datetime, resolution: str) -> Alert:
    """Close it with a word on what was done."""
    require(by, "alerts.resolve", at=alert.clinic)
    if not resolution.strip():
        raise InputError(_("Say what was done about “%(alert)s”") % {"alert": alert.text})
    locked = Alert.objects.select_for_update().get(pk=alert.pk)
    if locked.resolved_at is not None:
        return locked
    locked.resolved_at, locked.resolved_by, locked.resolution = now, by, resolution.strip()
    locked.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    _log(locked, by=by, verb="alerts.resolve", now=now)
    return locked


def _is_known(hit: Fired, earlier: Sequence[Alert]) -> bool:
    ids = {str(fact.id) for fact in hit.evidence}
    same = [alert for alert in earlier if alert.rule == hit.rule]
    is_open = any(alert.resolved_at is None for alert in same)
    return is_open or any(ids <= {one["id"] for one in alert.evidence} for alert in same)


def _alert(patient: Patient, hit: Fired, *, encounter: UUID, now: datetime) -> Alert:
    return Alert(
        clinic_id=patient.clinic_id,
        patient=patient,
        encounter=encounter,
        rule=hit.rule,
        text=hit.text,
        urgency=hit.urgency,
        for_role=hit.for_role,
        evidence=[_seen(fact) for fact in hit.evidence],
        source={
            "action": hit.action,
            "why": hit.why,
            "title": hit.source.title,
            "section": hit.source.section,
            "checked": hit.checked,
            "policy": hit.policy,
        },
        raised_at=now,
    )


def _seen(fact: Any) -> dict[str, Any]:
    return {
        "id": str(fact.id),
        "code": fact.code,
        "value": fact.value,
        "at": fact.effective_at.isoformat(),
    }


def _log(alert: Alert, *, by: User, verb: str, now: datetime) -> None:
    audit.record(
        clinic=alert.clinic,
        by=by,
        verb=verb,
        subject=alert,
        patient=alert.patient,
        now=now,
        details={"rule": alert.rule},
    )
