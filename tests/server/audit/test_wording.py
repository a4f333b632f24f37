"""Every act that the log can hold has words on its pages."""

import ast
import re
from pathlib import Path

import serein.server
from serein.server.audit.templatetags.acts import act
from serein.server.audit.wording import acts

VERB = re.compile(r"[a-z]+\.[a-z_]+")


def written_verbs():
    """Every verb that the code hands to the log: `verb="..."`, as an argument or a variable."""
    for path in Path(serein.server.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case (
                    ast.keyword(arg="verb", value=ast.Constant(value=str(verb)))
                    | ast.Assign(targets=[ast.Name(id="verb")], value=ast.Constant(value=str(verb)))
                ) if VERB.fullmatch(verb):
                    yield verb


# Asked of the table of permissions and never written.
ASKED = {"patients.search", "audit.view", "audit.view_patient"}


def test_every_verb_in_the_code_has_words():
    found = set(written_verbs()) - ASKED

    assert len(found) > 30
    assert found - set(acts()) == set()


def test_a_verb_without_words_is_shown_as_it_is():
    assert act("patients.register") == "registered the patient"
    assert act("gossip.spread") == "gossip.spread"
