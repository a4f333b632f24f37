"""The printed record speaks without colour."""

import re

from serein.server.treatment import actions
from serein.server.treatment.paper.record import record_content
from tests.server.treatment.day import CALM


def test_the_sheet_is_black_and_white(day):
    day.dose()
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 190, "bp.diastolic": 112})
    chart = record_content(day.session, by=day.nurse, now=day.now)["chart"]
    colours = {found.upper() for found in re.findall(r"#([0-9A-Fa-f]{6})", chart)}
    assert len(colours) > 1
    assert [one for one in colours if len({one[:2], one[2:4], one[4:]}) > 1] == []
