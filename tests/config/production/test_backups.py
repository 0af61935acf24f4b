"""What docs/operating.md says of backups, done: another server has the same segments."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from tests.config.production.servers import Program, postgresql_bin

pytestmark = [pytest.mark.slow, pytest.mark.once]
DOCS = (Path(settings.BASE_DIR) / "docs" / "operating.md").read_text().partition("## Backups")[2]
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", DOCS, re.DOTALL) for line in block.splitlines()]


def demo(folder, url):
    program = Program(folder, url)
    program.manage("migrate", "--verbosity", "0")
    program.manage("demo_data", "--partners", "200", "--days", "2")
    return program


def run(command, folder, program, *, path=""):
    variables = program.environment | {"PATH": f"{path}:{program.environment['PATH']}"}
    subprocess.run(command, shell=True, cwd=folder, env=variables, check=True)


def segments(program):
    program.manage("check_columns")
    listed = program.manage("segment", "list")
    assert listed.count("\n") > 5
    return listed


def test_of_postgresql_bring_all_back_on_another_server(clusters, tmp_path):
    dump, restore, *_of_sqlite = COMMANDS
    old = demo(tmp_path, clusters().make().url())
    run(dump, tmp_path, old, path=postgresql_bin())
    new = Program(tmp_path, clusters().make().url())
    run(restore, tmp_path, new, path=postgresql_bin())
    assert new.manage("migrate", "--check") == ""
    assert segments(new) == segments(old)


def test_of_sqlite_bring_all_back(tmp_path):
    _dump, _restore, backup, restore = COMMANDS
    program = demo(tmp_path, f"sqlite:///{tmp_path}/db.sqlite3")
    before = segments(program)
    (tmp_path / ".venv").symlink_to(Path(settings.BASE_DIR) / ".venv")
    run(backup, tmp_path, program)
    (tmp_path / "db.sqlite3").write_bytes(b"lost")
    run(restore, tmp_path, program)
    assert segments(program) == before
