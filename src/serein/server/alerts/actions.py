"""Raising an alert, saying that it was seen, saying what was done."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from serein.clinical.criteria import Source
from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.clinical.rules import Fired, gathered
from serein.server.accounts.models import Role, User
from serein.server.accounts.permissions import may, require, roles
from serein.server.actions import action
from serein.server.alerts.models import LONGEST_TEXT, Alert
from serein.server.audit import actions as audit
from serein.server.errors import TakenError
from serein.server.patients.models import Patient
from serein.server.patients.queries import led_to
from serein.server.wording import shortened, typed

# A content file, by its name and version.
Content = tuple[str, int]


def raise_alerts(
    patient: Patient,
    hits: Iterable[Fired],
    *,
    encounter: UUID | None,
    now: datetime,
    content: Content,
) -> list[Alert]:
    """Open a call for each reading and whom it calls, with the rules that fired as its reasons.

    A rule that is open, or was closed on this evidence, is no reason again.
    Outside a visit (`encounter` is None) the caller holds the patient's row: there the table itself
    keeps no second hand from opening the same.

    The calling action has the permission and writes the audit line. A rule that goes on firing on
    readings somebody has already dealt with stays quiet; a new reading opens it anew. Each keeps
    the name and version of the content file whose rule it is.
    """
    assert connection.in_atomic_block, "alerts belong to the transaction of their action"
    fired = list(hits)
    if not fired:
        return []
    earlier = list(Alert.objects.filter(patient=patient, encounter=encounter))
    new = [hit for hit in fired if not is_known(hit, earlier=earlier)]
    return _open(
        [
            _call(patient, reasons, encounter=encounter, now=now, content=content)
            for reasons in gathered(new)
        ]
    )


def raise_duty(
    patient: Patient,
    *,
    encounter: UUID,
    rule: str,
    text: str,
    for_role: str,
    urgency: str,
    now: datetime,
    source: Mapping[str, Any],
) -> Alert:
    """Open something that must follow, with its ground as `ground` words it.

    Its sentence may quote what somebody typed: the alert shows as much as its row holds, the
    ground and the fact keep the whole. The calling action has the permission and the audit line.
    """
    assert connection.in_atomic_block, "duties belong to the transaction of their action"
    duty = Alert(
        clinic_id=patient.clinic_id,
        patient=patient,
        encounter=encounter,
        rule=rule,
        text=shortened(text, at_most=LONGEST_TEXT),
        urgency=urgency,
        for_role=for_role,
        source=dict(source),
        raised_at=now,
    )
    _open([duty])
    return Alert.objects.filter(encounter=encounter, rule=rule).latest("raised_at")


def _open(alerts: Sequence[Alert]) -> list[Alert]:
    """Those of the alerts that were not open; another hand may have opened one a moment ago."""
    if not alerts:
        return []
    Alert.objects.bulk_create(alerts, ignore_conflicts=True)
    ids = [alert.id for alert in alerts]
    return list(Alert.objects.filter(pk__in=ids).order_by("id"))


def carry_over(encounter: UUID, new: Sequence[Fact]) -> None:
    """Let the alerts that rest on what these facts replace rest on them too: one call, as before.

    The calling action has the permission and writes the audit line.
    """
    assert connection.in_atomic_block, "alerts belong to the transaction of their action"
    by_id = {fact.replaces: fact for fact in new if fact.replaces}
    by_wrong = {str(wrong): by_id[right] for wrong, right in led_to(by_id).items()}
    for alert in Alert.objects.select_for_update(no_key=True).filter(encounter=encounter):
        wrong = (by_wrong[one["id"]] for one in alert.evidence if one["id"] in by_wrong)
        if behind := {fact.id: fact for fact in wrong}.values():
            alert.evidence += [_seen(fact) for fact in behind]
            alert.save(update_fields=["evidence"])


def weigh_anew(encounter: UUID, *, evidence: Collection[UUID], firing: Set[str]) -> None:
    """Give the open calls that rest on these corrected facts the weight of what still fires.

    However often a value was corrected: the call may rest on what stood before the last time.
    A call of which nothing fires any more stays as it is: it is shown as taken back.
    """
    assert connection.in_atomic_block, "alerts belong to the transaction of their action"
    ids = {str(one) for one in led_to(evidence)}
    mine = Alert.objects.select_for_update(no_key=True).filter(encounter=encounter)
    for alert in mine.filter(resolved_at=None).exclude(also=[]):
        if ids.isdisjoint(one["id"] for one in alert.evidence):
            continue
        holding = [one for one in alert.reasons if one["rule"] in firing & set(alert.rules)]
        if holding:
            wrong = [{**one, "taken_back": True} for one in alert.reasons if one not in holding]
            gravest, alert.also = holding[0], [*holding[1:], *wrong]
            for name, value in gravest.items():
                setattr(alert, name, value)
            alert.save(update_fields=[*gravest, "also"])


def settle_duty(encounter: UUID, *, rule: str, by: User, now: datetime, resolution: str) -> None:
    """Close the duty of this rule, if it is open: the act itself fulfilled it.

    The calling action has the permission and writes the audit line.
    """
    assert connection.in_atomic_block, "duties belong to the transaction of their action"
    mine = Alert.objects.select_for_update(no_key=True).filter(encounter=encounter, rule=rule)
    for duty in mine.filter(resolved_at=None):
        _resolve(duty, by=by, now=now, resolution=resolution)


@action
def acknowledge_alert(alert: Alert, *, by: User, now: datetime) -> Alert:
    """Say that it was seen; it stays open until somebody says what was done.

    Whom it calls may say so after another hand took it up for them; the log keeps both.
    """
    require(by, f"alerts.acknowledge{_of_whom(alert, by)}", at=alert.clinic)
    locked = (
        Alert.objects.select_for_update(of=("self",), no_key=True)
        .select_related("clinic", "patient")
        .get(pk=alert.pk)
    )
    if locked.resolved_at is not None or _is_answered(locked, by=by):
        return locked
    locked.acknowledged_at, locked.acknowledged_by = now, by
    locked.save(update_fields=["acknowledged_at", "acknowledged_by"])
    _log(locked, by=by, verb="alerts.acknowledge", now=now)
    return locked


@action
def resolve_alert(
    alert: Alert,
    *,
    by: User,
    now: datetime,
    resolution: str,
    answered_by: User | None = None,
    is_taken_back: bool = False,
    seen: Iterable[Fact] = (),
) -> Alert:
    """Close it with a word on what was done.

    Args:
        alert: An alert of this clinic.
        by: Who closes it.
        now: The server's time.
        resolution: What was done; of an alert for the prescriber, closed by another hand, what
            the prescriber said.
        answered_by: Which prescriber said it.
        is_taken_back: Whether what set it off was corrected, so that nobody need answer.
        seen: Readings that fired it since: they are answered by the same word.

    Raises:
        InputError: No word, or no prescriber who answered.
        TakenError: Somebody else closed it first; the sentence says who, when and how.
    """
    require(by, f"alerts.resolve{_of_whom(alert, by)}", at=alert.clinic)
    words = _answer(alert, resolution, by=by, answered_by=answered_by, is_for_anybody=is_taken_back)
    locked = (
        Alert.objects.select_for_update(of=("self",), no_key=True)
        .select_related("clinic", "patient")
        .get(pk=alert.pk)
    )
    if locked.resolved_at is not None:
        _refuse_closed(locked, by=by, words=words)
        return locked
    known = {one["id"] for one in locked.evidence}
    locked.evidence += [_seen(fact) for fact in seen if str(fact.id) not in known]
    _resolve(locked, by=by, now=now, resolution=words)
    _log(locked, by=by, verb="alerts.resolve", now=now)
    return locked


def _of_whom(alert: Alert, by: User) -> str:
    """What the verb ends in: what is addressed to another role takes the wider permission."""
    return "" if alert.for_role in roles(by, at=alert.clinic) else "_any"


def _is_answered(alert: Alert, *, by: User) -> bool:
    """Whether somebody has taken it up, and this person's word would say no more."""
    if alert.acknowledged_by is None:
        return False
    clinic = alert.clinic
    is_theirs = alert.for_role in roles(by, at=clinic)
    return not is_theirs or alert.for_role in roles(alert.acknowledged_by, at=clinic)


