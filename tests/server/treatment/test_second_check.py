"""The second check of a bag: by another person, blind, and shown to both where they differ."""

import pytest

from serein.clinical.errors import InputError
from serein.server.patients.models import FactRow
from serein.server.treatment import queries
from serein.server.treatment.errors import GateError, TakenError
from tests.server.treatment.weighed import newest_preparation


def test_the_start_waits_for_the_second_person(drip, lot, osei):
    drip.weigh()
    drip.check()
    drip.order_by_weight()
    drip.prepare(lot)
    with pytest.raises(GateError, match="A second person's own weight, lot and rate agree"):
        drip.start()
    drip.second_check(osei)
    drip.start()
    assert queries.reading(drip.session, now=drip.now).infusion.is_open


def test_nobody_checks_what_they_prepared_themselves(drip, lot):
    drip.weigh()
    drip.order_by_weight()
    drip.prepare(lot)
    with pytest.raises(InputError, match="You prepared it yourself"):
        drip.second_check(drip.nurse)
    assert not FactRow.objects.filter(code="preparation.check").exists()


def test_ten_times_the_weight_is_shown_to_both_and_holds_the_start(drip, lot, osei, pym):
    drip.weigh()
    drip.check()
    drip.order_by_weight()
    drip.prepare(lot)
    [difference] = drip.second_check(osei, weight_kg=700)
    assert difference.sentence == "Weight: 70 kg prepared, 700 kg checked"
    with pytest.raises(GateError):
        drip.start()
    drip.later(1)
    with pytest.raises(InputError, match="Somebody else checks it"):
        drip.second_check(osei)
    assert drip.second_check(pym) == []
    drip.start()


def test_who_saw_the_numbers_checks_again_once_it_is_prepared_anew(drip, lot, osei):
    drip.weigh()
    drip.check()
    drip.order_by_weight()
    drip.prepare(lot)
    drip.second_check(osei, weight_kg=700)
    drip.later(1)
    drip.prepare(lot)

    assert drip.second_check(osei) == []


def test_the_numbers_are_shown_to_the_two_alone_until_a_check_agrees(
    drip, lot, osei, morgan, signed_in, server_clock
):
    drip.weigh()
    drip.check()
    drip.order_by_weight()
    drip.prepare(lot)

    def sees(user, words):
        page = signed_in(user).get(f"/sessions/{drip.session.pk}/").content.decode()
        return words in page

    assert not sees(osei, "70 kg"), "nobody who may check it sees the weight"
    drip.second_check(osei, weight_kg=700)
    assert sees(osei, "700 kg")
    assert sees(drip.nurse, "700 kg")
    assert sees(morgan, "The two do not agree")
    assert not sees(morgan, "700 kg")


def test_what_was_prepared_anew_is_not_checked_by_the_old_page(drip, lot, osei):
    drip.weigh()
    drip.order_by_weight()
    drip.prepare(lot)
    old = newest_preparation()
    drip.later(1)
    drip.prepare(lot, diluent_ml=250)
    with pytest.raises(TakenError, match="prepared anew meanwhile"):
        drip.second_check(osei, prepared=old)


def test_a_new_order_makes_the_checked_bag_void(ready):
    ready.later(1)
    ready.order_by_weight(0.4)
    with pytest.raises(InputError, match="Nothing is prepared for the order as it stands"):
        ready.start()
