"""What a row with a stored definition can be asked."""

from typing import Any

from segments.definition import Definition
from segments.errors import DefinitionError

BROKEN = Definition(())
"""Stands for a definition that can't be understood."""


class Stored:
    """A row whose `definition` is JSON that somebody may have broken."""

    definition: Any

    def read(self) -> Definition:
        """The definition; DefinitionError says what is wrong with a broken one."""
        return Definition.from_json(self.definition)

    def read_or_nobody(self) -> Definition:
        """The definition; of a broken one, what matches nobody."""
        try:
            return self.read()
        except DefinitionError:
            return BROKEN
