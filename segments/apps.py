"""Segments: questions about partners that are asked anew each time."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    """The product."""

    name = "segments"
    verbose_name = _("Automation")
