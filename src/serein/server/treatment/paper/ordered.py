"""Orders as their page and their record mark them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from serein.clinical.facts import Fact
from serein.server.treatment import queries
from serein.server.treatment.models import Order, Session


def outside(orders: Iterable[Order], session: Session, *, known: Sequence[Fact]) -> frozenset[UUID]:
    """Those whose dose the protocol had not for this session when they were given."""
    return frozenset(
        order.id
        for order in orders
        if order.replaces_device is None and not _is_allowed(order, session, known=known)
    )


def _is_allowed(order: Order, session: Session, *, known: Sequence[Fact]) -> bool:
    """Whether it was; what could not be judged is no reproach."""
    moment = queries.read(session, known, now=order.ordered_at).moment
    return moment.derived["order.dose-is-allowed"].value is not False
