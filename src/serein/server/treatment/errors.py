"""Ways the treatment day refuses the next act; none refuses the record of one that happened.

InputError
├── WrongPatientError    the form was another patient's
├── SessionEndedError    the visit is over
├── TakenError           somebody else was first: a chair, a device
├── GateError            something still stands before the next act
├── AnswersError         answers that cannot be stored, each with its own sentence
└── ConfirmError         a value that cannot be, or an unlikely one to measure again or confirm
"""

from collections.abc import Mapping, Sequence

from serein.clinical.criteria import Finding
from serein.clinical.errors import InputError
from serein.server.errors import TakenError
from serein.server.patients.errors import ConfirmError

__all__ = [
    "AnswersError",
    "ConfirmError",
    "GateError",
    "SessionEndedError",
    "TakenError",
    "WrongPatientError",
]


class WrongPatientError(InputError):
    """The form was another patient's."""


class SessionEndedError(InputError):
    """The visit is over."""


class GateError(InputError):
    """Something still stands before the next act."""

    def __init__(self, sentence: str, *, standing: Sequence[Finding] = ()) -> None:
        """Keep what stands, so that the page can list it under the sentence."""
        texts = "; ".join(finding.text for finding in standing)
        super().__init__(f"{sentence}: {texts}" if texts else sentence)
        self.sentence = sentence
        self.standing = list(standing)


class AnswersError(InputError):
    """Answers that cannot be stored; those beside them could be."""

    def __init__(self, refused: Mapping[str, str]) -> None:
        """Keep each code with its sentence, so that the others can be stored without it."""
        super().__init__(" ".join(f"{sentence}." for sentence in refused.values()))
        self.refused = dict(refused)
