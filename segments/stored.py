"""What a row with a stored definition can be asked."""

from typing import Any

from segments.definition import Definition
from segments.definition_cache import NOBODY, CachedDefinition, cached_definition
from segments.errors import DefinitionError

BROKEN = NOBODY.definition
"""Stands for a definition that can't be understood."""


class HasDefinition:
    """A row whose `definition` is JSON that somebody may have broken."""

    definition: Any

    def understood(self) -> CachedDefinition:
        """The definition with what follows from it; DefinitionError says what is wrong with a broken one."""
        return cached_definition(self.definition)

    def understood_or_nobody(self) -> CachedDefinition:
        """The same; of a broken one, what matches nobody."""
        try:
            return self.understood()
        except DefinitionError:
            return NOBODY

    def read(self) -> Definition:
        """The definition; DefinitionError says what is wrong with a broken one."""
        return self.understood().definition

    def read_or_nobody(self) -> Definition:
        """The definition; of a broken one, what matches nobody."""
        return self.understood_or_nobody().definition
