"""Nothing a person can set, run or meet is missing from the documentation, and its code runs."""

import json
import os
import re
import subprocess
import sys
import tomllib

import pytest

from docs import written, written_content
from serein.clinical import library
from tests.house.tree import DOCS, PACKAGE, REPOSITORY, name

SETTING = re.compile(r"\b(?:SEREIN_[A-Z_]+|DATABASE_URL)\b")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
WITH_README = [*PAGES, *(REPOSITORY / page for page in ("README.md", "CONTRIBUTING.md"))]
# Pictures are made by the flows, which need a browser.
LINK = re.compile(r"\]\((?!https?:|mailto:|#|docs/pictures/)([^)#]+)")


def blocks(kind):
    return [
        pytest.param(
            code, id=f"{name(page)}:{page.read_text()[: found.start()].count(chr(10)) + 1}"
        )
        for page in WITH_README
        for found in BLOCK.finditer(page.read_text(encoding="utf-8"))
        if found[1] == kind
        for code in (found[2],)
    ]


def settings_in(path):
    return set(SETTING.findall(path.read_text(encoding="utf-8")))


def test_every_setting_is_documented_and_every_documented_setting_exists():
    read = set().union(*(settings_in(path) for path in PACKAGE.rglob("*.py")))
    rows = re.findall(r"^\| `(\w+)`", (DOCS / "reference" / "settings.md").read_text(), re.M)
    assert read - set(rows) == set()
    assert set(rows) - read == set()


def test_no_page_names_a_setting_that_does_not_exist():
    known = settings_in(DOCS / "reference" / "settings.md")
    strangers = {name(page): extra for page in WITH_README if (extra := settings_in(page) - known)}
    assert strangers == {}


@pytest.mark.parametrize("page", written.PAGES)
def test_the_written_reference_is_what_the_code_says(page):
    kept = (written.REFERENCE / page).read_text(encoding="utf-8")
    assert kept == written.PAGES[page](), "run: make docs"


def test_every_content_file_has_its_page_and_no_page_is_left_over():
    folder = written.REFERENCE / "content"
    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    pages = written.content_pages()
    assert sorted(kept) == sorted(pages), "run: python docs/written.py"
    differing = [page for page in pages if kept[page] != pages[page]]
    assert differing == [], "run: python docs/written.py"


def test_a_page_of_content_says_limits_in_words_and_who_checked_them():
    page = written.content_pages()["esketamine-session-us.v1.md"]
    (pressure,) = (line for line in page.splitlines() if "`baseline-pressure`" in line)
    assert "Systolic blood pressure: at most 140 mmHg and Diastolic" in pressure
    assert pressure.endswith("| not yet checked |")
    (wait,) = (line for line in page.splitlines() if "`consent`" in line)
    assert wait.endswith("| clinic policy |")
    assert "- 141 systolic waits for the prescriber\n" in page


def test_nothing_in_a_file_can_break_its_page(tmp_path):
    file = library.load().file("statements").path
    text = file.read_text(encoding="utf-8").replace('id = "statements"', 'id = "mine"', 1)
    title = 'title = "Often | said <b>*loud*</b> [here](away) `now`"'
    text = text.replace('title = "Driving"', title, 1)
    (tmp_path / "mine.v1.toml").write_text(text, encoding="utf-8")
    page = written_content.pages(library.load(tmp_path))["mine.v1.md"]
    (row,) = (line for line in page.splitlines() if "`driving`" in line)
    assert row.startswith(
        r"| Often \| said &lt;b>\*loud\*&lt;/b> \[here\](away) \`now\` `driving` |"
    )


def test_a_word_of_a_kind_that_is_not_a_criterion_is_written_all_the_same():
    page = written.content_pages()["c-ssrs-screen.v1.md"]
    assert "| high | any: (4, 1), (5, 1), (6-recent, 1)<br>urgency: now<br>" in page


def test_every_command_of_the_outside_surface_that_a_page_names_exists():
    known = {
        heading.split()[1]
        for heading in re.findall(r"^## `(serein [\w ]+)`", written.commands(), re.M)
    }
    named = {
        word
        for page in WITH_README
        for word in re.findall(r"(?:`|^\$ |bin/)serein ([a-z]+)", page.read_text(), re.M)
    }
    assert named - known == set()


@pytest.mark.parametrize("page", WITH_README, ids=name)
def test_every_link_between_pages_leads_somewhere(page):
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("code", blocks("python"))
def test_a_python_block_runs(code):
    exec(compile(code, "docs", "exec"), {"__name__": "docs"})  # noqa: S102  our own documentation


@pytest.mark.parametrize("code", blocks("toml"))
def test_a_toml_block_parses(code):
    tomllib.loads(code)


@pytest.mark.parametrize("code", blocks("json"))
def test_a_json_block_parses(code):
    json.loads(code)


def test_the_documentation_builds_without_a_warning(tmp_path):
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", DOCS, tmp_path],
        env={**os.environ, "PYTHONWARNINGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert (tmp_path / "guide" / "running.html").exists()


def test_a_fragment_has_a_kind_and_something_to_say():
    kinds = {"feature", "fix", "clinical", "security", "breaking"}
    fragments = [
        path for path in (REPOSITORY / "changelog.d").glob("*.md") if path.name != "README.md"
    ]
    assert fragments
    for fragment in fragments:
        assert fragment.name.split(".")[-2] in kinds, fragment.name
        assert len(fragment.read_text().split()) > 4, fragment.name
