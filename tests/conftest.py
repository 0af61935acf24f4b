"""The three standing users (editor, viewer, outsider), the superuser, and a client for each."""

import gc
import os
from dataclasses import replace

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from hypothesis import settings as hypothesis_settings

from segments.query.columns.store import STORE
from tests.factories import UserFactory
from tests.laws import register_profiles

OUR_APPS = ("partners", "contracts", "segments")
ASK_THE_DATABASE = {"db", "transactional_db"}
"""The fixtures without which, or the marker `django_db`, pytest-django lets no test ask the database."""


def pytest_configure(config):
    register_profiles()
    hypothesis_settings.load_profile(os.environ.get("TEST_PROFILE", "dev"))
    # Tests serve static files from their sources; nobody has collected any.
    config.addinivalue_line("filterwarnings", "ignore:No directory at:UserWarning")
    # Looking all of them over for every client takes longer than most tests.
    settings.WHITENOISE_AUTOREFRESH = True
    # A password that is slow to guess is slow to check, too.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        if not (item.get_closest_marker("django_db") or ASK_THE_DATABASE & set(item.fixturenames)):
            item.add_marker("once")
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return
    elsewhere = [item for item in items if item.get_closest_marker("postgresql")]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]


def pytest_collection_finish(session):
    # What has been imported stays: the collector need not look at it again and again. Looking as often as it
    # does by itself takes a tenth of the time of the tests, for a few megabytes.
    gc.freeze()
    gc.set_threshold(100_000)


def _client(user):
    # Django looks content types up once a process: whether it has done so yet is nothing for a test to count.
    ContentType.objects.get_for_models(*apps.get_models())
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def _columns_of_the_process_are_off(monkeypatch):
    """Whatever a test does with them, the next one has none, and no thread that builds some."""
    monkeypatch.setattr(STORE, "is_on", False)
    monkeypatch.setattr(STORE, "switch_on", lambda **_options: None)
    monkeypatch.setattr(STORE, "_build_in_background", lambda: None)


@pytest.fixture
def change_limits(settings):
    """Changes limits for the test: `change_limits(import_part_rows=2)`."""

    def change(**limits):
        settings.LIMITS = replace(settings.LIMITS, **limits)

    return change


@pytest.fixture
def superuser(db):
    return UserFactory(username="superuser", is_superuser=True)


@pytest.fixture
def editor(db):
    """Staff who may do everything with partners, contracts and segments."""
    user = UserFactory(username="editor")
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=OUR_APPS))
    return user


@pytest.fixture
def viewer(db):
    """Staff who may look at partners, contracts and segments."""
    user = UserFactory(username="viewer")
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=OUR_APPS, codename__startswith="view_")
    )
    return user


@pytest.fixture
def outsider(db):
    """Staff without any rights."""
    return UserFactory(username="outsider")


@pytest.fixture
def as_superuser(superuser):
    return _client(superuser)


@pytest.fixture
def as_editor(editor):
    return _client(editor)


@pytest.fixture
def as_viewer(viewer):
    return _client(viewer)


@pytest.fixture
def as_outsider(outsider):
    return _client(outsider)


@pytest.fixture
def as_nobody(db):
    return Client()
