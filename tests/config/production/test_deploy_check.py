"""The environment that docs/operating.md gives production leaves Django's deployment check nothing to say."""

import re
import secrets
from pathlib import Path

import pytest
from django.conf import settings

from tests.config.production.servers import Program

pytestmark = pytest.mark.once
DOCS = (Path(settings.BASE_DIR) / "docs" / "operating.md").read_text()
SET_UP = DOCS.partition("\n## Production\n")[2].partition("\n## ")[0]
EXPORTED = dict(re.findall(r"^export (\w+)=([^ \n]+)", SET_UP, re.MULTILINE))
[CHECK] = re.findall(r"manage\.py (check .*)", SET_UP)


def checked(folder, **changed):
    """What the documented check says of the documented environment, with a key and a database of its own."""
    key, url = secrets.token_urlsafe(50), f"sqlite:///{folder}/db.sqlite3"
    program = Program(folder, url, EXPORTED | {"DJANGO_SECRET_KEY": key, "DATABASE_URL": url} | changed)
    return program.manage(*CHECK.split())


def test_as_it_is_documented(tmp_path):
    assert set(EXPORTED) == {"SITE_HTTPS", "DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS", "DATABASE_URL"}
    assert checked(tmp_path) == "System check identified no issues (0 silenced).\n"


@pytest.mark.parametrize(
    ("changed", "warning"),
    [
        ({"SITE_HTTPS": "0"}, "security.W008"),
        ({"DJANGO_DEBUG": "1"}, "security.W018"),
        ({"DJANGO_SECRET_KEY": "s" * 60}, "security.W009"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_what_differs_is_told(tmp_path, changed, warning):
    with pytest.raises(AssertionError, match=re.escape(warning)):
        checked(tmp_path, **changed)
