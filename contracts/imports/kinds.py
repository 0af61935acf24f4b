"""The kinds of files of contracts, after those of the partners who hold them."""

from contracts.imports.contract_files import ContractImporter
from contracts.imports.term_files import TermImporter
from partners.imports import kinds  # noqa: F401 - those of partners come first
from partners.imports.importers import register

register(TermImporter())
register(ContractImporter())
