import re
import shutil
from pathlib import Path

import pytest

from serein.clinical import library
from serein.clinical.content_file import to_confirm
from serein.clinical.content_kinds import KINDS
from serein.clinical.errors import ContentError, UnknownContentError
from serein.clinical.library import PACKAGED
from tests.clinical.planting import PROTOCOL, planted, problems


def test_the_packaged_content_has_nothing_wrong():
    reports = library.check()
    assert [each.problems for each in reports] == [[] for _ in reports]
    kinds = {each.kind for each in reports}
    licensed = {"wording"}
    assert kinds <= {kind.name for kind in KINDS} - licensed, "licensed text is never packaged"


def test_each_thing_is_found_by_its_id(shelf):
    assert shelf.protocol("esketamine-trd-us", 1).version == 1
    assert shelf.instrument("phq-9").title == "PHQ-9"
    assert shelf.observations("session-observations").id == "session-observations"
    assert shelf.dictionary.code("spo2").scope == "session"
    file = shelf.file("esketamine-trd-us")
    assert file.cases > 40
    assert len(file.sha256) == 64
    assert file.title.startswith("Esketamine")


def test_what_does_not_exist_is_refused_with_the_nearest_name(shelf):
    with pytest.raises(UnknownContentError, match="did you mean 'esketamine-trd-us'"):
        shelf.protocol("esketamine-trd")
    with pytest.raises(UnknownContentError, match="version 9"):
        shelf.protocol("esketamine-trd-us", 9)
    with pytest.raises(UnknownContentError):
        shelf.instrument("esketamine-trd-us")
    with pytest.raises(UnknownContentError, match="content file"):
        shelf.file("phq-9", 7)


def test_the_adoption_page_lists_what_is_unchecked_and_what_is_policy(shelf):
    listed = {each.key: each for each in shelf.file("esketamine-trd-us").to_confirm}
    pressure = listed["gate.baseline-pressure"]
    assert not pressure.policy
    assert pressure.value == "bp.systolic at_most 140, bp.diastolic at_most 90"
    assert listed["check.forty-minute"].policy
    assert "gate.food" not in listed
    assert "threshold.bp.systolic.2" in listed


def test_a_number_is_adopted_as_it_stands_in_the_file():
    raw = {"limit": {"policy": True, "hard": 1.5, "steps": [0.25, 2.5], "devices": 2}}
    (found,) = to_confirm(raw)
    assert found.value == "hard 1.5, steps 0.25, 2.5, devices 2"


def test_a_clinics_own_file_stands_beside_the_packaged_ones(folder):
    planted(folder)
    shelf = library.load(folder)
    assert shelf.protocol("mine").observe.min == 120
    assert not shelf.file("mine").is_released


def test_a_file_may_lie_anywhere_when_it_says_its_kind(tmp_path):
    path = planted_elsewhere(tmp_path)
    assert problems(tmp_path) == []
    path.write_text(path.read_text().replace('kind = "protocol"\n', ""))
    ((file, key, reason),) = problems(tmp_path)
    assert (file, key) == ("mine.v1.toml", "kind")
    assert "say kind" in reason


def planted_elsewhere(folder: Path) -> Path:
    text = PROTOCOL.read_text().replace(
        'id = "esketamine-trd-us"', 'kind = "protocol"\nid = "mine"', 1
    )
    path = folder / "mine.v1.toml"
    path.write_text(text)
    return path


def test_shadowing_is_refused(folder):
    planted(folder, name="esketamine-trd-us")
    with pytest.raises(ContentError, match="exists already"):
        library.load(folder)
    ((file, key, reason),) = problems(folder)
    assert (file, key) == ("protocols/esketamine-trd-us.v1.toml", "id")
    assert "exists already" in reason


