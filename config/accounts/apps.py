"""Logins in two steps, and those of the company."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """What the program adds to allauth; it has no tables of its own."""

    name = "config.accounts"
