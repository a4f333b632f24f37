"""The thirty rules and the one beside them: what each says, and which file or code carries it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docs.written_content import table

MAPPING = Path(__file__).parent / "thirty_rules.toml"
NUMBERS = range(1, 32)  # the last is the one beside the thirty


def mapping() -> list[dict[str, Any]]:
    """Each rule: number, text, and what carries it, as the file has it."""
    rules: list[dict[str, Any]] = tomllib.loads(MAPPING.read_text(encoding="utf-8"))["rule"]
    return rules


def page() -> str:
    """The table of the rules."""
    rows = [(_number(rule), rule["text"], _carried(rule)) for rule in mapping()]
    return (
        "# The thirty rules\n\nWhat the product must decide by itself, in short, and where each "
        "rule lives: the content file and the\nrule in it, a worked case that holds it to its "
        "word, or the code.\nNumbers stand in the files alone, each with its source.\n\n"
        + table(("rule", "says", "carried by"), rows)
    )


def _number(rule: Mapping[str, Any]) -> str:
    return "beside" if rule["number"] == NUMBERS[-1] else str(rule["number"])


def _carried(rule: Mapping[str, Any]) -> str:
    parts = [_place(each) for each in rule.get("carried", [])] or ["*not yet carried*"]
    note = [f"*{rule['note']}*"] if "note" in rule else []
    return "<br>".join([*parts, *note])


def _place(each: Mapping[str, str]) -> str:
    if "code" in each:
        return f"`{each['code']}`"
    words = [f"[`{each['file']}`](content/{each['file']}.md)"]
    words += [f"`{each['rule']}`"] if "rule" in each else []
    words += [f"“{each['case']}”"] if "case" in each else []
    return " ".join(words)
