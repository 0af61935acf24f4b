"""The fields that can be asked about. All that depends on a field's type is a method of its class."""

from segments.attributes.base import MAX_ID, MAX_VALUES, Attribute, Choice, Phrases
from segments.attributes.choices import ChoiceAttribute
from segments.attributes.ids import IdAttribute
from segments.attributes.references import ReferenceAttribute
from segments.attributes.relations import CorrelatedExists, Relation
from segments.attributes.texts import quote_for_message, storable

__all__ = [
    "MAX_ID",
    "MAX_VALUES",
    "Attribute",
    "Choice",
    "ChoiceAttribute",
    "CorrelatedExists",
    "IdAttribute",
    "Phrases",
    "ReferenceAttribute",
    "Relation",
    "quote_for_message",
    "storable",
]
