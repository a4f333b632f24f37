"""The library that this process has loaded."""

from functools import cache
from pathlib import Path

from django.conf import settings

from serein.clinical import library as content
from serein.clinical.library import Library


@cache
def library() -> Library:
    """Everything the packaged content and the clinic's own folder hold, read once."""
    folders = [Path(settings.SEREIN_CONTENT)] if settings.SEREIN_CONTENT else []
    return content.load(*folders)
