"""What can be wrong with a segment, said in its user's words."""


class DefinitionError(ValueError):
    """A definition, or a part of one, can't be understood; the message says why."""


class IncompleteError(DefinitionError):
    """Something is still to be filled in; the message asks for it."""


class DefinitionFileError(DefinitionError):
    """A file can't be read as a segment; `reasons` are all that is wrong with it."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons
