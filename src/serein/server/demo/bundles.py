"""The synthetic patients that come with the demo, as files of another system would bring them."""

import gzip
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent / "synthea"


def bundles() -> Iterator[tuple[str, bytes]]:
    """The name and content of each bundle, by name."""
    for file in sorted(FOLDER.glob("*.json.gz")):
        yield file.name.removesuffix(".gz"), gzip.decompress(file.read_bytes())
