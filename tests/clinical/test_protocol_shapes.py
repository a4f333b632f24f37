"""A protocol of a wrong shape is refused with the key and the reason; so is a wrong case."""

import shutil

import pytest

from serein.clinical.library import PACKAGED
from tests.clinical.planting import planted, problems

IV = PACKAGED / "protocols" / "ketamine-iv.v1.toml"


@pytest.fixture
def by_weight(folder):
    """Plants the packaged infusion under another id, changed in one place."""

    def plant(old, new):
        text = IV.read_text().replace('id = "ketamine-iv"', 'id = "mine"', 1)
        assert old in text, old
        (folder / "protocols" / "mine.v1.toml").write_text(text.replace(old, new, 1))
        return problems(folder)[0][1:]

    return plant


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        (
            "allowed_mg = [56]",
            "allowed_mg = [56], usual_mg_per_kg = [0.5]",
            "dose.1",
            "give allowed_mg or usual_mg_per_kg, one of them",
        ),
        (
            "allowed_mg = [56]",
            "usual_mg_per_kg = [0.5]",
            "dose.1.usual_mg_per_kg",
            "0.5 mg/kg is no usual dose: it is not within the soft limit",
        ),
        ("after_session = 8, ", "", "decision.benefit", "give after_session, after_week or"),
        ("record = {", "#", "mine", "has no [record]; write one or take it"),
        ('takes = "mine-day.v1"', "", "mine", "has no [[check]]; write some or take them"),
        (
            'code = "intake.food"',
            'code = "intake.foot"',
            "wait.food",
            "unknown fact 'intake.foot'",
        ),
    ],
)
def test_a_wrong_shape_is_refused_with_key_and_reason(folder, old, new, key, reason):
    planted(folder, (old, new))
    found = problems(folder)[0]
    assert found[1] in (key, "")
    assert found[2].startswith(reason)


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("soft_mg_per_kg = 0.75", "soft_mg_per_kg = 1.5", "limits", "a soft limit lies above"),
        ("soft_mg = 60", "soft_mg = 101", "limits", "a soft limit lies above its hard one"),
        (
            "usual_mg_per_kg = [0.5]",
            "usual_mg_per_kg = [0.5, 0.8]",
            "dose.1.usual_mg_per_kg",
            "0.8 mg/kg is no usual dose",
        ),
        (
            "[infusion]\n",
            "[devices]\nmg_each = 28\nrest_min = 5\noverdue_min = 9\npolicy = true\n[infusion]\n",
            "",
            "give [devices] for a product in devices, or [limits]",
        ),
    ],
)
def test_a_wrong_dose_by_weight_is_refused(by_weight, old, new, key, reason):
    found_key, found_reason = by_weight(old, new)
    assert found_key == key
    assert found_reason.startswith(reason)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            '"mania.current", value = false, at = "08:16"',
            '"mania.curent", value = false, at = "08:16"',
            "no fact is called 'mania.curent'; the nearest is 'mania.current'",
        ),
        ('"weight", value = 70, at', '"weight", value = "heavy", at', "weight"),
    ],
)
def test_a_case_tells_only_what_a_chart_can_hold(by_weight, old, new, reason):
    key, found = by_weight(old, new)
    assert key == "case"
    assert reason in found.lower()


def test_the_packaged_infusion_under_another_name_has_nothing_wrong(folder):
    shutil.copy(IV, folder / "protocols" / "ours.v1.toml")
    path = folder / "protocols" / "ours.v1.toml"
    path.write_text(path.read_text().replace('id = "ketamine-iv"', 'id = "ours"', 1))
    assert problems(folder) == []


def test_whom_a_rule_calls_is_what_a_person_can_be_and_not_any_text(folder):
    planted(folder, ('for_role = "prescriber"', 'for_role = "the doctor"'))

    file, _key, reason = next(one for one in problems(folder) if "for_role" in one[1])

    assert file.startswith("protocols/mine")
    assert reason.startswith("input should be 'nurse', 'monitor', 'prescriber'")
