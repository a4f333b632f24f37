"""Ways a chart can refuse.

InputError
└── UnlikelyError       a value that may be true; look again, then confirm it
"""

from serein.clinical.errors import InputError


class UnlikelyError(InputError):
    """A value that may be true and should be looked at again before it is stored."""
