"""The test command counts what happened and never hides what did not run."""

import pytest

from bench import __main__ as bench
from tests import suite

REPORT = """<testsuites><testsuite tests="5" failures="1" errors="1" skipped="1">
<testcase classname="tests.a" name="one"/><testcase classname="tests.a" name="two"/>
<testcase classname="tests.a" name="three"><skipped/></testcase>
<testcase classname="tests.b" name="four"><failure/></testcase>
<testcase classname="tests.b" name="five"><error/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def no_browser(monkeypatch):
    monkeypatch.setattr(suite, "browser_path", lambda: None)


def test_failures_and_errors_are_counted_and_named(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(REPORT)

    tally = suite.counted(report)

    assert (tally.passed, tally.failed, tally.skipped) == (2, 2, 1)
    assert tally.names == ["FAILED tests.b::four", "FAILED tests.b::five"]


def test_a_machine_without_a_browser_is_told_in_the_last_lines(no_browser, monkeypatch, capsys):
    monkeypatch.setattr(suite, "PARTS", {"flows": suite.flows})

    assert suite.main([]) == 0
    *_, notice, last = capsys.readouterr().out.strip().splitlines()
    assert notice.startswith("NOT RUN: the flows in a real browser")
    assert "0 passed, 0 failed" in last


def test_flows_asked_for_by_name_fail_without_a_browser(no_browser):
    assert suite.main(["flows"]) == 1


def test_words_that_match_nothing_are_a_failure(monkeypatch, capsys):
    monkeypatch.setattr(suite, "PARTS", {"unit": lambda _asked: suite.Tally()})

    assert suite.main(["-k", "no such test"]) == 1
    assert "no test matches" in capsys.readouterr().out


def test_a_command_that_fails_makes_the_run_fail(monkeypatch, capsys):
    broken = {"lint": lambda _asked: suite.tool("no_such_tool")}
    monkeypatch.setattr(suite, "PARTS", broken)

    assert suite.main([]) == 1
    assert "0 passed, 1 failed" in capsys.readouterr().out


def test_a_whole_run_says_its_minutes_and_keeps_them_for_the_bench(monkeypatch, capsys, tmp_path):
    kept = tmp_path / "build" / "suite.json"
    monkeypatch.setattr(suite, "WHOLE_RUN", kept)
    monkeypatch.setattr(suite, "PARTS", {"unit": lambda _asked: suite.Tally(passed=1)})

    assert suite.main(["unit"]) == 0
    assert not kept.exists()
    assert suite.main([]) == 0

    assert "The whole suite took 0.0 minutes; the limit is 25." in capsys.readouterr().out
    (figure,) = bench.suite(kept)
    assert (figure.value, figure.unit, figure.is_within) == (0.0, "min", True)
    assert bench.suite(tmp_path / "never") == []


def test_a_whole_run_that_fails_keeps_no_time(monkeypatch, tmp_path):
    monkeypatch.setattr(suite, "WHOLE_RUN", tmp_path / "suite.json")
    monkeypatch.setattr(suite, "PARTS", {"unit": lambda _asked: suite.Tally(failed=1)})

    assert suite.main([]) == 1
    assert not (tmp_path / "suite.json").exists()


def test_what_it_does_not_know_goes_to_pytest():
    asked = suite.asked_for(["flows", "--full", "-k", "s3 or s4", "--maxfail=1"])

    assert asked == suite.Asked(("flows",), full=True, words="s3 or s4", rest=("--maxfail=1",))
