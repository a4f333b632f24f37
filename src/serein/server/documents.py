"""Paper: a typst template and a document's data, to a tagged PDF that is the same twice."""

import functools
import json
import struct
import unicodedata
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import ngettext

FONTS = Path(__file__).parent / "static" / "fonts"
SHARED = Path(__file__).parent / "documents"
# Letters that Inter lacks: the scripts in which a name or a note may have been typed.
MORE_FONTS = SHARED / "fonts"
BLANKS = "\t\n\r "
# Some fonts have a sign for it, and PDF/UA forbids it.
BYTE_ORDER = "\ufeff"
NO_SIGN = "□"


def typeset(
    template: Path, content: dict[str, Any], *, at: datetime, drawings: Collection[str] = ()
) -> bytes:
    """The PDF of one document; a sign that no font has is a box, and the paper says so.

    Values reach the template as data in `sys.inputs`, never as markup, so that a name that looks
    like a command prints as it was typed.

    Args:
        template: A .typ file; it may import `/house.typ`, the page all documents share.
        content: What the document says; plain JSON.
        at: The time of the document, written into the file in place of the machine's.
        drawings: The names in the content that are SVG: what they say is said in the rest too.
    """
    source = SHARED.joinpath("house.typ").read_text() + template.read_text()
    try:
        return _compiled(source, _printable(content, signs=_signs()), at=at, drawings=drawings)
    except typst.TypstError:
        # Some letter has a mark that its font lacks, and PDF/UA takes no paper with a gap in it.
        plain = _printable(content, signs=_plain_signs())
        return _compiled(source, plain, at=at, drawings=drawings)


def _compiled(
    source: str, content: dict[str, Any], *, at: datetime, drawings: Collection[str]
) -> bytes:
    unprinted = _unprinted([content[key] for key in content if key not in drawings])
    compiled = typst.compile(
        source.encode(),
        font_paths=_fonts(),
        sys_inputs={"content": json.dumps({**content, "unprinted": unprinted})},
        format="pdf",
        pdf_standards=["ua-1"],
        timestamp=int(at.timestamp()),
    )
    assert isinstance(compiled, bytes)
    return compiled


def _unprinted(told: list[Any]) -> str:
    """How many boxes the document has, in words; empty when it has none."""
    boxes = json.dumps(told, ensure_ascii=False).count(NO_SIGN)
    if not boxes:
        return ""
    return ngettext(
        "%(count)s sign could not be printed (□); the screen shows it.",
        "%(count)s signs could not be printed (□); the screen shows them.",
        boxes,
    ) % {"count": boxes}


def _printable(value: Any, *, signs: frozenset[str]) -> Any:
    """The same content in these signs."""
    if isinstance(value, str):
        whole = unicodedata.normalize("NFC", value)
        return "".join(_shown(sign, signs=signs) for sign in whole)
    if isinstance(value, dict):
        return {key: _printable(one, signs=signs) for key, one in value.items()}
    is_row = isinstance(value, list | tuple)
    return [_printable(one, signs=signs) for one in value] if is_row else value


def _shown(sign: str, *, signs: frozenset[str]) -> str:
    if sign in signs:
        return sign
    kind = unicodedata.category(sign)
    if kind in ("Zl", "Zp"):
        return "\n"
    # A control, a joiner, a mark that picks a colour: nobody sees these on the screen either.
    is_unseen = kind in ("Cc", "Cf") or "\ufe00" <= sign <= "\ufe0f"
    return "" if is_unseen else NO_SIGN


@functools.cache
def _fonts() -> typst.Fonts:
    """The bundled fonts, read once; what the machine has installed changes no document."""
    paths = [str(FONTS), str(MORE_FONTS)]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)


@functools.cache
def _signs() -> frozenset[str]:
    """Every sign that a bundled font can print."""
    return _signs_of(FONTS, MORE_FONTS)


@functools.cache
def _plain_signs() -> frozenset[str]:
    """Those of Inter that stand by themselves."""
    of_inter = _signs_of(FONTS)
    return frozenset(sign for sign in of_inter if unicodedata.category(sign)[0] != "M")


def _signs_of(*folders: Path) -> frozenset[str]:
    files = [file for folder in folders for file in folder.glob("*.ttf")]
    drawn = {chr(code) for file in files for code in _drawn(file.read_bytes())}
    kinds = {sign: unicodedata.category(sign) for sign in drawn}
    fitting = {sign for sign, kind in kinds.items() if kind not in ("Cc", "Zl", "Zp")}
    return frozenset((fitting | set(BLANKS)) - {BYTE_ORDER})


def _drawn(font: bytes) -> Iterator[int]:
    """The code points of a TrueType font's map; each of ours has one of format 4 or 12.

    Source:
        OpenType specification, `cmap`: Character to Glyph Index Mapping Table.
    """
    tables = struct.unpack_from(">H", font, 4)[0]
    entries = (struct.unpack_from(">4s4xI4x", font, 12 + 16 * one) for one in range(tables))
    start = dict(entries)[b"cmap"]
    for one in range(struct.unpack_from(">H", font, start + 2)[0]):
        at = start + struct.unpack_from(">4xI", font, start + 4 + 8 * one)[0]
        kind = struct.unpack_from(">H", font, at)[0]
        if kind == 4:  # noqa: PLR2004  the formats have numbers for names
            yield from _in_segments(font, at)
        elif kind == 12:  # noqa: PLR2004  as above
            yield from _in_groups(font, at)


def _in_segments(font: bytes, at: int) -> Iterator[int]:
    """Format 4: stretches of the first plane, each with an offset or a list of glyphs."""
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends, starts, deltas, ranges = (at + 14 + 2 * count * one + 2 * bool(one) for one in range(4))
    for one in range(count):
        [last], [first] = (
            struct.unpack_from(">H", font, here + 2 * one) for here in (ends, starts)
        )
        [delta], [offset] = (
            struct.unpack_from(">H", font, here + 2 * one) for here in (deltas, ranges)
        )
        for code in range(first, last + 1):
            place = ranges + 2 * one + offset + 2 * (code - first)
            glyph = struct.unpack_from(">H", font, place)[0] if offset else code
            if glyph and (glyph + delta) % 0x10000:
                yield code


def _in_groups(font: bytes, at: int) -> Iterator[int]:
    """Format 12: stretches of any plane, each with its first glyph."""
    for one in range(struct.unpack_from(">I", font, at + 12)[0]):
        first, last, glyph = struct.unpack_from(">3I", font, at + 16 + 12 * one)
        yield from range(first if glyph else first + 1, last + 1)
