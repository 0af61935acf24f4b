"""Puts the program's own admin site in the place of Django's default one."""

from importlib import import_module

from django.contrib.admin.apps import AdminConfig


class ProgramAdminConfig(AdminConfig):
    """Makes `django.contrib.admin.site` the program's site."""

    default_site = "config.admin_site.ProgramAdminSite"

    def ready(self) -> None:
        """As Django's, with the screens that take the place of Django's own."""
        super().ready()
        import_module("config.user_admin")
