"""What every protocol must say, and a racemic one more: staff, off-label, decisions, mania."""

import re

import pytest

from serein.clinical import library
from serein.clinical.content_templates import template
from serein.clinical.library import PACKAGED

INFUSION = (PACKAGED / "protocols" / "ketamine-iv.v1.toml").read_text()


def problems(folder, text, file="mine.v1.toml"):
    (folder / "protocols").mkdir()
    (folder / "protocols" / file).write_text(text.replace('"ketamine-iv"', '"mine"', 1))
    return [(each.key, each.reason) for report in library.check(folder) for each in report.problems]


def without(text, name):
    """The file with an empty list where this one stands."""
    return re.sub(rf"^{name} = \[\n.*?^\]$", f"{name} = []", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("staff", "say who must be on site"),
        ("decision", "say when somebody must decide"),
        ("warning", "say that it is used outside its label"),
    ],
)
def test_a_racemic_protocol_that_leaves_out_what_each_says_is_refused(tmp_path, name, reason):
    [(key, said)] = problems(tmp_path, without(INFUSION, name))
    assert (key, reason in said) == (name, True)


def test_racemic_ketamine_is_never_called_labelled(tmp_path):
    first = 'label = "off-label", scales = ["pcl-5"'
    assert first in INFUSION
    labelled = INFUSION.replace(first, first.replace("off-label", "labelled"))
    [(key, said)] = problems(tmp_path, labelled)
    assert (key, "approved for anaesthesia alone" in said) == ("indication.ptsd.label", True)


def test_nobody_waives_what_holds_the_session_on_manic_symptoms(tmp_path):
    gate = 'when = { fact = "mania.current", equals = false }\n'
    [(key, said)] = problems(tmp_path, INFUSION.replace(gate, f'{gate}waiver = "prescriber"\n'))
    assert (key, "whoever decides" in said) == ("gate.mania.waiver", True)


def test_a_protocol_for_bipolar_depression_holds_on_manic_symptoms(tmp_path):
    begin = INFUSION.index('[[gate]]\nid = "mania"')
    end = INFUSION.index("[[gate]]", begin + 1)
    [(key, said)] = problems(tmp_path, INFUSION[:begin] + INFUSION[end:])
    assert (key, "no gate over mania.current" in said) == ("gate", True)


def test_one_for_no_bipolar_indication_need_not(tmp_path):
    begin = INFUSION.index('[[gate]]\nid = "mania"')
    end = INFUSION.index("[[gate]]", begin + 1)
    text = re.sub(
        r"^  \{ id = \"bipolar\", title = \"Bipolar.*\n", "", INFUSION, flags=re.MULTILINE
    )
    found = problems(tmp_path, text[:begin] + text[end:])
    assert "no gate over mania.current" not in str(found)


def test_a_protocol_that_only_takes_the_cases_of_others_is_refused(tmp_path):
    own = INFUSION[: INFUSION.index("[[case]]")]
    [(key, said)] = problems(tmp_path, own)
    assert (key, "no worked case of its own" in said) == ("case", True)


def test_a_protocol_in_devices_names_its_staff_and_decisions_too(tmp_path):
    text = template("protocol")
    begin, end = text.index("[[staff]]"), text.index("# What is ordered by weight")
    [(key, _)] = problems(tmp_path, text[:begin] + text[end:], "my-protocol.v1.toml")
    assert key == "staff"
