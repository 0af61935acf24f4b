"""Partners, groups, stages, and the records of imports, exports and bulk edits."""

from partners.models.audit import AuditEvent, AuditKind
from partners.models.changes import PartnerChange
from partners.models.exports import Export
from partners.models.imports import Import, ImportPart, ImportRow, OriginalPart, StageWord
from partners.models.notes import Note, NoteKind
from partners.models.partner import (
    BusinessModel,
    Membership,
    Partner,
    PartnerGroup,
    PartnerStageChange,
    reserve_partner_ids,
)
from partners.models.stage_edits import StageEdit
from partners.stages.choices import ProspectingStage

__all__ = [
    "AuditEvent",
    "AuditKind",
    "BusinessModel",
    "Export",
    "Import",
    "ImportPart",
    "ImportRow",
    "Membership",
    "Note",
    "NoteKind",
    "OriginalPart",
    "Partner",
    "PartnerChange",
    "PartnerGroup",
    "PartnerStageChange",
    "ProspectingStage",
    "StageEdit",
    "StageWord",
    "reserve_partner_ids",
]
