import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.clinical import library
from serein.clinical.content_lines import line_of, names_of, spots
from serein.clinical.errors import ContentError
from serein.clinical.library import PACKAGED

FILES = sorted(PACKAGED.rglob("*.toml"))
PROTOCOL = PACKAGED / "protocols" / "esketamine-trd-us.v1.toml"


def tables(raw: Any, key: str = "") -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every table of a file: the key by names, the word it stands under, and the table."""
    for name, inner in raw.items():
        place = f"{key}.{name}" if key else name
        for row_place, row in rows(inner, place):
            yield row_place, name, row
            yield from tables(row, row_place)


def rows(inner: Any, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(inner, Mapping):
        yield place, inner
    elif isinstance(inner, list):
        for number, row in enumerate(inner, start=1):
            if isinstance(row, Mapping):
                names = names_of(row, number)
                # A name that a second row has too would lead to the first.
                is_alone = sum(names[0] in names_of(each, 0) for each in inner) == 1
                yield f"{place}.{names[0] if is_alone else number}", row


def is_the_place(line: str, word: str, table: Mapping[str, Any]) -> bool:
    begins = (
        f"[[{word}]]",
        f"[{word}]",
        f"[{word}.",
        f"{word} = {{",
        f'"{word}" = {{',
        f"{word} = [",
    )
    holds = all(str(value) in line for value in table.values() if isinstance(value, str))
    header = re.match(r"\s*\[+[\w.\"-]*" + re.escape(word) + r"\]", line)
    return bool(header) or any(each in line for each in begins) or ("{" in line and holds)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_line_of_every_table_holds_its_header_or_its_row(path: Path):
    text = path.read_text()
    lines = text.splitlines()
    for key, word, table in tables(tomllib.loads(text)):
        line = lines[line_of(text, key) - 1]
        assert is_the_place(line, word, table), (key, line)


def test_every_gate_of_the_protocol_begins_at_its_own_header():
    text = PROTOCOL.read_text()
    lines, gates = text.splitlines(), tomllib.loads(text)["gate"]
    found = [row.line for row in spots(text).inside["gate"].inside.values()]
    assert [lines[line - 1] for line in found] == ["[[gate]]"] * len(gates)
    assert [lines[line] for line in found] == [f'id = "{gate["id"]}"' for gate in gates]


TEXT = '''\
# [[gate]] in a comment is none
id = "mine"
"quoted.name" = 1
list = [
  "a # no comment ] and no end",  # ] nor this
  [1, 2.5],
  { text = """
two lines \\""" } still text"""" },
  { day = 2026-01-05 10:00:00, on = 2026-01-05 },
]
one.two.three = 'a literal \\'
empty = []
none = {}

[[gate]]
id = "first"
when = { all = [
  { fact = "a.b", at_most = 1 },
  { any = [{ fact = "c" },
    { not = { fact = "d" } }] },
] }

[[gate]]
id = "second"

[gate.overdue]
text = "late"

[[gate.follow]]
id = "then"

[[gate.follow]]
id = "at-last"

[scene]
"half past" = [{ code = "x.y", value = 1 },
  { code = "x.y", value = 2 }]

