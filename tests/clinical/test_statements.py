from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.clinical import library
from serein.clinical.criteria import Source
from serein.clinical.statements import Statements

SAID = """
kind = "statements"
id = "mine"
version = 1
title = "Mine"
effective = 2026-01-01
jurisdiction = "any"
source = [
  { id = "label", title = "Label", read = 2026-01-01 },
  { id = "trial", title = "Trial", read = 2026-01-01 },
]
rereading = { after_days = 100, policy = true }

[[statement]]
id = "driving"
title = "Driving"
often_said = "One may drive."
stands_now = "One may not."
stance = "wrong"
as_of = 2026-01-01
until = 2026-02-01
jurisdiction = "US"
source = "label"
also = ["trial"]

[[case]]
name = "on the day"
statement = "driving"
on = 2026-01-01
standing = "current"
"""


@pytest.fixture
def check(tmp_path):
    def problems(*changes: tuple[str, str]) -> list[tuple[str, str]]:
        text = SAID
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        (tmp_path / "mine.v1.toml").write_text(text)
        (report,) = library.check(tmp_path)
        return [(each.key, each.reason) for each in report.problems]

    return problems


@pytest.fixture
def packaged(shelf) -> Statements:
    found: Statements = shelf.shelf.item("statements", "statements")
    return found


def test_a_file_of_statements_may_be_the_clinics_own(check):
    assert check() == []


def test_every_statement_says_what_is_said_and_how_it_stands_and_by_which_source(packaged):
    assert len(packaged.statement) > 15
    for each in packaged.statement:
        assert each.often_said != each.stands_now
        assert all(isinstance(source, Source) for source in packaged.sources_of(each))
        assert packaged.sources_of(each)[0].title != "Clinic policy"
    assert {each.stance for each in packaged.statement} == {
        "needs-nuance",
        "outdated",
        "wrong",
        "unproven",
    }


def test_a_recalled_statement_is_not_shown_as_checked(packaged, shelf):
    recalled = {each.id for each in packaged.statement if not each.checked}
    assert {"essential-medicine", "disability", "only-legal", "how-many-resist"} <= recalled
    listed = {each.key for each in shelf.file("statements").to_confirm}
    assert {f"statement.{each}" for each in recalled} <= listed


def test_further_sources_follow_the_first(packaged):
    (alone,) = (each for each in packaged.statement if each.id == "with-antidepressant")
    titles = [source.title for source in packaged.sources_of(alone)]
    assert len(titles) == 3
    assert titles[0].startswith("Esketamine approved")


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ([('stance = "wrong"', 'stance = "maybe"')], "statement.driving.stance", "should be"),
        ([("until = 2026-02-01", "until = 2025-12-31")], "statement.driving", "before it stood"),
        (
            [('also = ["trial"]', 'also = ["trail"]')],
            "statement.driving.also",
            "did you mean 'trial'",
        ),
        ([('source = "label"\n', "")], "statement.driving", "names no source"),
        ([('standing = "current"', 'standing = "not-yet"')], "case: on the day", "stands as"),
        (
            [('statement = "driving"', 'statement = "drivin"')],
            "case: on the day",
            "did you mean 'driving'",
        ),
    ],
)
def test_what_is_wrong_with_a_statement_is_named_with_its_place(check, changes, key, reason):
    ((found_key, found_reason),) = check(*changes)
    assert found_key == key
    assert reason in found_reason


def test_a_statement_may_stand_for_its_own_day_alone(check):
    assert check(("until = 2026-02-01", "until = 2026-01-01")) == []


def test_the_same_statement_twice_is_refused(check):
    again = SAID[SAID.index("[[statement]]") : SAID.index("[[case]]")]
    ((_, reason),) = check(("[[case]]", again + "[[case]]"))
    assert "'driving' stands here twice" in reason


def standing(days: int, *, until: int | None = None, after_days: int = 100) -> str:
    as_of = date(2026, 1, 1)
    row: dict[str, Any] = {
        "id": "one",
        "title": "One",
        "often_said": "Yes.",
        "stands_now": "No.",
        "stance": "wrong",
        "as_of": as_of,
        "jurisdiction": "US",
        "source": "label",
        "until": None if until is None else as_of + timedelta(days=until),
    }
    on = as_of + timedelta(days=days)
    file = Statements.model_validate(
        {
            "id": "mine",
            "version": 1,
            "title": "Mine",
            "effective": as_of,
            "jurisdiction": "any",
            "source": [{"id": "label", "title": "Label", "read": as_of}],
            "rereading": {"after_days": after_days, "policy": True},
            "statement": [row],
            "case": [{"name": "any", "statement": "one", "on": as_of, "standing": "current"}],
        }
    )
    return file.standing(file.statement[0], on=on)


def test_a_source_that_names_its_last_day_is_read_again_after_it():
    assert standing(30, until=30) == "current"
    assert standing(31, until=30) == "to-be-reread"


def test_a_far_last_day_does_not_put_off_the_rereading():
    assert standing(100, until=900) == "current"
    assert standing(101, until=900) == "to-be-reread"


@given(st.integers(-1000, 1000), st.integers(1, 500))
def test_a_statement_never_becomes_current_again(days, after_days):
    order = ["not-yet", "current", "to-be-reread"]
    today = order.index(standing(days, after_days=after_days))
    assert today <= order.index(standing(days + 1, after_days=after_days))