GATE = 'when = { fact = "site.certified", equals = true }'


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        (
            GATE,
            'when = { fact = "site.certifid", equals = true }',
            "gate.setting-certified.when",
            "did you mean 'site.certified'",
        ),
        (
            GATE,
            'when = { fact = "site.certified", is = true }',
            "gate.setting-certified.when",
            "unknown word 'is'",
        ),
        (GATE, "", "gate.setting-certified.when", "is missing"),
        (
            GATE,
            GATE.replace("when", "whn"),
            "gate.setting-certified.whn",
            "unknown word; did you mean 'when'?",
        ),
        (
            GATE,
            'when = "site.certified"',
            "gate.setting-certified.when",
            "is a table such as",
        ),
        (
            GATE + '\nsource = "rems"',
            GATE + '\nsource = "remz"',
            "gate.setting-certified.source",
            "no source 'remz'; did you mean 'rems'",
        ),
        (
            GATE + '\nsource = "rems"\nchecked = true',
            GATE,
            "gate.setting-certified",
            "names no source",
        ),
        (
            GATE + '\nsource = "rems"',
            GATE + "\npolicy = true",
            "gate.setting-certified",
            "cannot be checked",
        ),
        ('route = "nasal"', 'route = "nasal"\ncolour = "red"', "colour", "unknown word"),
        ("min = 120\n", "min = 0\n", "observe.min", "greater than 0"),
        ("rest_min = 5", 'rest_min = "5"', "devices.rest_min", "valid integer"),
        ("mg_each = 28", "mg_each = true", "devices.mg_each", "valid integer"),
        (
            "every_device = true",
            'every_device = "yes"',
            "gate.well-between-devices.every_device",
            "valid boolean",
        ),
        ("value = 160", 'value = "160"', "threshold.1.value", "valid number"),
        (
            "min = 120\n",
            "min = 110\n",
            "case: 18 minutes to go: nobody leaves early",
            "earliest: expected 10:38, found 10:28",
        ),
        (
            "allowed_mg = [56]",
            "allowed_mg = [50]",
            "dose.1.allowed_mg",
            "50 mg cannot be made of 28 mg",
        ),
        ('id = "enrolled"', 'id = "identity"', "identity", "two rules have this id"),
        (
            'id = "sedation"\ntext = "Alert"',
            'id = "time"\ntext = "Alert"',
            "time",
            "two rules have this id",
        ),
        (
            "equals = 5 }\n",
            'equals = 5 }\nwaiver = "prescriber"\n',
            "release.sedation.waiver",
            "a release rule over sedation is never waived",
        ),
        (
            'waiver = "alternative"',
            'waiver = "never"',
            "gate.enrolled.waiver",
            "belong together",
        ),
        (
            'codes = ["bp.systolic", "bp.diastolic"]\nanchor',
            'codes = ["bp.sistolic"]\nanchor',
            "check.forty-minute.codes",
            "did you mean 'bp.systolic'",
        ),
        ("opens_min = 30", "opens_min = 60", "check.forty-minute", "must not go backwards"),
        (
            'code = "site.certified", text',
            'code = "site.cert", text',
            "ask_group.house.ask",
            "unknown fact",
        ),
        (
            '{ code = "spo2", value = 92',
            '{ code = "spo", value = 92',
            "threshold.spo",
            "unknown fact",
        ),
        (
            'codes = ["spo2", "respiration", "sedation", "dissociation"], after_min',
            'codes = ["spo3"], after_min',
            "stale.codes",
            "did you mean 'spo2'",
        ),
        (
            'stage = "dosing"',
            'stage = "observing"',
            "case: the rest of five minutes holds the second device",
            "stage: expected observing, found dosing",
        ),
        (
            'scenes = ["seated", "asked", "baseline", "ordered"]',
            'scenes = ["nowhere", "asked", "baseline", "ordered"]',
            "case: everything in order: every gate is open and device 1 may be given",
            "no scene is called 'nowhere'",
        ),
        (
            'gates = { benefit-judged = "unknown" }',
            'gates = { benefit-judged = "met" }',
            "case: the ninth session waits for the prescriber's judgement of benefit",
            "gates.benefit-judged: expected met, found unknown",
        ),
        (
            'due = { baseline-vitals-due = "none" }',
            'due = { lunch = "none" }',
            "case: everything in order: every gate is open and device 1 may be given",
            "due.lunch: there is no such rule",
        ),
        (
            '[[case]]\nname = "everything in order: every gate is open and device 1 may be given"',
            '[[case]]\nname = ""',
            "case.2.name",
            "at least 1 character",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_file_key_and_reason(folder, old, new, key, reason):
    planted(folder, (old, new))
    with pytest.raises(ContentError) as caught:
        library.load(folder)
    assert caught.value.file.startswith("protocols/mine")
    assert caught.value.key == key
    assert reason in caught.value.reason
    assert (caught.value.file, caught.value.key, caught.value.reason) in problems(folder)


@pytest.mark.parametrize(
    ("name", "text", "key", "reason"),
    [
        ("bad.v1.toml", "id = ", "", "is not readable TOML"),
        ("bad.toml", 'id = "bad"', "id", "is not named like"),
        ("bad.v2.toml", 'id = "bad"\nversion = 1', "id", "its name says otherwise"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(folder, name, text, key, reason):
    (folder / "protocols" / name).write_text(text)
    found = problems(folder)
    assert found[0][:2] == (f"protocols/{name}", key)
    assert reason in found[0][2]
    with pytest.raises(ContentError, match=re.escape(reason)):
        library.load(folder)


def test_of_several_things_wrong_with_a_file_the_first_is_refused(folder):
    (folder / "protocols" / "bad.toml").write_text("id = ")
    first, second = (reason for _, _, reason in problems(folder))
    assert second.startswith("is not named like")
    with pytest.raises(ContentError, match=re.escape(first)):
        library.load(folder)


def test_of_several_cases_that_fail_the_first_is_refused(folder):
    planted(folder, ("min = 120\n", "min = 110\n"))
    first, *others = problems(folder)
    assert others
    with pytest.raises(ContentError) as caught:
        library.load(folder)
    assert (caught.value.file, caught.value.key, caught.value.reason) == first


def test_a_device_that_is_held_after_its_rest_waits_and_rests_no_longer(folder):
    header = '[[case]]\nname = "after the rest the second device is due"\n'
    given = '{ number = 1, step = 1, product = "esketamine-nasal", dose_mg = 28, outcome = "given"'
    held = (
        '[[case]]\nname = "held at the end of the rest"\nat = "08:38"\n'
        'scenes = ["seated", "asked", "baseline", "ordered"]\nfacts = [\n'
        f'{{ code = "device", value = {given}, lot = "A1" }}, at = "08:33" }},\n'
        '{ code = "danger.seizure", value = true, at = "08:35" },\n]\n'
        '[case.expect]\nnext_device = "waiting"\n\n'
    )
    planted(folder, (header, held + header))
    assert problems(folder) == []


OWN_CODES = """
id = "facts"
version = 1
title = "Codes of our own"
effective = 2026-01-01
jurisdiction = "US"
source = [{ id = "house", title = "Our house", read = 2026-01-01 }]

[[fact]]
code = "room.light"
title = "Light in the room"
type = "boolean"
scope = "session"
"""


def test_wrong_scales_and_observations_and_codes_are_refused(tmp_path):
    own = tmp_path / "own"
    shutil.copytree(PACKAGED / "instruments", own / "instruments")
    (own / "codes").mkdir()
    (own / "codes" / "facts.v1.toml").write_text(OWN_CODES)
    for path in list(own.rglob("*.v1.toml")):
        text = path.read_text().replace(
            f'id = "{path.name[:-8]}"', f'id = "my-{path.name[:-8]}"', 1
        )
        path.with_name(f"my-{path.name}").write_text(text)
        path.unlink()
    assert problems(own) == []

    def change(name: str, old: str, new: str) -> tuple[str, str]:
        path = next(own.rglob(name))
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        found = problems(own)
        path.write_text(text)
        return found[0][1:]

    assert change("my-phq-9*", 'item = "self-harm"', 'item = "self-ham"') == (
        "",
        "there is no item 'self-ham'",
    )
    assert change("my-phq-9*", "total = 27", "total = 26")[0].startswith("case: ")
    assert "no item 'intrest'" in change("my-phq-9*", "{ interest = 2", "{ intrest = 2")[1]
    assert change("my-session*", 'code = "sedation"', 'code = "sedaton"')[0] == "scale"
    assert change("my-session*", 'code = "danger.seizure"', 'code = "danger.sezure"')[0] == "danger"
    twice = change("my-facts*", 'code = "room.light"', 'code = "bp.systolic"')
    assert twice == ("bp.systolic", "stands in the dictionary twice")


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ContentError, match="no such folder"):
        library.check(tmp_path / "nowhere")


def test_what_a_code_means_is_said_by_the_newest_version_that_brings_it(tmp_path):
    (tmp_path / "codes").mkdir()
    for version, title in ((1, "Light in the room"), (2, "Light"), (10, "Daylight")):
        text = OWN_CODES.replace("version = 1", f"version = {version}")
        text = text.replace("Light in the room", title).replace('"facts"', '"house"')
        (tmp_path / "codes" / f"house.v{version}.toml").write_text(text)
    assert library.load(tmp_path).dictionary.code("room.light").title == "Daylight"
