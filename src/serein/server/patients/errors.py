"""Ways a chart can refuse.

InputError
├── UnlikelyError       a value that may be true; look again, then confirm it
└── AlikeError          somebody like this is here already; look, then say it is another person
"""

from collections.abc import Sequence

from serein.clinical.errors import InputError
from serein.server.patients.models import Patient


class UnlikelyError(InputError):
    """A value that may be true and should be looked at again before it is stored."""


class AlikeError(InputError):
    """Somebody of this name and birth date has a chart here already."""

    def __init__(self, sentence: str, *, alike: Sequence[Patient]) -> None:
        """Keep whom it may be."""
        super().__init__(sentence)
        self.alike = alike
