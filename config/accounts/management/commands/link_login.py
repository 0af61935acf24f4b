"""`manage.py link_login`: who logged in with a password logs in with the company's login from now on."""

from argparse import ArgumentParser
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from config.accounts.rights import give_role
from partners.audit.services import record
from partners.core.actor import acting_as
from partners.models import AuditKind


class Command(BaseCommand):
    """Ties a subject of the provider to a user."""

    help = (
        "Tie a subject of the company's login to a user, whom its groups give rights from the next login on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which user, and which subject."""
        parser.add_argument("username")
        parser.add_argument("subject", help="as the audit log has it, or the provider")

    @transaction.atomic
    def handle(self, *args: Any, username: str, subject: str, **options: Any) -> None:
        if settings.COMPANY is None:
            raise CommandError("There is no company login: OIDC_ISSUER is not set.")
        user = User.objects.filter(username=username).first()
        if user is None:
            message = f"There is no user “{username}”."
            raise CommandError(message)
        same_subject = {"provider": settings.COMPANY.issuer, "uid": subject}
        for other in User.objects.filter(
            socialaccount__in=SocialAccount.objects.filter(**same_subject)
        ).exclude(pk=user.pk):
            # A first login has made it. No groups steer it any more, so it may nothing.
            give_role(other, None, who="link_login")
        SocialAccount.objects.update_or_create(**same_subject, defaults={"user": user})
        # Whoever is put out of the groups there must not come in by the password of before.
        user.set_unusable_password()
        user.save(update_fields=["password"])
        with acting_as("link_login"):
            about = f"{user}: logs in with {settings.COMPANY.name} alone, subject {subject}"
            record(AuditKind.RIGHTS, about)
        self.stdout.write(f"{username} logs in with {settings.COMPANY.name} alone from now on.")
