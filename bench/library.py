"""The clinical library: its import, its load, one answer, and a hundred thousand charts."""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from bench._charts import NOW, charts, long_chart
from bench._figures import Act, Figure, in_turn, median, spread, tell
from serein.clinical import library, policies
from serein.clinical.facts import Fact
from serein.clinical.monitoring import read_session

POLICY = "cigna-esketamine-trd"
FEW, MANY = 10_000, 100_000
IMPORT_S, LOAD_S, ANSWER_MS = 0.15, 2.0, 5.0
# A payer's seven criteria with trials against reading the same chart as text.
TIMES_JSON, GROWTH, MEMORY_GROWTH = 25.0, 1.2, 1.1
FRESH_RUNS, RUNS, FACTS = 12, 60, 500
LOAD = "from serein.clinical import library; library.load()"


def main() -> int:
    """Measure all; 1 when a limit does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", type=int, help="judge so many charts and print what it cost")
    asked = parser.parse_args()
    if asked.judge:
        sys.stdout.write(json.dumps(_judge_charts(asked.judge)) + "\n")
        return 0
    return tell(figure for part in (_starts(), _answers(), _many(MANY)) for figure in part)


def _fresh(script: str) -> Act:
    return lambda: subprocess.run([sys.executable, "-c", script], check=True)


def _starts() -> Iterator[Figure]:
    """In processes of their own, in turn with one that does nothing."""
    scripts = {
        "bare": "pass",
        "package": "import serein.clinical",
        "rules": "from serein.clinical import library",
        "load": LOAD,
    }
    spent = in_turn(FRESH_RUNS, {name: _fresh(script) for name, script in scripts.items()})
    bare, package, rules, load = (median(spent[name]) / 1000 for name in scripts)
    note = (
        f"a fresh Python; one that does nothing: {bare * 1000:.0f} ms; the package names nothing by"
        f" itself, and its library with every kind of file takes {rules * 1000:.0f} ms"
    )
    yield Figure("import serein.clinical", package, "s", IMPORT_S, note=note)
    said = f"a fresh Python, import of every rule included; {spread(spent['load'])}"
    yield Figure("the whole library loaded, every case run", load, "s", LOAD_S, note=said)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _fresh(LOAD)()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    yield Figure("the same, processor time", cpu, "s", LOAD_S, note="user and system")


def _answers() -> Iterator[Figure]:
    """The dearest policy and the dearest protocol over one long chart."""
    shelf = library.load()
    chart = long_chart(FACTS, seed=1)
    judged: dict[str, Act] = {
        each.id: lambda each=each: policies.judge(each, chart, now=NOW, on=shelf.shelf)  # type: ignore[misc]  # a default binds it now
        for each in shelf.shelf.of_kind("policy")
    }
    read: dict[str, Act] = {
        each.id: lambda each=each: read_session(  # type: ignore[misc]  # a default binds it now
            each, chart, now=NOW, dictionary=shelf.dictionary
        )
        for each in shelf.shelf.of_kind("protocol")
    }
    for what, acts in (("judge", judged), ("read_session", read)):
        spent = in_turn(RUNS, acts)
        worst = max(spent, key=lambda name: median(spent[name]))
        note = f"{spread(spent[worst])}; {worst}, the dearest of {len(acts)}"
        yield Figure(f"{what} over {FACTS} facts", median(spent[worst]), "ms", ANSWER_MS, note=note)


def _many(count: int) -> Iterator[Figure]:
    """Ten thousand charts and more of them, each number in a process of its own."""
    few, many = (_measured(number) for number in (FEW, count))
    each_few, each_many = (told["judge_s"] / told["charts"] * 1000 for told in (few, many))
    json_ms = many["json_s"] / many["charts"] * 1000
    per_s = many["charts"] / many["judge_s"]
    facts_per_s = many["facts"] / many["judge_s"]
    what = f"one of {count:,} charts judged against a payer's policy"
    yield Figure(
        what,
        each_many,
        "ms",
        TIMES_JSON,
        ceiling=json_ms,
        ceiling_what="json.loads of the same chart",
        note=f"{per_s:,.0f} charts/s, {facts_per_s:,.0f} facts/s; {POLICY}; one core",
    )
    # As multiples of their own run's json.loads: the machine's speed drifts between the two.
    yield Figure(
        f"the same, growth from {FEW:,}",
        many["judge_s"] / many["json_s"],
        "json.loads",
        GROWTH,
        ceiling=few["judge_s"] / few["json_s"],
        ceiling_what=f"that of {FEW:,} charts",
        note=f"{each_few:.3f} ms and {each_many:.3f} ms per chart",
    )
    yield Figure(
        f"the same, memory of {count:,}",
        many["peak_mib"],
        "MiB",
        MEMORY_GROWTH,
        ceiling=few["peak_mib"],
        ceiling_what=f"that of {FEW:,} charts",
        note="peak resident",
    )


def _measured(count: int) -> dict[str, float]:
    words = [sys.executable, "-m", "bench.library", "--judge", str(count)]
    ended = subprocess.run(words, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(ended.stdout)
    return told


def _judge_charts(count: int) -> dict[str, float]:
    """Processor seconds of judging and of json.loads, over charts that are made and let go."""
    shelf = library.load().shelf
    policy = shelf.item("policy", POLICY)
    judge_s = json_s = 0.0
    facts = 0
    for chart in charts(count, seed=2):
        text = json.dumps([_row(fact) for fact in chart])
        begun = time.process_time()
        json.loads(text)
        read = time.process_time()
        policies.judge(policy, chart, now=NOW, on=shelf)
        judge_s += time.process_time() - read
        json_s += read - begun
        facts += len(chart)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "charts": count,
        "facts": facts,
        "judge_s": judge_s,
        "json_s": json_s,
        "peak_mib": peak,
    }


def _row(fact: Fact) -> dict[str, object]:
    at = fact.effective_at.isoformat()
    return {"id": str(fact.id), "code": fact.code, "value": fact.value, "at": at}


if __name__ == "__main__":
    sys.exit(main())
