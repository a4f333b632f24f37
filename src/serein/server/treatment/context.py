"""Which alerts rest on a wrong reading, for the header of a patient on any page."""

from typing import Any

from django.http import HttpRequest

from serein.server.treatment.queries import taken_back_of


def alerts(_request: HttpRequest) -> dict[str, Any]:
    """The question itself: it is asked only where a page shows alerts."""
    return {"taken_back": taken_back_of}
