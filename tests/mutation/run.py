"""A run over mutants: a few workers, what is known already left out, every answer kept at once."""

import json
import os
import random
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.mutation.coverage_map import Touched, asked, touched
from tests.mutation.ground import Ground
from tests.mutation.operators import Mutant, fingerprint, mutants
from tests.mutation.trying import Answer, parses, try_cold, try_warm

WORKERS = 2


def chosen(ground: Ground, modules: Iterable[str], *, sample: int, seed: int) -> list[Mutant]:
    """Every mutant of these modules, or so many of them drawn with this seed."""
    found = [each for module in modules for each in mutants(ground.file(module))]
    if sample:
        found = random.Random(seed).sample(found, min(sample, len(found)))  # noqa: S311  no secret
    return [each for each in found if parses(each, ground)]


def run(
    ground: Ground, found: Sequence[Mutant], *, is_resumed: bool = True, workers: int = WORKERS
) -> list[Answer]:
    """What became of each mutant; an answer that still holds is not worked out again."""
    state = asked(ground)
    begun = 0 if is_resumed or not _file(ground).exists() else _file(ground).stat().st_size
    known = _known(ground, state, begun)
    while left := [each for each in found if each.id not in known]:
        lines = touched(ground)
        mine = [part for number in range(workers) if (part := left[number::workers])]
        children = [_worker(ground, part, lines, state) for part in mine]
        ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        fresh = _known(ground, state, begun)
        # A worker that the machine ended loses no answer; only a standstill is told.
        broken = f"the workers ended with {ended}; see {ground.kept}/worker.log"
        assert fresh.keys() & {each.id for each in left}, broken
        known |= fresh
    return [known[each.id] for each in found]


def _worker(ground: Ground, mine: Sequence[Mutant], lines: Touched, state: str) -> int:
    child = os.fork()
    if child:
        return child
    log = os.open(ground.kept / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 1
    try:
        _work(ground, mine, lines, state)
        code = 0
    except BaseException:  # noqa: BLE001  the parent reads the end of this process, not its error
        traceback.print_exc()
    finally:
        os._exit(code)


def _work(ground: Ground, mine: Sequence[Mutant], lines: Touched, state: str) -> None:
    def tell(mutant: Mutant, answer: Answer) -> None:
        of = fingerprint(ground.file(mutant.module))
        line = json.dumps({"of": of, "asked": state, **asdict(answer)}) + "\n"
        with _file(ground).open("a", encoding="utf-8") as kept:
            kept.write(line)

    # Nothing of the package is imported here: the cold ones import it themselves, mutated.
    for mutant in mine:
        if not mutant.function:
            tell(mutant, try_cold(ground, mutant, lines))
    warm = [each for each in mine if each.function]
    child = os.fork()
    if not child:
        try_warm(ground, warm, lines, tell)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0, "the warm mutants were not tried to the end"
    # What a test holds since its own import was built unchanged: those are asked from the start.
    known = _known(ground, state, 0)
    for mutant in warm:
        is_built = mutant.line in lines.built.get(mutant.module, [])
        if is_built and known[mutant.id].outcome == "survived":
            tell(mutant, try_cold(ground, mutant, lines, is_of_all=True))


def _known(ground: Ground, state: str, begun: int) -> dict[str, Answer]:
    """Kept answers that hold: killed while its module is unchanged, survived while nothing is."""
    path = _file(ground)
    found = {}
    sources = {module: fingerprint(ground.file(module)) for module in ground.modules()}
    kept = path.read_bytes()[begun:].decode() if path.exists() else ""
    for line in kept.splitlines():
        told = json.loads(line)
        answer = Answer(told["mutant"], told["outcome"], told["by"])
        is_of_now = told["of"] == sources.get(answer.mutant.partition(":")[0])
        if is_of_now and (answer.outcome == "killed" or told["asked"] == state):
            found[answer.mutant] = answer
    return found


def _file(ground: Ground) -> Path:
    return ground.kept / "answers.jsonl"
