"""The rule for typed words by its old name, for the actions of treatment."""

from serein.server.wording import typed

__all__ = ["typed"]
