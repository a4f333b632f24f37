"""Ways a chart can refuse.

InputError
├── ConfirmError        a value that cannot be, or a doubtful one to look at again or confirm
└── AlikeError          somebody like this is here already; look, then say it is another person
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from serein.clinical.errors import InputError
from serein.clinical.vitals import Concern
from serein.server.patients.models import Patient

Done = TypeVar("Done")


class ConfirmError(InputError):
    """A value that cannot be, or a doubtful one to look at again or confirm."""

    def __init__(self, concerns: Sequence[Concern]) -> None:
        """Keep each concern with its codes, so that the page can mark the boxes."""
        super().__init__(" ".join(concern.sentence + "." for concern in concerns))
        self.concerns = list(concerns)

    @property
    def may_be_confirmed(self) -> str:
        """The sentences that somebody may confirm, one on each line; empty when one cannot be."""
        if any(concern.kind != "unlikely" for concern in self.concerns):
            return ""
        return "\n".join(concern.sentence for concern in self.concerns)

    def is_answered_by(self, confirmed: str) -> bool:
        """Whether each sentence was confirmed; a value typed since has another sentence."""
        asked = self.may_be_confirmed.splitlines()
        return bool(asked) and set(asked) <= set(confirmed.splitlines())


def asking(act: Callable[..., Done], *, confirmed: str) -> Done:
    """Act; what is doubtful is stored when just that was confirmed, and nothing typed since."""
    try:
        return act()
    except ConfirmError as question:
        if not question.is_answered_by(confirmed):
            raise
        return act(is_confirmed=True)


class AlikeError(InputError):
    """Somebody of this name and birth date has a chart here already."""

    def __init__(self, sentence: str, *, alike: Sequence[Patient]) -> None:
        """Keep whom it may be."""
        super().__init__(sentence)
        self.alike = alike
