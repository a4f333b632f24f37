"""Many hands at once never fork a chain."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection

from serein.server.accounts.models import Clinic
from serein.server.actions import action
from serein.server.audit import queries
from serein.server.audit.actions import record
from tests import cast

HANDS = 4
LINES_EACH = 25


@pytest.mark.django_db(transaction=True)
def test_lines_written_at_once_stand_one_behind_the_other(now: datetime) -> None:
    clinic = cast.open_clinic("Main St", [])

    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(lambda _: _write_some(clinic, now), range(HANDS)))

    verdict = queries.verify()
    assert (verdict.lines, verdict.first_broken) == (HANDS * LINES_EACH, None)


def _write_some(clinic: Clinic, now: datetime) -> None:
    @action
    def write_one() -> None:
        record(clinic=clinic, by=None, verb="a.b", subject=clinic, now=now)

    try:
        for _ in range(LINES_EACH):
            write_one()
    finally:
        connection.close()
