"""What can be wrong with a segment, said in its user's words."""


class DefinitionError(ValueError):
    """A definition, or a part of one, can't be understood; the message says why."""


class IncompleteError(DefinitionError):
    """Something is still to be filled in; the message asks for it."""
