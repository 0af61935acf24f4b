"""What pip needs to hold every pin of the lock."""

import re
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def locked(name="requirements.lock"):
    pins = re.findall(r"^([a-z0-9].*?) \\$", (ROOT / name).read_text(), re.MULTILINE)
    return {canonicalize_name(pin.name): pin for pin in map(Requirement, pins)}


def test_the_lock_names_the_extras_that_its_packages_ask_of_each_other():
    # pip before 23.3 looks for the newest release of a name with an extra unless that very name is pinned.
    pins = locked()
    assert len(pins) > 40
    missing = {}
    for name, pin in pins.items():
        if pin.marker and not pin.marker.evaluate():
            continue
        for needed in map(Requirement, requires(name) or ()):
            if needed.extras and (needed.marker is None or needed.marker.evaluate({"extra": ""})):
                missing[name] = needed.extras - pins[canonicalize_name(needed.name)].extras
    assert missing, "no package asks for an extra: this test sees nothing"
    assert not any(missing.values()), missing


def test_production_has_the_versions_that_were_tested_and_no_tools_of_tests():
    tested, run = locked(), locked("requirements-production.lock")
    assert {name: str(tested[name]) for name in run} == {name: str(pin) for name, pin in run.items()}
    assert {"django", "gunicorn", "psycopg"} <= set(run)
    assert not {"pytest", "playwright", "mypy", "ruff", "hypothesis", "uv"} & set(run)
