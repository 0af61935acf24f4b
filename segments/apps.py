"""Segments: questions about partners that are asked anew each time."""

from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    """The product."""

    name = "segments"
    verbose_name = _("Automation")

    def ready(self) -> None:
        """Have the catalog checked with the models."""
        from segments.checks import check_catalog  # noqa: PLC0415 - models are there from now on

        checks.register(check_catalog, checks.Tags.models)
