"""`manage.py demo_logins`: an administrator, an editor and a viewer to try things as."""

import os
import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.core.management.base import BaseCommand
from django.db import transaction

from segments.demo.program import has_program

OUR_APPS = ("partners", "contracts", "segments")
ROLES = {"editor": "Segment editors", "viewer": "Segment viewers"}
LOGINS = ("admin", *ROLES)


class Command(BaseCommand):
    """Makes the logins that are missing, and says where to use them."""

    help = (
        "Make the logins admin, editor and viewer, with the password in DJANGO_SUPERUSER_PASSWORD"
        " or a made-up one. Logins that exist keep their password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether a database that is in use already is left alone."""
        parser.add_argument(
            "--if-empty", action="store_true", help="make no logins where there are users or partners already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and (User.objects.exists() or has_program()):
            self._print_address()
            self.stdout.write("Logins:   as they are; this database is in use already")
            self.stdout.write("Password: forgotten? .venv/bin/python manage.py changepassword admin")
            return
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD") or secrets.token_urlsafe(9)
        made = make_logins(password)
        self._print_address()
        for login in LOGINS:
            note = f"password {password}" if login in made else "exists already, with the password it has"
            self.stdout.write(f"Login:    {login:<7} {note}")

    def _print_address(self) -> None:
        self.stdout.write(f"Address:  http://127.0.0.1:{os.environ.get('PORT') or 8000}/")


@transaction.atomic
def make_logins(password: str) -> set[str]:
    """Make the auth groups and the logins that are missing; which logins were made."""
    permissions = Permission.objects.filter(content_type__app_label__in=OUR_APPS)
    rights = {
        "editor": permissions,
        "viewer": permissions.filter(codename__startswith="view_"),
    }
    taken = set(User.objects.filter(username__in=LOGINS).values_list("username", flat=True))
    for login in set(LOGINS) - taken:
        user = User(username=login, is_staff=True, is_superuser=login == "admin")
        user.set_password(password)
        user.save()
        if login in ROLES:
            group, _ = Group.objects.get_or_create(name=ROLES[login])
            group.permissions.add(*rights[login])
            user.groups.add(group)
    return set(LOGINS) - taken
