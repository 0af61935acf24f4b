"""What the environment says, checked. A wrong value ends the program with one line that says what to do."""

import errno
import fcntl
import os
import re
import sys
import traceback
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.management.utils import get_random_secret_key
from django.db import DatabaseError, connection
from environs import Env, EnvError, ValidationError

from config.database_errors import is_busy

MIN_KEY_LENGTH = 50
"""As long as Django makes them."""
SQLITE, POSTGRESQL = "django.db.backends.sqlite3", "django.db.backends.postgresql"
POSTGRESQL_PORT = 5432
REPLICA = "replica"
"""The alias that `partners.core.replica` looks for."""
IN_MEMORY = "sqlite://:memory:"
CAN_NOT_START = 3
"""What Gunicorn and the units in deploy/ take for “can't start”: after any other they try again."""
NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC)

env = Env()


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """End the program with `CAN_NOT_START` and no traceback where its environment keeps it from starting."""
    try:
        yield
    except EnvError as error:
        message = f"{error} docs/operating.md says what it may be."
    except DatabaseError as error:
        if is_busy(error):
            message = "The database is busy: somebody else is writing. Start this again when that is done."
        elif _while_connecting(error):
            reason = " ".join(str(error).split()).rstrip(".?")
            message = f"The database can't be opened: {reason}. {_advice()}"
        else:
            raise
    except OSError as error:
        if error.errno not in NOT_WRITABLE:
            raise
        message = f"{error.filename} can't be written: {error.strerror}. Let this user write there."
    else:
        return
    sys.stderr.write(f"{message}\n")
    sys.exit(CAN_NOT_START)


def _while_connecting(error: DatabaseError) -> bool:
    """Whether there never was a connection: Django closes it when a command fails, whatever for."""
    return any(frame.name == "ensure_connection" for frame in traceback.extract_tb(error.__traceback__))


def _advice() -> str:
    if connection.vendor != "sqlite":
        return "DATABASE_URL says where it is."
    path = Path(str(connection.settings_dict["NAME"]))
    return f"It is {path}: this user must be able to write there, or DATABASE_URL name another place."


@env.parser_for("database")
def read_database(url: str | None) -> dict[str, Any] | None:
    """A database as Django's settings have it; None where nothing is said."""
    if url is None:
        return None
    if url == IN_MEMORY:
        return sqlite(":memory:")
    if not url.strip():
        raise ValidationError("It is empty. Give it an address, or unset it to use db.sqlite3 here.")
    try:
        one_host, hosts = _hosts_apart(url)
        parts = urlsplit(one_host)
        database = dict(dj_database_url.parse(one_host)) | hosts
    except ValueError as error:  # as what dj_database_url raises is
        raise ValidationError(
            "It is no address of a database such as postgres://user:password@host:5432/name"
            " or sqlite:////folder/db.sqlite3."
        ) from error
    if database["ENGINE"] not in (SQLITE, POSTGRESQL):
        raise ValidationError("Only PostgreSQL and SQLite are supported: postgres://… or sqlite:///….")
    if parts.fragment or url.endswith("#"):
        raise ValidationError("It has a “#”. Write %23 instead.")
    if not database["NAME"]:
        raise ValidationError("It names no database: its name stands behind the host and a slash.")
    if database["ENGINE"] == POSTGRESQL:
        return _kept(database)
    if parts.netloc or parts.query or not parts.path.strip("/") or "\0" in str(database["NAME"]):
        raise ValidationError(
            "After sqlite:/// comes the path of a file: four slashes before an absolute one,"
            " %3F for a question mark, %25 for a percent sign."
        )
    return sqlite(str(database["NAME"]))


def databases(file: Path) -> dict[str, dict[str, Any]]:
    """For the settings: `default`, in this file where nothing is said, and `replica` where there is one."""
    found = {"default": env.database("DATABASE_URL", None) or sqlite(file)}
    if replica := env.database("DATABASE_REPLICA_URL", None):
        if {replica["ENGINE"], found["default"]["ENGINE"]} != {POSTGRESQL}:
            raise EnvError("DATABASE_REPLICA_URL: Only a database of PostgreSQL has replicas.")
        found[REPLICA] = replica
    # What servers behind PgBouncer need: a statement may come to another connection than the one before.
    without_cursors = env.bool("DISABLE_SERVER_SIDE_CURSORS", False)
    return {alias: {**one, "DISABLE_SERVER_SIDE_CURSORS": without_cursors} for alias, one in found.items()}


