#!/usr/bin/env python3
"""Prepare the environment when it is needed, then run a `serein` command or the tests.

    python3 run.py demo             an invented clinic in the browser
    python3 run.py test             the whole suite; `test --full` adds the long runs
    python3 run.py WORD ...         any serein command, such as `init`, `serve`, `backup FILE`

Needs Python 3.11 or later and, the first time, the network: about 600 MB go into .venv. This file
itself runs on 3.8, to be able to say so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NEEDED = (3, 11)
OTHERS = ("python3.13", "python3.12", "python3.11", "python3.14")
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "serein-stamp"
LOCK = ROOT / "requirements" / "lock.txt"
INSTALLER = ROOT / "requirements" / "uv.txt"
PIP = ROOT / "vendor" / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
SUFFIX = ".exe" if os.name == "nt" else ""


class PreparationError(Exception):
    """The environment could not be prepared; the message says why and what to do."""


def main(words: list[str]) -> int:
    """Run what was asked for; returns the exit code."""
    if sys.version_info < NEEDED:
        return _with_newer_python(words)
    if words[:1] in ([], ["-h"], ["--help"]):
        print(__doc__, flush=True)
    if not words:
        return 2
    try:
        prepare()
    except PreparationError as reason:
        print(f"run.py: {reason}", file=sys.stderr)
        return 1
    if words[0] == "test":
        return run([_in_environment("python"), ROOT / "tests" / "suite.py", *words[1:]])
    return run([_in_environment("python"), "-m", "serein.cli", *words])


def prepare() -> None:
    """Make .venv hold exactly what the lock names; nothing to do when it already does."""
    wanted = _wanted()
    if STAMP.exists() and STAMP.read_text() == wanted and _in_environment("python").exists():
        return
    say("Preparing the environment in .venv; this is done once ...")
    if not _is_there():
        venv.create(ENVIRONMENT, with_pip=False, symlinks=os.name != "nt", clear=True)
    if STAMP.exists():
        STAMP.unlink()
    uv = _uv()
    step([uv, "pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:", LOCK])
    own: list[str | Path] = ["--no-deps", "--no-build-isolation", "--editable", ROOT]
    step([uv, "pip", "install", "--quiet", *own])
    STAMP.write_text(wanted)


def _wanted() -> str:
    """What the environment depends on, in one line."""
    parts = [LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _is_there() -> bool:
    """Whether .venv is there, starts, and is of a Python that is new enough."""
    python = _in_environment("python")
    return python.exists() and _is_new_enough(python)


def _answers_yes(words: list[str | Path]) -> bool:
    spelled = [str(word) for word in words]
    return subprocess.run(spelled, capture_output=True, check=False).returncode == 0


def _uv() -> str | Path:
    """The uv on the path, or the pinned one, installed beside the environment."""
    found = shutil.which("uv")
    if found and _answers_yes([found, "--version"]):
        return found
    home = ENVIRONMENT / "installer"
    uv = home / SCRIPTS / f"uv{SUFFIX}"
    if not uv.exists():
        venv.create(home, with_pip=False, symlinks=os.name != "nt", clear=True)
        _install_uv(home / SCRIPTS / f"python{SUFFIX}")
    return uv


def _install_uv(python: Path) -> None:
    """Let the pip wheel that lies beside this file install uv, checking every hash."""
    digest = hashlib.sha256(PIP.read_bytes()).hexdigest()
    if digest != PIP_SHA256:
        raise PreparationError(f"{PIP} is damaged (its SHA-256 is {digest}); fetch it anew")
    words = ["install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    step([python, PIP / "pip", *words, "-r", INSTALLER], environment=quiet)


def step(words: list[str | Path], environment: dict[str, str] | None = None) -> None:
    """One step of the preparation, in the environment that is being prepared."""
    there = {**os.environ, "VIRTUAL_ENV": str(ENVIRONMENT), **(environment or {})}
    spelled = [str(word) for word in words]
    if subprocess.run(spelled, cwd=str(ROOT), env=there, check=False).returncode != 0:
        raise PreparationError(
            f"this step failed, with the reason above: {' '.join(spelled)}\n"
            "The first start needs the network. When it is there, run the same command again."
        )


def run(words: list[str | Path]) -> int:
    """Become that command, so that Ctrl-C and other signals reach it; on Windows, wait for it."""
    spelled = [str(word) for word in words]
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(spelled[0], spelled)  # noqa: S606  a command of this environment
    with subprocess.Popen(spelled) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue


def _with_newer_python(words: list[str]) -> int:
    """Hand over to a newer Python on the path, or say that there is none."""
    for name in OTHERS:
        found = shutil.which(name)
        if found and _is_new_enough(found):
            return run([found, ROOT / "run.py", *words])
    version = ".".join(str(part) for part in sys.version_info[:3])
    print(
        f"run.py: Serein needs Python 3.11 or later; this is {version} ({sys.executable}).\n"
        "Install one (Debian 12: apt install python3; macOS: brew install python;\n"
        "Windows: python.org) and run the same command with it.",
        file=sys.stderr,
    )
    return 1


def _is_new_enough(python: str | Path) -> bool:
    """Whether that Python starts, which a shim on the path may not, and is 3.11 or later."""
    asked = "import sys; sys.exit(sys.version_info < (3, 11))"
    return _answers_yes([python, "-c", asked])


def _in_environment(name: str) -> Path:
    return ENVIRONMENT / SCRIPTS / f"{name}{SUFFIX}"


def say(sentence: str) -> None:
    """Tell the person something; standard output belongs to the command."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
