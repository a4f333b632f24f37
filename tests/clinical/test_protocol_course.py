"""What a protocol's file says of the course, as the course is then planned and gated."""

import pytest

from serein.clinical import library
from tests.clinical.planting import planted, problems


@pytest.mark.parametrize("dose_mg", ["0", "-28", "42"])
def test_a_dose_that_no_device_makes_is_refused(folder, dose_mg):
    planted(folder, ("allowed_mg = [56]", f"allowed_mg = [{dose_mg}]"))

    [(_, key, reason)] = problems(folder)[:1]
    assert (key, reason) == ("dose.1.allowed_mg", f"{dose_mg} mg cannot be made of 28 mg devices")


@pytest.mark.parametrize("per_kg", ["0", "0.0", "1.1"])
def test_a_dose_by_weight_is_above_nought_and_within_the_soft_limit(folder, per_kg):
    text = (library.PACKAGED / "protocols" / "ketamine-im.v1.toml").read_text()
    old = "usual_mg_per_kg = [0.5, 1.0]"
    assert old in text
    text = text.replace('id = "ketamine-im"', 'id = "mine"', 1)
    (folder / "protocols" / "mine.v1.toml").write_text(
        text.replace(old, f"usual_mg_per_kg = [{per_kg}]", 1)
    )

    [(_, key, reason)] = problems(folder)[:1]
    assert key == "dose.1.usual_mg_per_kg"
    assert "mg/kg is no usual dose" in reason


def test_the_limits_of_a_dose_by_weight_hold_for_every_dose_and_the_soft_one_may_be_decided():
    rules = library.load().protocol("ketamine-iv").rules_by_id
    hard, soft = rules["dose-hard-limit"], rules["dose-soft-limit"]

    assert (hard.is_for_every_device, soft.is_for_every_device) == (True, True)
    assert (hard.waiver, soft.waiver) == ("never", "prescriber")
    assert "prescriber" not in hard.text
    assert soft.text.endswith(", or the prescriber has given a reason")


def test_what_the_label_names_is_labelled_and_what_it_does_not_is_not():
    shelf = library.load()

    assert [each.is_labelled for each in shelf.protocol("esketamine-trd-us").indications] == [True]
    assert not any(each.is_labelled for each in shelf.protocol("ketamine-iv").indications)


def test_the_phases_and_what_the_course_asks_stand_with_their_ground(protocol):
    assert [(each.id, each.first_session, each.last_session) for each in protocol.phases] == [
        ("induction", 1, 8),
        ("optimization", 9, 12),
        ("maintenance", 13, None),
    ]
    rows = (*protocol.phases, *protocol.doses, *protocol.warnings, *protocol.stopping)
    grounds = [each.marks for each in (*rows, protocol.devices, protocol.missed)]
    assert all(each.policy or each.source.url for each in grounds)


def test_a_product_by_weight_has_its_limits_and_one_by_vein_its_minutes(shelf):
    muscle = shelf.protocol("ketamine-im").limits
    assert (muscle.soft_mg_per_kg, muscle.hard_mg_per_kg, muscle.weight_days) == (1, 1.5, 30)
    vein = [each for each in shelf.shelf.of_kind("protocol") if each.infusion]
    assert [each.infusion.minutes for each in vein if each.route == "iv"]
    assert all(each.infusion.marks.source for each in vein)
