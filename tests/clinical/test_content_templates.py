"""Every kind that clinics write has a template that passes its own check."""

import tomllib

import pytest

from serein.clinical import library
from serein.clinical.content_kinds import KINDS
from serein.clinical.content_templates import id_in_name, kinds, template
from serein.clinical.errors import InputError

# A kind may stand here with the reason why clinics do not write it.
WITHOUT: frozenset[str] = frozenset()


def test_every_kind_has_a_template_or_stands_on_the_list():
    assert {kind.name for kind in KINDS} - set(kinds()) <= WITHOUT
    assert set(kinds()) & WITHOUT == set(), "has its template now; take it off the list"
    assert set(kinds()) <= {kind.name for kind in KINDS}


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("content_id", [None, "other-name"])
def test_a_template_as_written_passes_its_check(tmp_path, kind, content_id):
    text = template(kind, content_id=content_id)
    name = content_id or tomllib.loads(text)["id"]
    (tmp_path / f"{name}.v1.toml").write_text(text)

    (report,) = library.check(tmp_path)

    assert [(one.line, one.key, one.reason) for one in report.problems] == []
    assert (report.kind, report.id) == (kind, name)


@pytest.mark.parametrize("kind", kinds())
def test_a_template_claims_nothing_as_checked_and_says_what_to_do(kind):
    text = template(kind)
    assert "checked = true" not in [line.strip() for line in text.splitlines()]
    assert "serein content check" in text
    assert sum("#" in line for line in text.splitlines()) >= 8


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind != "dictionary"])
def test_a_template_shows_worked_cases(kind):
    assert len(tomllib.loads(template(kind))["case"]) >= 2


def test_the_protocol_shows_each_answer_of_each_gate():
    answers: dict[str, set[str]] = {}
    for case in tomllib.loads(template("protocol"))["case"]:
        for rule, verdict in case["expect"].get("gates", {}).items():
            answers.setdefault(rule, set()).add(verdict)
    assert set(map(len, answers.values())) == {3}


def test_what_cannot_be_written_is_refused_with_what_can():
    with pytest.raises(InputError, match="did you mean 'protocol'") as caught:
        template("protocoll")
    assert "instrument" in str(caught.value)
    with pytest.raises(InputError, match="no template for 'spell'; there are"):
        template("spell")
    with pytest.raises(InputError, match="is no id"):
        template("protocol", content_id="My Protocol")


def test_the_name_of_a_new_file_says_its_id():
    assert id_in_name("our-iv.v1.toml") == "our-iv"
    for name in ("our-iv.toml", "our-iv.v2.toml", "Our.v1.toml"):
        with pytest.raises(InputError, match=r"some-id\.v1\.toml"):
            id_in_name(name)


def test_a_protocol_may_take_the_shared_day_of_its_template_and_every_case_holds(tmp_path):
    """The cases of a shared file run only where a protocol takes it."""
    course, _, day = template("protocol").partition("# --- what is asked before the dose")
    cases = day.partition("# --- worked cases")[2]
    course = course.replace('route = "nasal"', 'route = "nasal"\ntakes = "my-session-rules.v1"')
    (tmp_path / "my-protocol.v1.toml").write_text(f"{course}# {cases}")
    (tmp_path / "my-session-rules.v1.toml").write_text(template("session-rules"))

    reports = library.check(tmp_path)

    assert [problem for report in reports for problem in report.problems] == []
    shared = tomllib.loads(template("session-rules"))["case"]
    names = [case["name"] for case in library.load(tmp_path).protocol("my-protocol").cases]
    assert names[: len(shared)] == [case["name"] for case in shared]
