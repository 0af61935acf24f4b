"""The kinds of files of partners. `contracts.imports.registry` adds those of contracts."""

from partners.imports.importers.base import register
from partners.imports.importers.groups import GroupImporter
from partners.imports.importers.partners import PartnerImporter

register(PartnerImporter())
register(GroupImporter())
