"""Why a partner entered or left a tracked segment."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Cause(models.IntegerChoices):
    """Numbers, since a stay keeps two of them and stays are many."""

    START = 1, _("Start of tracking")
    DATA = 2, _("Data")
    TIME = 3, _("Time")
    DEFINITION = 4, _("Definition")
    DELETED = 5, _("Deleted")
