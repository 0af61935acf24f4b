"""The kinds of files of partners. `contracts.imports.kinds` adds those of contracts."""

from partners.imports.group_files import GroupImporter
from partners.imports.importers import register
from partners.imports.partner_files import PartnerImporter

register(PartnerImporter())
register(GroupImporter())
