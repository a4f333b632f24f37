"""Ways the treatment day refuses the next act; none refuses the record of one that happened.

InputError
├── WrongPatientError    the form was another patient's
├── SessionEndedError    the visit is over
├── TakenError           somebody else was first: a chair, a device
├── GateError            something still stands before the next act
└── ConfirmError         an unlikely value: measured again, or confirmed
"""

from collections.abc import Sequence

from serein.clinical.criteria import Finding
from serein.clinical.errors import InputError
from serein.clinical.vitals import Concern


class WrongPatientError(InputError):
    """The form was another patient's."""


class SessionEndedError(InputError):
    """The visit is over."""


class TakenError(InputError):
    """Somebody else was first."""


class GateError(InputError):
    """Something still stands before the next act."""

    def __init__(self, sentence: str, *, standing: Sequence[Finding] = ()) -> None:
        """Keep what stands, so that the page can list it."""
        super().__init__(sentence)
        self.standing = list(standing)


class ConfirmError(InputError):
    """An unlikely value: to be measured again, or confirmed."""

    def __init__(self, concerns: Sequence[Concern]) -> None:
        """Keep each concern with its codes, so that the page can mark the boxes."""
        super().__init__(" ".join(concern.sentence + "." for concern in concerns))
        self.concerns = list(concerns)
