"""`/healthz`: whether this server is well, for whoever watches it from outside."""

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from serein import __version__
from serein.server import sweeps
from serein.server.accounts.request import public
from serein.server.audit import witness


@public
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when the server does all it promises, else 503; tells nothing of any person.

    The database answers, no sweep is late, and the head of the log is kept outside where it should.
    """
    audit_head = _audit_head()
    is_well = _database_answers() and not sweeps.late() and audit_head != "unwritable"
    answer = {
        "version": __version__,
        "is_well": is_well,
        "database": connection.vendor,
        "mode": settings.SEREIN_MODE,
        "clock": settings.SEREIN_CLOCK,
        "audit_head": audit_head,
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


def _audit_head() -> str:
    if witness.file() is None:
        return "none"
    return "unwritable" if witness.trouble() or witness.obstacle() else "written"


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except Error:
        return False
