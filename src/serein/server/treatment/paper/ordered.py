"""Orders as their page and their record mark them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from serein.clinical.facts import Fact
from serein.server.treatment import queries
from serein.server.treatment.models import Order, Session


def outside(orders: Iterable[Order], session: Session, *, known: Sequence[Fact]) -> frozenset[UUID]:
    """Those whose dose the protocol had not for this session when they were given."""
    beside = [fact for fact in known if fact.code != "order"]
    return frozenset(
        order.id
        for order in orders
        if order.replaces_device is None and not _is_allowed(order, session, beside=beside)
    )


def _is_allowed(order: Order, session: Session, *, beside: Sequence[Fact]) -> bool:
    """Whether it was, judged by itself; what could not be judged is no reproach.

    One that was signed before the patient sat down is of the session that begins then.
    """
    at = max(order.ordered_at, session.seated_at)
    moment = queries.read(session, [*beside, *order.facts()], now=at).moment
    return moment.derived["order.dose-is-allowed"].value is not False
