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
NIGHTLY = re.findall(r"^```sh\n(#!/bin/sh\n.*?)^```", PAGE, re.M | re.S)
ENVIRONMENT = {
    name: value.strip("'")
    for name, value in re.findall(r"^((?:SEREIN|DATABASE)_\w+)=(.*)$", PAGE, re.M)
}
COMMANDS = [
    shlex.split(words)
    for words in re.findall(r"bin/serein ((?!serve|people|import|content).+)$", PAGE, re.M)
]
# What only people can do, after the commands of the page or asked by the first of them.
LEFT_TO_PEOPLE = {"second-factor", "medical-director", "adoption", "clinic-phones"}


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

    (folder / "backups").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEREIN_")}
    with postgresql() as url:
        said = {name: here(value) for name, value in ENVIRONMENT.items()}
        environment = {**kept, **said, "DATABASE_URL": url}
        done = [(words, run([here(word) for word in words], environment)) for words in COMMANDS]
        (script,) = NIGHTLY
        yield done, nightly(here(script), folder=folder, environment=environment), folder


def nightly(script, *, folder, environment):
    """Run the script of the timer, beside a copy that has had its month."""
    program = folder / "app" / "bin" / "serein"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m serein.cli "$@"\n')
    program.chmod(0o755)
    old = folder / "backups" / "serein-2020-01-01.backup"
    old.touch()
    os.utime(old, (0, 0))
    words = ["sh", "-c", script]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


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
    done, _nightly, _folder = walked
    assert [words[0] for words, _ in done] == ["init", "backup", "check"]


def test_every_step_answers(walked):
    done, _nightly, _folder = walked
    for words, outcome in done[:-1]:
        assert outcome.returncode == 0, f"{words}: {outcome.stderr}"


def test_what_the_page_leaves_open_only_people_can_close(walked):
    done, _nightly, _folder = walked
    _words, judged = done[-1]
    findings = {found["id"] for found in json.loads(judged.stdout)["findings"]}
    assert findings == LEFT_TO_PEOPLE, judged.stdout


def test_the_nightly_backup_keeps_a_dated_copy_and_drops_the_old_one(walked):
    _done, outcome, folder = walked
    assert outcome.returncode == 0, outcome.stderr
    kept = [path.name for path in (folder / "backups").glob("serein-*.backup")]
    assert len(kept) == 1
    assert re.fullmatch(r"serein-20\d\d-\d\d-\d\d\.backup", kept[0])
    assert kept != ["serein-2020-01-01.backup"]
