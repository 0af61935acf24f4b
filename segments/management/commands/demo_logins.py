"""`manage.py demo_logins`: an administrator, an editor and a viewer to try things as."""

import os
import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.db import transaction

from segments.demo.program import has_program
from segments.roles import NAMES, group_of

LOGINS = ("admin", *NAMES)


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
    taken = set(User.objects.filter(username__in=LOGINS).values_list("username", flat=True))
    for login in set(LOGINS) - taken:
        user = User(username=login, is_staff=True, is_superuser=login == "admin")
        user.set_password(password)
        user.save()
        if login in NAMES:
            user.groups.add(group_of(login))
    return set(LOGINS) - taken
