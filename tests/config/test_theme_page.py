"""The page that shows the theme, and what it holds together."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from config.theme import ACCENTS, INKS, SURFACES
from contracts.models import ContractStage
from partners.core.badges import Tone
from partners.models import ProspectingStage

THEME = Path(settings.BASE_DIR) / "config/static/theme"
PAGE = "/admin/theme/"


@pytest.mark.django_db
def test_everybody_on_the_staff_may_look(as_outsider, as_nobody):
    assert as_outsider.get(PAGE).status_code == 200
    assert as_nobody.get(PAGE).url == f"{reverse('admin:login')}?next={PAGE}"


@pytest.mark.django_db
def test_every_stage_has_its_badge_and_meaning(as_outsider):
    page = as_outsider.get(PAGE).content.decode()
    for stage in (*ProspectingStage, *ContractStage):
        assert f'class="badge badge-{stage.tone}"' in page
        assert str(stage.label) in page
    for words in ("Tagged as a prospect", "The partner left the platform", "Enter a valid email address."):
        assert words in page
    assert "style=" not in page


def test_every_colour_of_the_page_is_a_token_with_a_swatch():
    tokens, swatches = (THEME / "tokens.css").read_text(), (THEME / "theme-page.css").read_text()
    tones = [f"{tone}{part}" for tone in Tone for part in ("", "-soft", "-line", "-bar")]
    for name in (*SURFACES, *INKS, *ACCENTS, *tones):
        assert f"--{name}: " in tokens
        assert f".swatch-{name} {{\n  background: var(--{name});" in swatches


def test_no_stylesheet_uses_a_token_that_there_is_not():
    sheets = "".join(path.read_text() for path in THEME.glob("*.css"))
    own = set(re.findall(r"^\s*(--[\w-]+):", sheets, re.MULTILINE))
    assert set(re.findall(r"var\((--[\w-]+)\)", sheets)) <= own


@pytest.mark.django_db
def test_logging_out_is_answered_in_the_theme(editor):
    client = Client()
    client.force_login(editor)
    page = client.post(reverse("admin:logout")).content.decode()
    assert "<h1>You are logged out</h1>" in page
    assert "Log in again" in page
    assert "theme/tokens.css" in page
    assert "quality time" not in page


@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/partners/partner/", "/admin/segments/segment/add/", "/nowhere/"]
)
def test_the_policy_allows_what_is_ours_and_nothing_else(as_superuser, address):
    policy = as_superuser.get(address)["Content-Security-Policy"]
    # django-csp writes the directives in the order of a set, which differs from process to process.
    assert sorted(policy.split("; ")) == ["default-src 'self'", "form-action 'self'"]
