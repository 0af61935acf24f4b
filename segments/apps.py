"""Segments: questions about partners that are asked anew each time."""

from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import autodiscover_modules, import_string
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    """The product."""

    name = "segments"
    verbose_name = _("Automation")

    def ready(self) -> None:
        """Complete the catalog, have it checked, and declare what segments add to other apps."""
        autodiscover_modules("conditions")
        checks.register(import_string("segments.checks.check_catalog"), checks.Tags.models)
        import_string("segments.extensions.declare")()