[[case]]
name = "dots. and: colons"
at = "10:00"
'''


@pytest.mark.parametrize(
    ("key", "begins"),
    [
        ("id", 'id = "mine"'),
        ("id.more", 'id = "mine"'),
        ("quoted.name", '"quoted.name"'),
        ("list", "list = ["),
        ("list.1", '  "a #'),
        ("list.2", "  [1,"),
        ("list.2.2", "  [1,"),
        ("list.3", "  { text"),
        ("list.4.on", "  { day"),
        ("one.two.three", "one.two"),
        ("empty.4", "empty"),
        ("none.such", "none"),
        ("gate.first.when.all.1", '  { fact = "a.b"'),
        ("gate.first.when.all.2.any.1.fact", "  { any"),
        ("gate.first.when.all.2.any.2.not.fact", "    { not"),
        ("gate.first.when.all.2.colour", "  { any"),
        ("gate.first.nothing", "[[gate]]"),
        ("gate.second.overdue.text", 'text = "late"'),
        ("gate.2.follow.at-last.id", 'id = "at-last"'),
        ("gate.second.follow", "[[gate.follow]]"),
        ("at-last", "# [[gate]]"),
        ("second", "[[gate]]"),
        ("scene.half past.x.y.2", '  { code = "x.y", value = 2'),
        ("scene.half past.x.y", '"half past"'),
        ("case: dots. and: colons", "[[case]]"),
        ("case.dots. and: colons.at", 'at = "10:00"'),
        ("case: nobody's", "[[case]]"),
        ("", "# [[gate]]"),
        ("nowhere", "# [[gate]]"),
    ],
)
def test_a_key_leads_to_its_line_or_to_the_nearest_table_around_it(key, begins):
    assert TEXT.splitlines()[line_of(TEXT, key) - 1].startswith(begins)


def test_an_id_alone_leads_to_the_last_that_has_it():
    text = '[[gate]]\nid = "twice"\n\n[[alert]]\nid = "twice"\n'
    assert line_of(text, "twice") == 4


def test_a_name_alone_leads_to_its_row_though_the_row_has_an_id_too():
    text = '[[gate]]\nid = "a"\n\n[[gate]]\nid = "b"\nname = "second"\n'
    assert line_of(text, "second") == 4


def test_a_file_begins_at_its_first_line():
    assert spots('\n\nid = "x"\n').line == 1


def test_spaces_may_stand_around_the_parts_of_a_header_and_of_a_key():
    text = '[[ gate ]]\nid = "a"\n[ one . two ]\nthree . four = 1\n'
    assert line_of(text, "gate.a") == 1
    assert line_of(text, "one.two.three.four") == 4


def test_quotes_at_the_end_of_a_long_text_belong_to_it():
    text = 'list = ["""a"""", """b""""",\n3]\n'
    assert [each.line for each in spots(text).inside["list"].inside.values()] == [1, 1, 2]


def test_lines_end_as_other_systems_end_them():
    text = 'id = "x"\r\nmany = """\r\ntwo"""\r\n\r\n[[gate]]\r\nid = "y"\r\n# no end'
    assert line_of(text, "gate.y") == 5


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'id = "x"\nversion = \n', 2),
        (b'id = "x"\n[[gate]\n', 2),
        (b'id = "x"\nlist = [1,\n', 2),
        (b'id = "x"\ntext = "\xff"\n', 2),
        (b'\ntext = "\xff"\n', 2),
        (b"id =", 1),
    ],
)
def test_a_file_that_is_no_toml_names_the_line_where_it_stops(tmp_path, content, line):
    (tmp_path / "protocols").mkdir()
    (tmp_path / "protocols" / "bad.v1.toml").write_bytes(content)
    ((problem,),) = [report.problems for report in library.check(tmp_path)]
    assert problem.line == line
    assert str(problem.error()).startswith(f"protocols/bad.v1.toml:{line}: is not readable")


def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path):
    shared = PROTOCOL.with_name("esketamine-session-us.v1.toml").read_text()
    text = shared.replace('id = "esketamine-session-us"', 'id = "mine"', 1).replace(
        '{ fact = "bp.diastolic", at_most = 90 }', '{ fact = "bp.dia", at_most = 90 }', 1
    )
    (tmp_path / "protocols").mkdir()
    (tmp_path / "protocols" / "mine.v1.toml").write_text(text)

    with pytest.raises(ContentError) as caught:
        library.load(tmp_path)

    line = next(n for n, each in enumerate(text.splitlines(), 1) if '"bp.dia"' in each)
    assert caught.value.line == line
    assert str(caught.value).startswith(
        f"protocols/mine.v1.toml:{line}: gate.baseline-pressure.when.all.2: unknown fact"
    )


def test_a_changed_release_points_at_the_file_and_a_lost_one_at_no_line(tmp_path):
    path = tmp_path / "mine.v1.toml"
    path.write_text('kind = "protocol"\n')
    (tmp_path / "RELEASED").write_text("0  mine.v1.toml\n0  lost.v1.toml\n")

    found = {
        (one.file, one.key): one.line
        for report in library.check(tmp_path)
        for one in report.problems
    }

    assert found["mine.v1.toml", "RELEASED"] == 1
    assert found["lost.v1.toml", "RELEASED"] is None


values = st.recursive(
    st.integers(-5, 5) | st.booleans() | st.text("ab\"'\\[]{}#=\n., é", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab. #]\"'", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[\n" + "".join(f"  {written(each)}, # ] }} \" '\n" for each in value) + "]"
    if isinstance(value, dict):
        inside = ", ".join(f"{quoted(name)} = {written(each)}" for name, each in value.items())
        return f"{{ {inside} }}"
    return str(value)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return {str(number): shape(each) for number, each in enumerate(value, start=1)}
    return {}


def places(spot: Any) -> Any:
    return {name: places(inner) for name, inner in spot.inside.items()}


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), values, max_size=4))
def test_every_value_of_any_file_has_a_place_and_no_other_has(raw):
    text = "".join(f"{name} = {written(value)}\n" for name, value in raw.items())
    assert tomllib.loads(text) == raw
    found = spots(text)
    assert places(found) == shape(raw)
    lines = text.splitlines()
    for name, spot in found.inside.items():
        assert lines[spot.line - 1].startswith(f"{name} = ")
