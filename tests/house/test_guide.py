"""The page for people who run Serein, walked on a real PostgreSQL as it is written."""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest

from tests.databases import postgresql
from tests.house.tree import DOCS, PACKAGE

PAGE = (DOCS / "guide" / "running.md").read_text(encoding="utf-8")
ENVIRONMENT = dict(re.findall(r"^((?:SEREIN|DATABASE)_\w+)=(.*)$", PAGE, re.M))
COMMANDS = [shlex.split(words) for words in re.findall(r"bin/serein ((?!serve).+)$", PAGE, re.M)]
# What only people can do, after the commands of the page.
LEFT_TO_PEOPLE = {"second-factor", "medical-director", "adoption"}


MIGRATIONS = PACKAGE / "server" / "accounts" / "migrations"
pytestmark = pytest.mark.skipif(
    not list(MIGRATIONS.glob("0001_*.py")), reason="the first tables are not written down yet"
)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Each command of the page with its outcome, in the order of the page."""
    folder = tmp_path_factory.mktemp("srv")
    outside = tmp_path_factory.mktemp("other-disk")
    places = {"/srv/serein": str(folder), "/mnt/other-disk": str(outside)}

    def here(text):
        for place, instead in places.items():
            text = text.replace(place, instead)
        return text

    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEREIN_")}
    with postgresql() as url:
        said = {name: here(value) for name, value in ENVIRONMENT.items()}
        environment = {**kept, **said, "DATABASE_URL": url}
        yield [(words, run([here(word) for word in words], environment)) for words in COMMANDS]


def run(words, environment):
    asks_nothing = ["--defaults"] if words[0] == "init" else []
    return subprocess.run(
        [sys.executable, "-m", "serein.cli", *words, *asks_nothing, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_page_sets_up_backs_up_and_judges(walked):
    assert [words[0] for words, _ in walked] == ["init", "backup", "check"]


def test_every_step_answers(walked):
    for words, outcome in walked[:-1]:
        assert outcome.returncode == 0, f"{words}: {outcome.stderr}"


def test_what_the_page_leaves_open_only_people_can_close(walked):
    _words, judged = walked[-1]
    findings = {found["id"] for found in json.loads(judged.stdout)["findings"]}
    assert findings == LEFT_TO_PEOPLE, judged.stdout
