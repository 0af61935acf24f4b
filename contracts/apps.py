"""The contracts that partners hold, and the template terms they are made from."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContractsConfig(AppConfig):
    """Contract and TemplateTerm."""

    name = "contracts"
    verbose_name = _("Contracts")
