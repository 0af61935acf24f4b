"""The fields that can be asked about. All that depends on a field's type is a method of its class."""

from segments.attributes.base import MAX_ID, MAX_VALUES, Attribute, Choice, Menu, Phrases
from segments.attributes.choices import ChoiceAttribute
from segments.attributes.counts import CountAttribute
from segments.attributes.days import DayAttribute
from segments.attributes.ids import CodeAttribute, IdAttribute
from segments.attributes.presence import PresenceAttribute
from segments.attributes.references import ReferenceAttribute
from segments.attributes.segments import SegmentAttribute
from segments.attributes.stays import StayAttribute
from segments.attributes.texts import quote_for_message, storable
from segments.attributes.unchosen import Unchosen
from segments.attributes.users import UserAttribute
from segments.relations import CorrelatedExists, Relation

__all__ = [
    "MAX_ID",
    "MAX_VALUES",
    "Attribute",
    "Choice",
    "ChoiceAttribute",
    "CodeAttribute",
    "CorrelatedExists",
    "CountAttribute",
    "DayAttribute",
    "IdAttribute",
    "Menu",
    "Phrases",
    "PresenceAttribute",
    "ReferenceAttribute",
    "Relation",
    "SegmentAttribute",
    "StayAttribute",
    "Unchosen",
    "UserAttribute",
    "quote_for_message",
    "storable",
]
