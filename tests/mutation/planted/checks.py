"""Tests of the toy; not collected with the house's own, for one gap in them is on purpose."""

from tests.mutation.planted.limits import HIGHEST, is_high, is_low


def test_the_limit_itself_is_not_high():
    assert HIGHEST == 140
    assert is_high(141)
    assert is_high(140) is False


def test_eighty_is_low_and_a_hundred_is_not():
    assert is_low(80)
    assert is_low(100) is False
