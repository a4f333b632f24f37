"""Settings of a house in which somebody has weakened something: what SEREIN_WEAKENED says."""

import os
from typing import cast

from serein.server.settings import *  # noqa: F403  all of it, but for one thing
from serein.server.settings import DATABASES

_weakened = os.environ["SEREIN_WEAKENED"]
if _weakened.startswith("PRAGMA"):
    _options = cast("dict[str, str]", DATABASES["default"]["OPTIONS"])
    _options["init_command"] += f" {_weakened};"
if _weakened == "DEBUG":
    DEBUG = True
