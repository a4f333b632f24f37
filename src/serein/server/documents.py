"""Paper: a typst template and a document's data, to a tagged PDF that is the same twice."""

import functools
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

FONTS = Path(__file__).parent / "static" / "fonts"
SHARED = Path(__file__).parent / "documents"


def typeset(template: Path, content: dict[str, Any], *, at: datetime) -> bytes:
    """The PDF of one document.

    Values reach the template as data in `sys.inputs`, never as markup, so that a name that looks
    like a command prints as it was typed.

    Args:
        template: A .typ file; it may import `/house.typ`, the page all documents share.
        content: What the document says; plain JSON.
        at: The time of the document, written into the file in place of the machine's.
    """
    source = SHARED.joinpath("house.typ").read_text() + template.read_text()
    compiled = typst.compile(
        source.encode(),
        font_paths=_fonts(),
        sys_inputs={"content": json.dumps(content)},
        format="pdf",
        pdf_standards=["ua-1"],
        timestamp=int(at.timestamp()),
    )
    assert isinstance(compiled, bytes)
    return compiled


@functools.cache
def _fonts() -> typst.Fonts:
    """The one bundled font, read once; what the machine has installed changes no document."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])
