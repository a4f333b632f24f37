"""`make mutation`: which small wrong changes of the clinical rules no test notices.

`python3 run.py test mutation` tries every mutant of every module; with names of modules, of those;
with `--sample N --seed S`, so many drawn from them. 1 when one survives without a written reason.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.mutation.ground import CLINICAL, Ground, planted
from tests.mutation.reasons import Reason, reasons
from tests.mutation.run import WORKERS, chosen, run
from tests.mutation.trying import Answer


def main(words: Sequence[str]) -> int:
    """Try the mutants that were asked for and say what came of them."""
    parser = argparse.ArgumentParser(prog="mutation", description=__doc__)
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--planted", type=Path, help="the planted example; keep answers there")
    parser.add_argument("--accepted", action="store_true", help="ask accepted survivors too")
    parser.add_argument("--anew", action="store_true", help="forget what is known")
    parser.add_argument("--workers", type=int, default=WORKERS, help="how many try at one time")
    typed = parser.parse_args(words)
    ground = planted(typed.planted) if typed.planted else CLINICAL
    modules = typed.modules or ground.modules()
    found = chosen(ground, modules, sample=typed.sample, seed=typed.seed)
    accepted = {} if typed.planted else reasons()
    spared = () if typed.accepted else accepted
    asked = [each for each in found if each.id not in spared]
    answers = run(ground, asked, is_resumed=not typed.anew, workers=typed.workers)
    answers += [Answer(each.id, "survived", "accepted") for each in found if each.id in spared]
    told = told_of(ground, answers, accepted)
    (ground.kept / "survivors.txt").write_text("".join(f"{line}\n" for line in told))
    sys.stdout.write("\n".join([*told, table(answers, accepted)]) + "\n")
    return 1 if told else 0


def told_of(ground: Ground, answers: Iterable[Answer], accepted: dict[str, Reason]) -> list[str]:
    """Each survivor without a reason, and each reason whose mutant a test notices now."""
    survived = {answer.mutant: answer.by for answer in answers if answer.outcome == "survived"}
    killed = {answer.mutant for answer in answers if answer.outcome == "killed"}
    bare = [name for name in survived if name not in accepted]
    lines = [f"SURVIVED {name}" + (f"  ({survived[name]})" * bool(survived[name])) for name in bare]
    return lines + [f"NOTICED NOW, drop its reason: {name}" for name in accepted if name in killed]


def table(answers: Sequence[Answer], accepted: dict[str, Reason]) -> str:
    """Killed and survived by module, as the page of results shows them."""
    killed: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    bare: Counter[str] = Counter()
    for answer in answers:
        module = answer.mutant.partition(":")[0]
        if answer.outcome == "killed":
            killed[module] += 1
        else:
            (kept if answer.mutant in accepted else bare)[module] += 1
    rows = [
        f"| {module} | {killed[module]} | {kept[module]} | {bare[module]} |"
        for module in sorted({*killed, *kept, *bare})
    ]
    total = f"| all | {killed.total()} | {kept.total()} | {bare.total()} |"
    head = ["| module | killed | survived with a reason | without |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, total])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
