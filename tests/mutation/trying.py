"""One mutant after the other, each in a process of its own that inherits everything ready."""

import functools
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Literal, NoReturn

import pytest

from tests.mutation.coverage_map import QUIET, SEEDED, Touched
from tests.mutation.ground import Ground
from tests.mutation.operators import Mutant

Outcome = Literal["killed", "survived"]
SURVIVED, BY_TEST, BY_CONTENT, BY_BREAKING = 0, 10, 11, 12
_BY = {BY_TEST: "test", BY_CONTENT: "content", BY_BREAKING: "import"}
# A mutant that loops is ended by the time it may spend, not by the clock of a busy machine.
LEAST_CPU_S, TIMES_EXPECTED, MOST_BYTES = 15, 6, 6 * 2**30


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a mutant, and what noticed it."""

    mutant: str
    outcome: Outcome
    by: str


Tell = Callable[[Mutant, Answer], None]


def try_warm(ground: Ground, found: Sequence[Mutant], lines: Touched, tell: Tell) -> None:
    """Mutants inside functions: their code is exchanged under tests already collected."""
    pytest.main([*QUIET, *SEEDED, *ground.tests], plugins=[_Loop(ground, found, lines, tell)])


def try_cold(ground: Ground, mutant: Mutant, lines: Touched) -> Answer:
    """A mutant of what a module is made of: everything is imported anew, with it in place."""
    names = lines.any_of(mutant.module)
    cpu_s = LEAST_CPU_S + TIMES_EXPECTED * sum(lines.seconds[name] for name in names)
    return _answer(mutant, [_in_child(lambda: _cold(ground, mutant, names), cpu_s)])


def _cold(ground: Ground, mutant: Mutant, names: Sequence[str]) -> int:
    code = compile(mutant.tree(ground.file(mutant.module)), mutant.module, "exec")
    sys.meta_path.insert(0, _Planted(ground.name(mutant.module), code, ground))
    try:
        ground.load()
    except BaseException:  # noqa: BLE001  whatever breaks, broke by the mutant
        return BY_CONTENT
    own = [name for name in names if f"test_{mutant.module}.py" in name]
    others = [name for name in names if name not in own]
    if not names:
        return SURVIVED
    ended = pytest.main([*QUIET, *SEEDED, "-x", *own, *others])
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

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        self.ground.load()
        for mutant in self.found:
            self.tell(mutant, self._try(mutant, items))
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.has_failed = self.has_failed or report.failed

    def _try(self, mutant: Mutant, items: dict[str, pytest.Item]) -> Answer:
        names = [name for name in self.lines.tests(mutant.module, mutant.line) if name in items]
        expected_s = sum(self.lines.seconds[name] for name in names)
        cpu_s = LEAST_CPU_S + TIMES_EXPECTED * expected_s
        chosen = [items[name] for name in names]
        ways = [lambda: self._run(mutant, chosen)] if chosen else []
        if mutant.line in self.lines.built.get(mutant.module, []):
            own = [items[name] for name in items if f"test_{mutant.module}.py" in name]
            again = list({item.nodeid: item for item in [*own, *chosen]}.values())
            ways.append(lambda: self._build_and_run(mutant, again))
        codes = []
        for way in ways:
            codes.append(_in_child(way, cpu_s))
            if codes[-1] != SURVIVED:
                break
        return _answer(mutant, codes)

    def _run(self, mutant: Mutant, items: Sequence[pytest.Item]) -> int:
        exchange(mutant, self.ground)
        return self._all(items)

    def _build_and_run(self, mutant: Mutant, items: Sequence[pytest.Item]) -> int:
        """What the mutant builds is asked too: content loaded anew, and every cache emptied."""
        exchange(mutant, self.ground)
        for each in gc.get_objects():
            if isinstance(each, functools._lru_cache_wrapper) and _is_ours(each):
                each.cache_clear()
        try:
            self.ground.load()
        except BaseException:  # noqa: BLE001  whatever breaks, broke by the mutant
            return BY_CONTENT
        return self._all(items)

    def _all(self, items: Sequence[pytest.Item]) -> int:
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.has_failed:
                return BY_TEST
        return SURVIVED


def exchange(mutant: Mutant, ground: Ground) -> None:
    """Put the mutated code under the function that lives, wherever it hangs."""
    tree = mutant.tree(ground.file(mutant.module))
    code = _code_of(compile(tree, "mutant", "exec"), mutant.function)
    name = ground.name(mutant.module)
    alive = [
        each
        for each in gc.get_objects()
        if isinstance(each, FunctionType)
        and each.__module__ == name
        and each.__code__.co_qualname == mutant.function
        and each.__code__.co_firstlineno == code.co_firstlineno
    ]
    assert alive, f"{mutant.function} is not alive"
    for function in alive:
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
