"""The tiles of the board as they are sent: drawn anew only when something about them changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.template.loader import get_template, render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from serein.server.accounts.request import ClinicRequest
from serein.server.treatment import queries
from serein.server.treatment.floor import board
from serein.server.treatment.floor.strip import Next, pressing
from serein.server.treatment.queries import Place, Tile

TEMPLATE = "treatment/tile.html"
# The bar of the observed time moves on with each drawing; the running numbers do so by themselves.
LASTS = timedelta(seconds=30)
Key = tuple[UUID, bool, bool, str | None]


@dataclass(frozen=True)
class Drawn:
    """One tile as it is sent, what it adds to the strip, and from when to when both hold."""

    html: SafeString
    pressing: Next | None
    stamp: tuple[object, ...]
    from_at: datetime
    until_at: datetime

    def holds(self, place: Place, *, now: datetime) -> bool:
        """Whether it may be sent again: nothing changed, no time came, no clock went back."""
        return self.stamp == place.stamp and self.from_at <= now < self.until_at


_drawn: dict[Key, Drawn] = {}


def forget() -> None:
    """Draw everything anew at the next look."""
    _drawn.clear()


def draw(
    request: ClinicRequest,
    places: Sequence[Place],
    *,
    permissions: Collection[str],
    is_wall: bool = False,
) -> list[Drawn]:
    """These places as this person sees them now."""
    sees_sessions = "treatment.view_session" in permissions
    keys: list[Key] = [(one.chair.id, is_wall, sees_sessions, get_language()) for one in places]
    kept = {
        key: _drawn[key]
        for key, place in zip(keys, places, strict=True)
        if key in _drawn and _drawn[key].holds(place, now=request.now)
    }
    missing = [(key, place) for key, place in zip(keys, places, strict=True) if key not in kept]
    read = queries.tiles([place for _, place in missing], now=request.now)
    for (key, place), tile in zip(missing, read, strict=True):
        kept[key] = _draw(request, place, tile, permissions=permissions, is_wall=is_wall)
        if place.session is not None:
            _drawn[key] = kept[key]
    return [kept[key] for key in keys]


def _draw(
    request: ClinicRequest, place: Place, tile: Tile, *, permissions: Collection[str], is_wall: bool
) -> Drawn:
    face = board.face(tile, observations=queries.observations())
    shown = {"face": face, "is_wall": is_wall, "permissions": permissions, "now": request.now}
    if place.session is None:
        # An empty chair carries forms, each with the token of the person who asked for it.
        html = SafeString(render_to_string(TEMPLATE, shown, request))
    else:
        html = SafeString(get_template(TEMPLATE).render(shown))
    until_at = min(face.refresh_at or request.now + LASTS, request.now + LASTS)
    return Drawn(html, pressing(tile), place.stamp, request.now, until_at)
