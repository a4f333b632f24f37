"""One mutant after the other, each in a process of its own that inherits everything ready.

The tests that noticed the last mutants of a module are asked first, then the quick ones.
"""

import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import mmap
import os
import resource
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Literal, NoReturn

import pytest

from tests.mutation.coverage_map import QUIET, SEEDED, Touched
from tests.mutation.ground import Ground
from tests.mutation.operators import Mutant

Outcome = Literal["killed", "survived"]
SURVIVED, BY_TEST, BY_CONTENT, BY_BREAKING, NOT_ASKED = 0, 10, 11, 12, 13
_BY = {BY_TEST: "test", BY_CONTENT: "content", BY_BREAKING: "import"}
# A mutant that loops is ended by the time it may spend, not by the clock of a busy machine.
LEAST_CPU_S, TIMES_EXPECTED, MOST_BYTES = 15, 6, 6 * 2**30
# Where every limit of a table is asked, whichever module holds the table.
TABLES = "test_tables.py"
MOST_FIRST, MOST_FILES, _PLACE = 40, 2, 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a mutant, and what noticed it."""

    mutant: str
    outcome: Outcome
    by: str


Tell = Callable[[Mutant, Answer], None]


def try_warm(ground: Ground, found: Sequence[Mutant], lines: Touched, tell: Tell) -> None:
    """Mutants inside functions: their code is exchanged under tests already collected."""
    words = [*QUIET, *SEEDED, "--tb=native", *ground.tests]
    pytest.main(words, plugins=[_Loop(ground, found, lines, tell)])


def try_cold(ground: Ground, mutant: Mutant, lines: Touched, *, is_of_all: bool = False) -> Answer:
    """A mutant of what a module is made of: everything is imported anew, with it in place."""
    # Its own tests first: one may look only at what a class is made of, and run no line of it.
    own = [name for name in lines.seconds if f"test_{mutant.module}.py" in name or TABLES in name]
    names = lines.any_of(mutant.module)
    files = Counter(_file_of(name) for name in names).most_common(MOST_FILES)
    near = [name for name in names if _file_of(name) in dict(files)]
    first = list(dict.fromkeys([*own, *near]))
    asked = sorted(lines.seconds, key=lambda name: lines.seconds[name]) if is_of_all else names
    rest = [name for name in asked if name not in first]
    code = SURVIVED
    for part in [first, rest] if rest else [first]:
        cpu_s = LEAST_CPU_S + TIMES_EXPECTED * sum(lines.seconds[name] for name in part)
        code = code or _in_child(functools.partial(_cold, ground, mutant, part), cpu_s)
    assert code != NOT_ASKED, f"pytest did not know one of the tests of {mutant.id}"
    return _answer(mutant, [code])


def _file_of(test: str) -> str:
    return test.partition("::")[0]


def _cold(ground: Ground, mutant: Mutant, names: Sequence[str]) -> int:
    code = compile(mutant.tree(ground.file(mutant.module)), mutant.module, "exec")
    sys.meta_path.insert(0, _Planted(ground.name(mutant.module), code, ground))
    try:
        # Before pytest is: asked for a doctest, it would read that module from its file.
        importlib.import_module(ground.name(mutant.module))
        ground.load()
    except BaseException:  # noqa: BLE001  whatever breaks, broke by the mutant
        return BY_CONTENT
    if not names:
        return SURVIVED
    options = [word for word in ground.tests if word.startswith("-")]
    ended = pytest.main([*QUIET, *SEEDED, "-x", *options, *names])
    if ended == pytest.ExitCode.USAGE_ERROR:
        return NOT_ASKED
    return SURVIVED if ended == pytest.ExitCode.OK else BY_TEST


class _Planted(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the mutated code when its module is imported."""

    def __init__(self, name: str, code: CodeType, ground: Ground) -> None:
        self.name, self.code, self.ground = name, code, ground

    def find_spec(
        self, fullname: str, _path: object, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        path = self.ground.file(fullname.rpartition(".")[2])
        return importlib.util.spec_from_file_location(fullname, path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)  # noqa: S102  our own source with one change


class _Loop:
    """Takes the place of pytest's loop over the tests: a loop over mutants."""

    def __init__(self, ground: Ground, found: Sequence[Mutant], lines: Touched, tell: Tell) -> None:
        self.ground, self.found, self.lines, self.tell = ground, found, lines, tell
        self.has_failed = False
        self.noticed_by = mmap.mmap(-1, _PLACE)  # a child writes here which test it was
        self.noticing: list[str] = []
        self.trusted: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """A failure is all that is asked: no smaller example is looked for, and none is kept."""
        import hypothesis  # noqa: PLC0415  pytest itself must be the first to import it

        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("quick", deadline=None, database=None, phases=phases)
        hypothesis.settings.load_profile("quick")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        self.numbers = {name: number for number, name in enumerate(items)}
        self.ground.load()
        self.alive = Alive.found(self.ground)
        gc.collect()
        gc.freeze()
        for mutant in self.found:
            self.tell(mutant, self._try(mutant, items))
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.has_failed = self.has_failed or report.failed

    def _try(self, mutant: Mutant, items: dict[str, pytest.Item]) -> Answer:
        quick = [name for name in self.lines.tests(mutant.module, mutant.line) if name in items]
        first = [name for name in self.noticing if name in quick]
        names = list(dict.fromkeys([*first, *quick]))
        expected_s = sum(self.lines.seconds[name] for name in names)
        cpu_s = LEAST_CPU_S + TIMES_EXPECTED * expected_s
        chosen = [items[name] for name in names]
        is_built = mutant.line in self.lines.built.get(mutant.module, [])
        # Where content is built anew all of them are asked then; a few notice most without that.
        asked = chosen[:MOST_FIRST] if is_built else chosen
        ways = [lambda: self._run(mutant, asked)] if asked else []
        if is_built:
            own = [items[name] for name in items if f"test_{mutant.module}.py" in name]
            again = list({item.nodeid: item for item in [*own, *chosen]}.values())
            ways.append(lambda: self._build_and_run(mutant, again))
        codes = []
        for way in ways:
            codes.append(_in_child(way, cpu_s))
            if codes[-1] != SURVIVED:
                break
        if codes and codes[-1] == BY_TEST:
            by = [*items][int.from_bytes(self.noticed_by[:])]
            assert by in self.trusted or self._passes_unchanged(items[by]), f"{by} fails by itself"
            self.trusted.add(by)
            self.noticing = [by, *(name for name in self.noticing if name != by)][:MOST_FIRST]
        return _answer(mutant, codes)

    def _run(self, mutant: Mutant, items: Sequence[pytest.Item]) -> int:
        exchange(mutant, self.ground, self.alive)
        return self._all(items)

    def _build_and_run(self, mutant: Mutant, items: Sequence[pytest.Item]) -> int:
        """What the mutant builds is asked too: content loaded anew, and every cache emptied."""
        exchange(mutant, self.ground, self.alive)
        for cached in self.alive.caches:
            cached.cache_clear()
        try:
            self.ground.load()
        except BaseException:  # noqa: BLE001  whatever breaks, broke by the mutant
            return BY_CONTENT
        return self._all(items)

    def _passes_unchanged(self, item: pytest.Item) -> bool:
        cpu_s = LEAST_CPU_S + TIMES_EXPECTED * self.lines.seconds[item.nodeid]
        return _in_child(lambda: self._all([item]), cpu_s) == SURVIVED

    def _all(self, items: Sequence[pytest.Item]) -> int:
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.has_failed:
                self.noticed_by[:] = self.numbers[item.nodeid].to_bytes(_PLACE)
                return BY_TEST
        return SURVIVED


@dataclass(frozen=True, slots=True)
class Alive:
    """The functions of the package, by module, name and first line, and every cache of ours.

    Looked for once: each look touches every object, and a child would copy all of them for it.
    """

    functions: dict[tuple[str, str, int], list[FunctionType]]
    caches: list["functools._lru_cache_wrapper[object]"]

    @staticmethod
    def found(ground: Ground) -> "Alive":
        alive = Alive({}, [])
        for each in gc.get_objects():
            if isinstance(each, functools._lru_cache_wrapper) and _is_ours(each):
                alive.caches.append(each)
            elif isinstance(each, FunctionType) and str(each.__module__).startswith(ground.package):
                code = each.__code__
                key = (each.__module__, code.co_qualname, code.co_firstlineno)
                alive.functions.setdefault(key, []).append(each)
        return alive


def exchange(mutant: Mutant, ground: Ground, alive: Alive) -> None:
    """Put the mutated code under the function that lives, wherever it hangs."""
    tree = mutant.tree(ground.file(mutant.module))
    code = _code_of(compile(tree, "mutant", "exec"), mutant.function)
    key = (ground.name(mutant.module), mutant.function, code.co_firstlineno)
    assert key in alive.functions, f"{mutant.function} is not alive"
    for function in alive.functions[key]:
        function.__code__ = code


def _code_of(code: CodeType, qualified: str) -> CodeType:
    found = [code]
    for each in found:
        if each.co_qualname == qualified:
            return each
        found += [const for const in each.co_consts if isinstance(const, CodeType)]
    raise LookupError(qualified)


def _is_ours(cached: object) -> bool:
    return str(getattr(cached, "__module__", "")).startswith(("serein.", "tests."))


def _in_child(act: Callable[[], int], cpu_s: float) -> int:
    """The code with which a child ended that did this; what the system ended counts as noticed."""
    child = os.fork()
    if not child:
        _be_child(act, int(cpu_s))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _be_child(act: Callable[[], int], cpu_s: int) -> NoReturn:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    out = os.open(os.devnull, os.O_WRONLY)
    os.dup2(out, 1)
    os.dup2(out, 2)
    code = BY_BREAKING
    try:
        code = act()
    finally:
        os._exit(code)


def _answer(mutant: Mutant, codes: Sequence[int]) -> Answer:
    last = codes[-1] if codes else SURVIVED
    if last == SURVIVED:
        return Answer(mutant.id, "survived", "" if codes else "no test runs the line")
    return Answer(mutant.id, "killed", _BY.get(last, "time or memory"))


def parses(mutant: Mutant, ground: Ground) -> bool:
    """Whether the mutant is a module at all."""
    try:
        compile(mutant.tree(ground.file(mutant.module)), "mutant", "exec")
    except (SyntaxError, ValueError):
        return False
    return True
