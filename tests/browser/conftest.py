"""A real Chromium on the live server. A test fails on any error that the browser reports."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect, sync_playwright

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


@pytest.fixture
def visit(chromium, live_server):
    """Opens a page, of 1400 by 900 unless told, for a user who is logged in.

    The page may report no error: no exception, no refused or missing file; but for those with a word in
    `page.expected`.
    """
    contexts, problems = [], []
    # htmx reports a preview that was under way when the person left the page.
    expected = ["htmx:"]

    def visit(user=None, *, width=1400, height=900, **options):
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": height}, **options
        )
        contexts.append(context)
        if user:
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
            )
        page = context.new_page()
        page.set_default_timeout(HANGS)
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.problems, page.expected = problems, expected
        return page

    yield visit
    for context in contexts:
        for page in context.pages:
            # A request that a test holds up may be under way when the test ends; the next test would be told.
            page.unroute_all(behavior="ignoreErrors")
        context.close()
    assert [problem for problem in problems if not any(word in problem for word in expected)] == []
