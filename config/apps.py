"""Puts the program's own admin site in the place of Django's default one."""

from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import import_string


class ProgramAdminConfig(AdminConfig):
    """Makes `django.contrib.admin.site` the program's site."""

    default_site = "config.admin_site.ProgramAdminSite"

    def ready(self) -> None:
        """As Django's, with the screens that take the place of Django's own, and the audit log of logins.

        These are listened for before anything of Axes is imported: a failure is to be heard of before it
        locks the login.
        """
        import_string("config.logins.listen")()
        super().ready()
        import_string("config.user_admin.register_screens")()
