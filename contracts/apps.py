"""The contracts that partners hold, and the template terms they are made from."""

from django.apps import AppConfig
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class ContractsConfig(AppConfig):
    """Contract and TemplateTerm."""

    name = "contracts"
    verbose_name = _("Contracts")

    def ready(self) -> None:
        """Declare what contracts add to partners."""
        import_string("contracts.extensions.declare")()
