"""`/healthz`: whether this server is well, for whoever watches it from outside."""

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from serein import __version__
from serein.server import sweeps
from serein.server.accounts.request import public


@public
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers and no sweep is late, else 503; tells nothing of any person."""
    is_well = _database_answers() and not sweeps.late()
    answer = {
        "version": __version__,
        "is_well": is_well,
        "database": connection.vendor,
        "mode": settings.SEREIN_MODE,
        "clock": settings.SEREIN_CLOCK,
        "sweeps": {
            name: {
                "last_success": one.well_on.isoformat() if one.well_on else None,
                "deadline_s": one.deadline_s,
                "is_late": one.is_late,
            }
            for name, one in sweeps.standing().items()
        },
    }
    return JsonResponse(
        answer, status=200 if is_well else 503, headers={"Cache-Control": "no-store"}
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except Error:
        return False
