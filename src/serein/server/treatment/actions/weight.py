"""The scale: the weight that a dose is reckoned from."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.vitals import weigh
from serein.clinical.weighing import weight_concerns
from serein.server.accounts.models import User
from serein.server.actions import action
from serein.server.alerts.models import Alert
from serein.server.library import library
from serein.server.treatment import queries
from serein.server.treatment.actions import entry, room
from serein.server.treatment.errors import ConfirmError
from serein.server.treatment.models import Session

WEIGHT = "weight"


@action
def weigh_patient(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    weight_kg: float,
    at: datetime | None = None,
    reason: str = "",
    is_confirmed: bool = False,
) -> list[Alert]:
    """A measured weight, kg; pounds that were read as kilograms are asked about."""
    verb = "treatment.weigh"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    limits = here.protocol.limits
    if limits is None:
        raise InputError(_("This product is not given by weight"))
    if entry.sent(here, {WEIGHT: weight_kg}, id=id, at=at) is None:
        last = queries.weights(session)
        concerns = weigh({WEIGHT: weight_kg}, dictionary=library().dictionary) or weight_concerns(
            weight_kg,
            last_kg=float(str(last[-1].value)) if last else None,
            ask_percent=limits.ask_weight_percent,
        )
        is_impossible = any(one.kind == "impossible" for one in concerns)
        if is_impossible or (concerns and not is_confirmed):
            raise ConfirmError(concerns)
    return entry.record(here, {WEIGHT: weight_kg}, verb=verb, id=id, at=at, reason=reason)
