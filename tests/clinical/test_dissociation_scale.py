"""CADSS 0 before the spray and 18 after it: dissociation as the label counts it, rule 17."""

import pytest

from serein.clinical import library
from serein.clinical.monitoring import read_session
from tests.clinical.chart import at, device, fact, order, seated

LIBRARY = library.load()
SPRAY = LIBRARY.protocol("esketamine-trd-us")


def hits(*scores):
    told = [seated(), order(56), device(1, "08:33")]
    told += [fact("cadss.total", value, clock) for value, clock in scores]
    reading = read_session(SPRAY, told, now=at("09:14"), dictionary=LIBRARY.dictionary)
    return [hit for hit in reading.alerts if hit.rule == "dissociation-scale"]


@pytest.mark.parametrize(
    ("scores", "is_met"),
    [
        ([(0, "08:20"), (18, "09:13")], True),
        ([(4, "08:20"), (5, "09:13")], True),
        ([(0, "08:20"), (4, "09:13")], False),
        ([(18, "08:20"), (18, "09:13")], False),
        ([(18, "09:13")], False),
        ([(0, "08:20"), (18, "09:00"), (2, "09:13")], False),
    ],
)
def test_a_cadss_above_four_that_rose_over_the_dose_is_told_to_the_nurse(scores, is_met):
    found = hits(*scores)
    assert bool(found) is is_met
    assert all((hit.urgency, hit.for_role) == ("follow-up", "nurse") for hit in found)


def test_the_alert_names_both_scores_and_the_definition_as_not_yet_checked():
    [hit] = hits((0, "08:20"), (18, "09:13"))
    assert sorted({one.value for one in hit.evidence}) == [0, 18]
    assert (hit.checked, "secondary" in hit.source.title) == (False, True)


def test_a_score_of_another_day_is_not_the_one_before_the_dose():
    earlier = fact("cadss.total", 0, "08:20")
    then = earlier.effective_at.replace(day=1)
    old = earlier.__class__(earlier.id, "cadss.total", 0, then, then, by="case")
    told = [seated(), order(56), device(1, "08:33")]
    told += [old, fact("cadss.total", 18, "09:13")]
    reading = read_session(SPRAY, told, now=at("09:14"), dictionary=LIBRARY.dictionary)
    assert "dissociation-scale" not in [hit.rule for hit in reading.alerts]
