"""The partners of the program, and the groups that staff put them in."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    """Partner, PartnerGroup and who is in which."""

    name = "partners"
    verbose_name = _("Partners")
