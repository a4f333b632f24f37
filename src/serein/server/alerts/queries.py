"""Reads of alerts; what a person will see takes the person first."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from serein.clinical.facts import Fact
from serein.server.accounts.models import Clinic, Role, User
from serein.server.accounts.permissions import may, roles
from serein.server.alerts.models import Alert
from serein.server.library import library
from serein.server.patients import charts
from serein.server.patients.models import COLUMNS, FactRow, fact

URGENCIES = {"now": 0, "soon": 1, "follow-up": 2}


@dataclass(frozen=True)
class Told:
    """An open alert as a page tells it: what became of the values behind it.

    `is_unanswered` when it calls the prescriber and no prescriber has taken it up.
    `corrected` says in a sentence each what stands in place of a value; `is_taken_back` when none
    of its visit sets it off any more. `is_past` when it rests on what was before the end of its
    visit: what it asked for then is over, the word on what was done is still owed. `chair` is where
    the patient sits, while they do; `awaits` the act that alone closes it. `at`
    is when what set it off was so; it was raised at its entry, which `is_late` says was long after.
    """

    alert: Alert
    corrected: list[str]
    is_unanswered: bool = False
    is_taken_back: bool = False
    is_past: bool = False
    chair: str | None = None
    awaits: str = ""
    at: datetime | None = None
    is_late: bool = False


def prescribers(clinic: Clinic) -> list[User]:
    """Who answers what calls the prescriber at this clinic, and gives its orders."""
    held = {"memberships__clinic": clinic, "memberships__role": Role.PRESCRIBER}
    return list(User.objects.filter(**held, is_active=True).distinct())


def is_unanswered(alert: Alert, *, prescribers: Collection[User]) -> bool:
    """Whether it calls the prescriber and no prescriber has taken it up."""
    return alert.for_role == Role.PRESCRIBER and alert.acknowledged_by not in prescribers


def is_past(alert: Alert, *, ended_at: datetime | None) -> bool:
    """Whether all that set it off was before the end; a duty is owed whenever it was opened."""
    if ended_at is None or not alert.evidence:
        return False
    return all(datetime.fromisoformat(one["at"]) <= ended_at for one in alert.evidence)


def told(some: Iterable[Alert], *, prescribers: Collection[User]) -> list[Told]:
    """These alerts in their order, with what was corrected of the values behind them."""
    listed = list(some)
    behind = [UUID(one["id"]) for alert in listed for one in alert.evidence]
    standing = _standing(behind)
    return [
        Told(
            alert,
            once(
                _words(row, one, alert=alert)
                for one in alert.evidence
                if (row := standing.get(UUID(one["id"]))) is not None
            ),
            is_unanswered(alert, prescribers=prescribers),
        )
        for alert in listed
    ]


def once(sentences: Iterable[str]) -> list[str]:
    """Each of them once: the time of a set is corrected for all its values."""
    return list(dict.fromkeys(sentences))


def _words(row: FactRow, wrong: Mapping[str, Any], *, alert: Alert) -> str:
    right, said = fact(*(getattr(row, name) for name in COLUMNS)), charts.shown(row).words
    return correction_words(right, said, wrong=wrong, title=_title(row), clinic=alert.clinic)


def _title(row: FactRow) -> str:
    entry = library().dictionary.entries.get(row.code)
    return entry.title if entry else charts.title(row)


def correction_words(
    right: Fact, said: Any, *, wrong: Mapping[str, Any], title: str, clinic: Clinic
) -> str:
    """That a value behind an alert was corrected, in a sentence; or its time, the value standing.

    Args:
        right: What stands now.
        said: Its value in words.
        wrong: The value as the alert holds it.
        title: What the value is of.
        clinic: Whose clock the times are told by.
    """
    at, entered = (one.astimezone(clinic.zone) for one in (right.effective_at, right.recorded_at))
    is_of_time = right.value == wrong["value"]
    return _("%(title)s was corrected to %(value)s at %(time)s by %(name)s") % {
        "title": _("The time") if is_of_time else title,
        "value": f"{at:%H:%M}" if is_of_time else said,
        "time": f"{entered:%H:%M}",
        "name": right.by,
    }


def _standing(values: Iterable[UUID]) -> dict[UUID, FactRow]:
    """What stands now in place of each of these that was corrected, however often."""
    found: dict[UUID, FactRow] = {}
    asked = {one: one for one in values}
    while asked:
        rows = {row.replaces_id: row for row in FactRow.objects.filter(replaces__in=asked)}
        found |= {origin: rows[wrong] for wrong, origin in asked.items() if wrong in rows}
        asked = {rows[wrong].pk: origin for wrong, origin in asked.items() if wrong in rows}
    return found


def most_urgent_first(some: Iterable[Alert]) -> list[Alert]:
    """What calls for somebody now before what may wait; unseen before seen; then the newest."""
    newest = sorted(some, key=lambda one: one.raised_at, reverse=True)
    return sorted(newest, key=lambda one: (URGENCIES[one.urgency], one.acknowledged_at is not None))


def alerts(user: User, clinic: Clinic) -> QuerySet[Alert]:
    """Every alert of this clinic that the person may see, newest first."""
    if not may(user, "alerts.view", at=clinic):
        return Alert.objects.none()
    mine = (
        Q() if may(user, "alerts.view_any", at=clinic) else Q(for_role__in=roles(user, at=clinic))
    )
    return (
        Alert.objects.filter(mine, clinic=clinic)
        .select_related("clinic", "patient", "acknowledged_by", "resolved_by")
        .order_by("-raised_at")
    )


def open_count(user: User, clinic: Clinic) -> int:
    """How many of them wait to be closed."""
    return alerts(user, clinic).filter(resolved_at=None).count()


def alert(user: User, clinic: Clinic, id: UUID) -> Alert:  # noqa: A002  every query names it so
    """One alert, or 404 as if there were none."""
    found = alerts(user, clinic).filter(id=id).first()
    if found is None:
        raise Http404
    return found
