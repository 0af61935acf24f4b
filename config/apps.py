"""Puts the program's own admin site in the place of Django's default one."""

from django.contrib.admin.apps import AdminConfig


class ProgramAdminConfig(AdminConfig):
    """Makes `django.contrib.admin.site` the program's site."""

    default_site = "config.admin_site.ProgramAdminSite"