def _answer(
    alert: Alert, resolution: str, *, by: User, answered_by: User | None, is_for_anybody: bool
) -> str:
    """The words that close it; whose they are, when they are not of the hand that writes."""
    named = {"alert": alert.words}
    asked = Role.PRESCRIBER
    if is_for_anybody or alert.for_role != asked or asked in roles(by, at=alert.clinic):
        return typed(resolution, asking=_("Say what was done about “%(alert)s”") % named)
    said = typed(resolution, asking=_("Say what the prescriber said about “%(alert)s”") % named)
    if answered_by is None or asked not in roles(answered_by, at=alert.clinic):
        raise InputError(_("Say which prescriber answered about “%(alert)s”") % named)
    return f"{answered_by}: {said}"


def _refuse_closed(alert: Alert, *, by: User, words: str) -> None:
    """Another word came first: it stands, and whoever typed the second hears of it."""
    if (alert.resolved_by_id, alert.resolution) == (by.pk, words):
        return
    assert alert.resolved_at is not None
    named = {
        "alert": alert.words,
        "name": alert.resolved_by,
        "time": f"{alert.resolved_at.astimezone(alert.clinic.zone):%H:%M}",
    }
    sentence = _("“%(alert)s” was closed already by %(name)s at %(time)s") % named
    if may(by, "alerts.view_any", at=alert.clinic):
        sentence += f": “{alert.resolution}”"
    raise TakenError(sentence)


