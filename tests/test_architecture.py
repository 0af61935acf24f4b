"""That docs/architecture.md and docs/decisions speak of what there is."""

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "docs" / "architecture.md", *sorted((ROOT / "docs" / "decisions").glob("*.md"))]
APPS = ("config", "contracts", "partners", "segments")
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:[\w.]+/)+(?:[\w-]+\.\w+)?")
NAME = re.compile(rf"(?:{'|'.join(APPS)})(?:\.\w+)+")


def quoted(pattern):
    """What the pages quote of this form, each once."""
    found = {text for page in PAGES for text in QUOTED.findall(page.read_text())}
    return sorted(text for text in found if pattern.fullmatch(text))


def found_by(name):
    """What a dotted name stands for: a module, or something in one."""
    module, *rest = name.split(".")
    found = import_module(module)
    while rest:
        module = f"{module}.{rest[0]}"
        if not hasattr(found, "__path__") or find_spec(module) is None:
            break
        found = import_module(module)
        del rest[0]
    for part in rest:
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("path", quoted(PATH))
def test_every_path_that_the_pages_name_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", quoted(NAME))
def test_every_dotted_name_that_the_pages_name_is_in_the_code(name):
    assert found_by(name) is not None


def test_the_pages_name_modules_and_names_at_all():
    assert len(quoted(PATH)) > 50
    assert len(quoted(NAME)) > 30


@pytest.mark.parametrize("app", APPS)
def test_every_package_of_an_app_is_on_the_map(app):
    text = (ROOT / "docs" / "architecture.md").read_text()
    packages = {file.parent.relative_to(ROOT) for file in (ROOT / app).glob("*/__init__.py")}
    unnamed = {"migrations", "management", "templatetags", "formats"}
    missing = [str(one) for one in sorted(packages) if one.name not in unnamed and f"`{one}/" not in text]
    assert missing == []
