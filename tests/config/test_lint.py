"""What is looked over at a commit, and by `make lint`."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tools(text):
    return set(re.findall(r"\.venv/bin/(ruff \w+|[\w-]+)", text))


def test_a_commit_is_looked_over_by_the_tools_of_make_lint():
    [recipe] = re.findall(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    hooks = re.findall(r"entry: (.*)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert len(hooks) > 5
    assert set().union(*map(tools, hooks)) == tools(recipe)
