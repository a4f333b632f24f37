"""Which answer to a question is the calm one follows from the protocol's own rules."""

from datetime import UTC, datetime

import pytest

from serein.clinical.calm import wanting_yes
from tests.clinical.test_other_protocols import LIBRARY

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def wanted():
    of = LIBRARY.protocol("esketamine-trd-us")
    codes = [ask.code for group in of.asks for ask in group.asks]
    return wanting_yes(of, codes, now=NOW)


def test_a_gate_that_a_no_holds_shut_wants_a_yes(wanted):
    assert "consent.seen" in wanted


def test_a_danger_that_a_yes_tells_of_wants_a_no(wanted):
    assert wanted.isdisjoint({"suicidal-thoughts", "psychosis", "urinary-symptoms"})


def test_what_is_waited_for_and_not_driving_want_a_yes(wanted):
    of = LIBRARY.protocol("esketamine-trd-us")
    asked = {ask.code for group in of.asks for ask in group.asks}
    by_wait = {wait.asked for wait in of.waits} & asked

    assert by_wait
    assert by_wait <= wanted
    assert "transport.no-driving" in wanted


def test_what_was_not_asked_about_is_not_told_of():
    assert wanting_yes(LIBRARY.protocol("esketamine-trd-us"), (), now=NOW) == frozenset()
