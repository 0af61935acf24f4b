"""The partners of the program, and the groups that staff put them in."""

from django.apps import AppConfig
from django.core import checks
from django.db.backends.signals import connection_created
from django.db.models import Field, ForeignKey
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from partners.core.lookups import AnyOf, ContainsInAnyLetters, InMaterialized, MemberOf, add_capitals


class PartnersConfig(AppConfig):
    """Partner, PartnerGroup and who is in which."""

    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        """Register the lookups and the checks. Foreign keys inherit no lookups of other fields."""
        Field.register_lookup(AnyOf)
        ForeignKey.register_lookup(AnyOf)
        Field.register_lookup(ContainsInAnyLetters)
        connection_created.connect(add_capitals)
        Field.register_lookup(InMaterialized)
        Field.register_lookup(MemberOf)
        ForeignKey.register_lookup(MemberOf)
        checks.register(import_string("partners.checks.check_database"), checks.Tags.database)
        checks.register(import_string("partners.checks.check_extensions"), checks.Tags.admin)
