"""Nothing of one person's machine, and nothing unpinned, is in the repository."""

import re
import tomllib

from tests.house.tree import REPOSITORY, files, is_vendored, name

TEXT = (".py", ".md", ".toml", ".txt", ".html", ".js", ".css", ".scss", ".typ", ".cfg", ".yml")
NAMELESS = ("Makefile", "NOTICE", "LICENSE", "run", "RELEASED")
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|Users|home/\w+|tmp)/\w|[A-Z]:\\Users")
HOSTS = re.compile(r"https?://[^\s\"']*(?:simple/?\b|pypi|pythonhosted|artifactory|nexus|npmjs)")
KEYS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|AGE-SECRET-KEY-1[A-Z0-9]{20}")


def readable():
    for path in files():
        if path.suffix in TEXT or path.name in NAMELESS:
            yield path, path.read_text(encoding="utf-8")


def test_no_path_of_somebodys_machine():
    found = [
        f"{name(path)}: {match.group()}"
        for path, text in readable()
        if not is_vendored(path)
        for match in MACHINE.finditer(text)
    ]
    assert found == [], "\n".join(found)


def test_no_package_index_is_named():
    found = [
        f"{name(path)}: {match.group()}"
        for path, text in readable()
        if not is_vendored(path)
        for match in HOSTS.finditer(text)
    ]
    assert found == [], "\n".join(found)


def test_no_private_key():
    assert [name(path) for path, text in readable() if KEYS.search(text)] == []


def test_every_requirement_is_locked_to_a_version_and_its_hashes():
    lock = (REPOSITORY / "requirements" / "lock.txt").read_text()
    body = "\n".join(line for line in lock.splitlines() if not line.lstrip().startswith("#"))
    requirements = body.replace("\\\n", " ").splitlines()
    unlocked = [
        line
        for line in requirements
        if line.strip() and not ("==" in line and "--hash=sha256:" in line)
    ]
    assert unlocked == [], "\n".join(unlocked)
    assert "://" not in lock


def test_every_declared_dependency_is_locked():
    declared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    lock = (REPOSITORY / "requirements" / "lock.txt").read_text()
    groups = declared["dependency-groups"].values()
    wanted = [*declared["project"]["dependencies"], *(one for group in groups for one in group)]
    names = {found[0].lower() for one in wanted if (found := re.match(r"[\w.-]+", one))}
    locked = set(re.findall(r"^([\w.-]+)(?:\[.*?\])?==", lock, re.M))
    assert names - locked == set()
