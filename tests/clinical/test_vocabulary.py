"""Words of a criterion at their limits, and tables that say no criterion."""

from datetime import UTC, date, datetime

import pytest

from serein.clinical.criteria import MET, UNMET, Derived, Moment
from serein.clinical.errors import ContentError
from serein.clinical.vocabulary import Place, Term, criterion

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TERMS = {"heart-rate": Term("Heart rate", "/min"), "started-on": Term("Started on")}


def read(**table):
    return criterion(table, terms=TERMS, place=Place("file", "when"))


def verdict(code, value, **words):
    known = {code: Derived(value, NOW, ())}
    return read(fact=code, **words).judge(Moment(NOW, {}, known)).verdict


@pytest.mark.parametrize(("value", "answer"), [(44, UNMET), (45, MET), (130, MET), (130.5, UNMET)])
def test_between_holds_both_its_ends(value, answer):
    assert verdict("heart-rate", value, between=[45, 130]) is answer


@pytest.mark.parametrize("ends", [[45, "high"], ["low", 130], [45, True], [130, 45], [45]])
def test_between_takes_two_numbers_the_lower_first(ends):
    with pytest.raises(ContentError, match="'between' takes two numbers"):
        read(fact="heart-rate", between=ends)


@pytest.mark.parametrize("minutes", [0, -5])
def test_a_reading_cannot_be_recent_within_no_time(minutes):
    with pytest.raises(ContentError, match="takes a positive number"):
        read(fact="heart-rate", within={"minutes": minutes})


@pytest.mark.parametrize("value", ["2026-01-04", "2026-01-04T23:59:00Z"])
def test_a_day_told_with_its_hour_is_compared_as_that_day(value):
    assert verdict("started-on", value, before=date(2026, 1, 5)) is MET
    assert verdict("started-on", value, before=date(2026, 1, 4)) is UNMET
