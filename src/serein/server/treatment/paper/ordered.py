"""Orders as their page and their record mark them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from serein.clinical.facts import Fact
from serein.server.treatment.actions.order import is_outside
from serein.server.treatment.models import Order, Session


def outside(orders: Iterable[Order], session: Session, *, known: Sequence[Fact]) -> frozenset[UUID]:
    """Those whose dose the protocol had not for this session when they were given."""
    return frozenset(order.id for order in orders if is_outside(order, session, known=known))