def _resolve(alert: Alert, *, by: User, now: datetime, resolution: str) -> None:
    alert.resolved_at, alert.resolved_by, alert.resolution = now, by, resolution
    alert.save(update_fields=["resolved_at", "resolved_by", "resolution", "evidence"])


def is_known(hit: Fired, *, earlier: Sequence[Alert]) -> bool:
    """Whether this firing is open already, or was closed on the same evidence."""
    ids = {str(fact.id) for fact in hit.evidence}
    same = [alert for alert in earlier if hit.rule in alert.rules]
    is_open = any(alert.resolved_at is None for alert in same)
    return is_open or any(ids <= {one["id"] for one in alert.evidence} for alert in same)


def ground(source: Source, *, checked: bool, policy: bool, content: Content) -> dict[str, Any]:
    """Where a rule comes from, as an alert keeps it: its source, its marks, its content file."""
    return {
        "title": source.title,
        "section": source.section,
        "url": source.url,
        "read": source.read.isoformat() if source.read else "",
        "checked": checked,
        "policy": policy,
        "protocol": content[0],
        "version": content[1],
    }


def _call(
    patient: Patient,
    hits: Sequence[Fired],
    *,
    encounter: UUID | None,
    now: datetime,
    content: Content,
) -> Alert:
    gravest, *also = (_reason(hit, content=content) for hit in hits)
    evidence = {fact.id: fact for hit in hits for fact in hit.evidence}
    return Alert(
        clinic_id=patient.clinic_id,
        patient=patient,
        encounter=encounter,
        for_role=hits[0].for_role,
        evidence=[_seen(fact) for fact in evidence.values()],
        also=also,
        raised_at=now,
        **gravest,
    )


def _reason(hit: Fired, *, content: Content) -> dict[str, Any]:
    marks = ground(hit.source, checked=hit.checked, policy=hit.policy, content=content)
    return {
        "rule": hit.rule,
        "text": hit.text,
        "urgency": hit.urgency,
        "source": {"action": hit.action, "why": hit.why, **marks},
    }


def _seen(fact: Fact) -> dict[str, Any]:
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
        details={"rules": alert.rules},
    )