def _hosts_apart(url: str) -> tuple[str, dict[str, str]]:
    """The address with its first host only, and all its hosts as PostgreSQL's library takes them."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    login, at, listed = authority.rpartition("@")
    hosts = listed.split(",")
    if len(hosts) == 1 or not scheme.startswith("postgres"):
        return url, {}
    named = [urlsplit(f"//{host}") for host in hosts]
    if any(one.username or not one.hostname for one in named):
        raise ValueError("A host has no name.")
    found = {
        "HOST": ",".join(one.hostname or "" for one in named),
        "PORT": ",".join(str(one.port or POSTGRESQL_PORT) for one in named),
    }
    return f"{scheme}{separator}{login}{at}{hosts[0]}{slash}{path}", found


def _kept(database: dict[str, Any]) -> dict[str, Any]:
    """A server of databases: connections are kept, and given up soon where it is gone.

    A host that vanishes says nothing; what was sent to it is waited for until these times are over. What the
    address itself says, after its question mark, is preferred.
    """
    options = {
        "connect_timeout": env.whole_number("DATABASE_CONNECT_TIMEOUT_S", "5"),
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    return {
        **database,
        "CONN_MAX_AGE": env.number_or_none("DATABASE_KEEP_S", "300"),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options | database.get("OPTIONS", {}),
    }


def sqlite(path: Path | str) -> dict[str, Any]:
    """The SQLite database in this file.

    Writers wait for each other instead of failing, and readers never wait for them. The longest write is an
    import of 200,000 rows; a request that has waited for `timeout` seconds is told that the database is busy.
    """
    return {
        "ENGINE": SQLITE,
        "NAME": path,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000;",
        },
    }


@env.parser_for("brand")
def read_brand(text: str) -> str:
    """A name that can stand in a contract."""
    if not text.strip():
        raise ValidationError("It is empty. Give it the name of the brand, or unset it.")
    return text.strip()


@env.parser_for("secret_key")
def read_secret_key(text: str | None) -> str | None:
    """Some key; None where nothing is said."""
    if text is not None and not text.strip():
        raise ValidationError("It is empty. Give it 50 random characters, or unset it to use .secret_key.")
    return text


@env.parser_for("hosts")
def read_hosts(text: str) -> list[str]:
    """Names of hosts, without what an address has besides."""
    hosts = _listed(text)
    if not hosts:
        raise ValidationError("It names no host, so the site would answer to none.")
    for host in hosts:
        if not re.fullmatch(r"\*|\[[0-9a-fA-F:.]+\]|\.?[\w-]+(\.[\w-]+)*", host):
            raise ValidationError(f"“{host}” is no name of a host, such as segments.example.")
    return hosts


@env.parser_for("origins")
def read_origins(text: str) -> list[str]:
    """Origins: a scheme and a host."""
    origins = _listed(text)
    for origin in origins:
        if not re.fullmatch(r"https?://[^/\s]+", origin):
            raise ValidationError(f"“{origin}” is no origin, such as https://segments.example.")
    return origins


@env.parser_for("listed")
def read_listed(text: str) -> list[str]:
    """What stands between commas."""
    return _listed(text)


@env.parser_for("time_zone")
def read_time_zone(name: str) -> str:
    """The name of a time zone that there is."""
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ValidationError(f"“{name}” is no time zone, such as Europe/Berlin.") from error
    return name


@env.parser_for("log_format")
def read_log_format(text: str) -> str:
    """How the log is written."""
    if text not in ("plain", "json"):
        raise ValidationError(f"“{text}” is no format of a log: plain or json.")
    return text


@env.parser_for("whole_number")
def read_whole_number(text: str) -> int:
    """A whole number, 1 or more."""
    if not re.fullmatch(r"\s*[1-9][0-9]{0,8}\s*", text):
        raise ValidationError(f"“{text}” is no whole number, 1 or more.")
    return int(text)


@env.parser_for("number_or_none")
def read_number_or_none(text: str) -> int:
    """A whole number; 0 stands for “not at all”."""
    return 0 if text.strip() == "0" else read_whole_number(text)


def _listed(text: str) -> list[str]:
    return [one for one in map(str.strip, text.split(",")) if one]


def kept_key(path: Path) -> str:
    """The key in this file, which only its owner may read; made at the first start."""
    try:
        key = path.read_text().strip() if path.exists() else ""
        return key if len(key) >= MIN_KEY_LENGTH else _made_key(path)
    except OSError as error:
        raise EnvError(
            f"{path} can't be read or made ({error.strerror}). Let this user write there, or set"
            " DJANGO_SECRET_KEY:"
        ) from error


def _made_key(path: Path) -> str:
    """Of several processes that start at once, the first makes it, and the others wait for the lock."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        key = file.read().strip()
        if not key:
            key = get_random_secret_key()
            file.write(key)
    if len(key) < MIN_KEY_LENGTH:
        raise EnvError(
            f"{path} holds {len(key)} characters, which is no whole key. Delete it, and the next start makes"
            " another; everybody has to log in again."
        )
    return key
