"""The kinds of files of contracts, after those of the partners who hold them."""

from contracts.imports.contracts import ContractImporter
from contracts.imports.template_terms import TermImporter
from partners.imports.importers import registry as kinds  # noqa: F401 - those of partners come first
from partners.imports.importers.base import register

register(TermImporter())
register(ContractImporter())
