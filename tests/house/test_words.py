"""Every sentence a person reads can be translated: templates and the server's own sentences."""

import ast
import re
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

from tests.house.tree import PACKAGE, is_vendored, name, place, syntax

TEMPLATES = sorted(
    path
    for path in (PACKAGE / "server").rglob("*.html")
    if "templates" in path.parts and not is_vendored(path)
)
NOT_SHOWN = re.compile(
    r"\{#.*?#\}|\{%\s*comment.*?endcomment\s*%\}|<!--.*?-->|<style.*?</style>|<script.*?</script>"
    r"|\{%\s*(?:blocktranslate|blocktrans)\b.*?\{%\s*end(?:blocktranslate|blocktrans)\s*%\}"
    r"|\{%.*?%\}|\{\{.*?\}\}",
    re.S,
)
SHOWN_ATTRIBUTE = re.compile(r"""\b(?:aria-label|title|placeholder|alt)=(["'])(.*?)\1""", re.S)
TAG = re.compile(r"<[^>]*>", re.S)
ENTITY = re.compile(r"&\w+;|&#\d+;")
WORD = re.compile(r"[^\W\d_]{2,}")
# Names and units that are the same in every language.
EVERYWHERE = {
    "Serein",
    "mmHg",
    "SpO",
    "HR",
    "BP",
    "min",
    "mg",
    "mL",
    "kg",
    "cm",
    "bpm",
    "PDF",
    "JSON",
    "FHIR",
}


def plain(match):
    """Blank out what is not shown, keeping the lines."""
    return "\n" * match.group().count("\n")


def untranslated(path: Path):
    text = NOT_SHOWN.sub(plain, path.read_text(encoding="utf-8"))
    attributes = [(m.start(), m.group(2)) for m in SHOWN_ATTRIBUTE.finditer(text)]
    between = TAG.sub(plain, text)
    for number, line in enumerate(between.splitlines(), 1):
        if words := set(WORD.findall(ENTITY.sub("", line))) - EVERYWHERE:
            yield f"{place(path, number)} {sorted(words)}"
    for start, value in attributes:
        if set(WORD.findall(ENTITY.sub("", value))) - EVERYWHERE:
            yield f"{place(path, text[:start].count(chr(10)) + 1)} {value!r}"


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_has_no_words_outside_a_translation(path):
    found = list(untranslated(path))
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_can_be_read_into_a_catalogue(path):
    catalogue = templatize(path.read_text(encoding="utf-8"), origin=name(path))
    assert isinstance(catalogue, str)


def test_a_word_outside_a_translation_is_found():
    text = '<p aria-label="{% translate "Good" %}">{% translate "Fine" %} <b>Bad</b> {{ name }}</p>'
    assert WORD.findall(TAG.sub("", NOT_SHOWN.sub(plain, text))) == ["Bad"]


def test_a_sentence_to_translate_is_never_put_together_first():
    built = [
        place(path, node.lineno)
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("_", "gettext", "gettext_lazy", "ngettext")
        and node.args
        and not isinstance(node.args[0], ast.Constant)
    ]
    assert built == []
