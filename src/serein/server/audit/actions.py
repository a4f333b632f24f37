"""Writing the log: one line, in the transaction of the act it tells of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model

from serein.server.actions import action
from serein.server.audit import witness
from serein.server.audit.lines import HOUSE, START, Line, Named, digest, plain
from serein.server.audit.models import Chain, Event
from serein.server.ids import new_id
from serein.server.prepared import Insert, Select, Update

LOCKED = Select(lambda name: Chain.objects.select_for_update().filter(name=name))
ADD_LINE = Insert(Event)
NEW_HEAD = Update(
    lambda name, lines, head: (Chain.objects.filter(name=name), {"lines": lines, "head": head})
)


class Viewing(Protocol):
    """The request of somebody who looks at a chart."""

    user: Any
    clinic: Any
    now: datetime


def record(
    *,
    clinic: Named | None,
    by: Named | None,
    verb: str,
    subject: Model | None,
    now: datetime,
    patient: Named | None = None,
    details: Mapping[str, Any] | None = None,
    backup: str = "",
) -> Event:
    """Add one line to the clinic's chain, or to the house's when no clinic is known yet.

    The chain's row stays locked until the action's transaction ends, so lines cannot fork;
    when the line cannot be written, neither is the act. Details hold ids, codes and counts,
    never a name or free text. `backup` is the checksum of a backup that this line tells of.
    """
    assert connection.in_atomic_block, "an audit line belongs to the transaction of its act"
    chain = _locked_chain(str(clinic.pk) if clinic else HOUSE)
    line = Line(
        id=new_id(),
        chain=chain.name,
        line=chain.lines + 1,
        at=now,
        by_id=_uuid(by),
        by_name=str(by) if by else "",
        verb=verb,
        subject=subject._meta.label_lower if subject else "",
        subject_id=_uuid(subject),
        patient_id=_uuid(patient),
        details=plain(details or {}),
        previous=chain.head,
    )
    head = digest(line)
    event = Event(**{field: getattr(line, field) for field in Line.__slots__}, hash=head)
    ADD_LINE([event])
    NEW_HEAD(name=chain.name, lines=line.line, head=head)

    def write_outside() -> None:
        witness.append(chain.name, line.line, head, at=now, backup=backup)

    transaction.on_commit(write_outside, robust=True)
    return event


@action
def record_view(request: Viewing, patient: Named) -> Event:
    """Log that the signed-in person looked at this patient's chart."""
    return record(
        clinic=request.clinic,
        by=request.user,
        verb="patients.view",
        subject=patient if isinstance(patient, Model) else None,
        patient=patient,
        now=request.now,
    )


def mark_restored(ends: Mapping[str, tuple[int, str]], *, now: datetime) -> None:
    """Tell the file of heads that these chains go on from the lines of a backup.

    Args:
        ends: The last line and its head, by chain.
        now: When it was restored.
    """
    for chain, (line, head) in ends.items():
        witness.append(chain, line, head, at=now, is_restore=True)


def _locked_chain(name: str) -> Chain:
    if (chain := LOCKED.first(name=name)) is not None:
        return chain
    Chain.objects.get_or_create(name=name, defaults={"head": START})
    [chain] = LOCKED(name=name)
    return chain


def _uuid(row: Named | None) -> UUID | None:
    return row.pk if row is not None and isinstance(row.pk, UUID) else None
