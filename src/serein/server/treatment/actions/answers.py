"""The questions before the dose: what somebody changed is stored, no newer word is lost."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.facts import Chart, Fact
from serein.server.accounts.models import User
from serein.server.actions import action
from serein.server.alerts.models import Alert
from serein.server.library import library
from serein.server.patients.queries import not_theirs
from serein.server.treatment.actions import entry, record, room
from serein.server.treatment.actions.room import Room
from serein.server.treatment.errors import AnswersError
from serein.server.treatment.models import Session

Seen = Mapping[str, UUID | None]


@action
def record_checks(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    answers: Mapping[str, Any],
    seen: Seen | None = None,
    at: datetime | None = None,
    reason: str = "",
) -> list[Alert]:
    """Store answers to the questions before the dose; what was not answered stays unknown.

    Args:
        session: The visit.
        patient_id: Whose form this was.
        by: Who answers.
        now: The server's time.
        id: Client-made; the same again gives back what it raised.
        answers: Code to value, everything that the form holds.
        seen: The fact that the form showed for each code, None where it showed none. An answer
            that still says what was shown is nobody's new word and is left out. All are new when
            it is not said.
        at: When; now when it is not said.
        reason: Why it is entered later.

    Raises:
        AnswersError: Answers that cannot be stored, each with its sentence; the rest could be.
    """
    verb = "treatment.record_checks"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    asked = {ask.code for group in here.protocol.asks for ask in group.asks}
    record.refuse_strange(answers, known=asked)
    newest = _of_others(here, id=id)
    new = dict(answers) if seen is None else _changed(here, answers, seen=seen, newest=newest)
    if not new:
        return []
    refused = {} if seen is None else _met_by_newer(here, new, seen=seen, newest=newest)
    stored = {fact.id for fact in here.facts}
    for code in record.SIGNED_CODES & set(new):
        if uuid5(id, code) not in stored and record.is_after_dose(here, at=at or now):
            refused[code] = record.no_consent_now()
    refused |= not_theirs(new, by=by, at=session.clinic)
    if refused:
        raise AnswersError(refused)
    return entry.record(here, new, verb=verb, id=id, at=at, reason=reason)


def _of_others(here: Room, *, id: UUID) -> dict[str, Fact]:  # noqa: A002  the entry's id
    """The newest answer to each question that this very entry has not given."""
    chart = Chart.of(here.facts, now=here.now)
    return {fact.code: fact for fact in chart.facts if fact.id != uuid5(id, fact.code)}


def _changed(
    here: Room, answers: Mapping[str, Any], *, seen: Seen, newest: Mapping[str, Fact]
) -> dict[str, Any]:
    """Answers that say something else than the form showed, and than is known by now."""
    known = {fact.id: fact.value for fact in here.facts}
    shown = {code: known.get(fact) for code, fact in seen.items() if fact is not None}
    return {
        code: value
        for code, value in answers.items()
        if shown.get(code) != _kept(value)
        and (code not in newest or newest[code].value != _kept(value))
    }


def _met_by_newer(
    here: Room, new: Mapping[str, Any], *, seen: Seen, newest: Mapping[str, Fact]
) -> dict[str, str]:
    """Answers to which somebody else gave another one since the form was drawn, each with who."""
    return {
        code: _said(here, newest[code])
        for code in new
        if code in newest and newest[code].id != seen.get(code)
    }


def _said(here: Room, newer: Fact) -> str:
    entered = library().dictionary.code(newer.code)
    words = entered.choices.get(str(newer.value), newer.value)
    if isinstance(newer.value, bool):
        words = _("yes") if newer.value else _("no")
    return _(
        "%(title)s: %(name)s recorded “%(value)s” at %(time)s; save again if yours is right now"
    ) % {
        "title": entered.title,
        "name": newer.by or _("somebody"),
        "value": words,
        "time": room.wall(here.session, newer.recorded_at),
    }


def _kept(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value
