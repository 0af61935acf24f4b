"""`manage.py reset_codes`: for a user whose phone and recovery codes are gone."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from partners.audit.services import record
from partners.core.actor import acting_as
from partners.core.one_time_passwords import forget_codes
from partners.models import AuditKind


class Command(BaseCommand):
    """Deletes a user's one-time passwords."""

    help = "Delete a user's one-time passwords and recovery codes; the password alone lets the user in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            message = f"There is no user “{username}”."
            raise CommandError(message)
        if not forget_codes(user):
            message = f"{username} has no one-time passwords."
            raise CommandError(message)
        with acting_as("reset_codes"):
            record(AuditKind.CODES, f"{user}: reset")
        self.stdout.write(f"{username} has no one-time passwords any more.")
