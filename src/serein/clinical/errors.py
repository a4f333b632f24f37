"""Every way the clinical rules can refuse.

SereinError
├── ContentError                a content file is wrong; found when it is loaded
│   ├── UnknownContentError     no protocol, instrument or policy has that name
│   └── ChangedContentError     a released file differs from its released hash
└── InputError                  what was asked cannot be answered as given
    ├── UnknownCodeError        no fact has that code
    ├── ImplausibleValueError   a value that cannot be a reading
    ├── FactFileError           a file of facts cannot be read as it is
    └── IncompleteResponseError a score was asked of an answer sheet that cannot give one
"""


class SereinError(Exception):
    """A refusal whose message can be shown to a nurse as it is."""


class ContentError(SereinError):
    """A content file is wrong."""

    def __init__(
        self, reason: str, *, file: str = "", key: str = "", line: int | None = None
    ) -> None:
        """Keep the place beside the reason, so that a checker can list them apart."""
        where = f"{file}:{line}" if file and line else file
        place = ": ".join(part for part in (where, key) if part)
        super().__init__(f"{place}: {reason}" if place else reason)
        self.file = file
        self.key = key
        self.line = line
        self.reason = reason


class UnknownContentError(ContentError):
    """No protocol, instrument or policy has that name."""


class ChangedContentError(ContentError):
    """A released file differs from its released hash."""


class InputError(SereinError):
    """What was asked cannot be answered as given."""


class UnknownCodeError(InputError):
    """No fact has that code."""


class ImplausibleValueError(InputError):
    """A value that cannot be a reading."""


class FactFileError(InputError):
    """A file of facts cannot be read as it is."""


class IncompleteResponseError(InputError):
    """A score was asked of an answer sheet that cannot give one."""
