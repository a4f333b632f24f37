"""Signing out who has gone away: a tablet left alone is nobody's.

Idle minutes are counted on the machine's clock: setting the clock of a demo signs nobody out.
A wall screen, which nobody touches, goes on showing the board and opens nothing else.
"""

import time

from django.conf import settings

from serein.server.accounts.request import ClinicRequest

SEEN = "seen_s"
# Written anew only after this share of the limit, so that reading a page costs no write.
STEP = 0.1
# What a page fetches by itself says so: no sign that anybody is there.
BY_ITSELF = "Serein-By-Itself"
PARTS_OF_THE_WALL = frozenset({"strip", "tile"})


def is_over(request: ClinicRequest) -> bool:
    """Whether the person has been away for too long; if not, they are seen now."""
    limit_s = settings.SEREIN_IDLE_MIN * 60
    now_s = time.time()
    seen_s = request.session.get(SEEN, now_s)
    asked = request.resolver_match.url_name if request.resolver_match else None
    if asked == "wall" or (asked in PARTS_OF_THE_WALL and "wall" in request.GET):
        return False
    if now_s - seen_s > limit_s:
        return True
    is_stale = SEEN not in request.session or now_s - seen_s > limit_s * STEP
    if is_stale and BY_ITSELF not in request.headers:
        request.session[SEEN] = int(now_s)
    return False
