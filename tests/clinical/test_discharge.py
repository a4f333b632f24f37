"""The end of observation is an instant: before it the door is shut, at it nothing is to come."""

import pytest

from serein.clinical.criteria import Moment
from serein.clinical.discharge import release
from tests.clinical.chart import at


@pytest.mark.parametrize(
    ("now", "is_to_come"), [("10:37", True), ("10:38", False), ("10:39", False)]
)
def test_the_end_of_observation_is_a_change_to_come_until_it_is_there(protocol, now, is_to_come):
    moment = Moment(at(now), {}, {}, {"last-dose": at("08:38"), "first-dose": at("08:33")})

    going = release(protocol, moment, is_open=True)

    assert going.earliest_at == at("10:38")
    assert (at("10:38") in moment.changes) is is_to_come
    assert not going.may_release
