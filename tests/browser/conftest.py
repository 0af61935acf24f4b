"""A real Chromium that visits the program. A test fails on any error that the browser reports."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from tests.browser.server import Server
from tests.browser.windows import Windows

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Playwright runs an event loop, in which Django would refuse to use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
HANGS = 120_000
"""Milliseconds after which what a test waits for will not come, on the busiest machine."""
expect.set_options(timeout=HANGS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium():
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    assert path, f"Browser tests need one of {', '.join(CHROMIUM_NAMES)} on the PATH."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(chromium, django_db_setup):
    # Once there is an event loop, the tests have another connection than before.
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def windows(chromium, server):
    """Opened once and used by one test after the other, since opening takes longer than most tests."""
    windows = Windows(chromium, server.url)
    yield windows
    windows.close()


@pytest.fixture
def visit(windows, server, db):
    """Opens a page, of 1400 by 900 unless told, for a user who is logged in.

    The page may report no error: no exception, no refused or missing file; but for those with a word in
    `page.expected`.
    """
    used, problems, expected = [], [], []

    def visit(user=None, *, width=1400, height=900, color_scheme="light", java_script_enabled=True):
        page = windows.take(java_script_enabled)
        page.context.set_default_timeout(HANGS)
        used.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")
        if user:
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            page.context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}]
            )
        page.problems, page.expected = problems, expected
        return page

    yield visit
    for page in used:
        windows.give_back(page)
    server.finish()
    assert [problem for problem in problems if not any(word in problem for word in expected)] == []
