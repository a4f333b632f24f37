"""The rules run wherever Python and one validation library do."""

import json
import subprocess
import sys
from pathlib import Path

import serein.clinical

ALLOWED = {
    "serein",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_extensions",
    "typing_inspection",
}
# Modules of the environment's own start-up are there before the first import.
SCRIPT = """
import importlib, json, pkgutil, sys
before = set(sys.modules)
package = importlib.import_module("serein.clinical")
names = [each.name for each in pkgutil.walk_packages(package.__path__, "serein.clinical.")]
for name in names:
    importlib.import_module(name)
print(json.dumps([names, sorted(set(sys.modules) - before)]))
"""


def loaded() -> tuple[list[str], list[str]]:
    asked = [sys.executable, "-c", SCRIPT]
    ended = subprocess.run(asked, capture_output=True, text=True, check=True)
    names, modules = json.loads(ended.stdout)
    return names, modules


def test_every_module_loads_only_the_standard_library_and_the_validation_library():
    names, modules = loaded()

    written = {path.stem for path in Path(serein.clinical.__file__).parent.glob("*.py")}
    assert {name.removeprefix("serein.clinical.") for name in names} >= written - {"__init__"}
    # Python writes the settings it was built with into a module of its own.
    packages = {name.partition(".")[0] for name in modules if not name.startswith("_sysconfigdata")}
    assert packages - sys.stdlib_module_names <= ALLOWED
    rooms = {name.split(".")[1] for name in modules if name.startswith("serein.")}
    assert rooms == {"clinical"}
