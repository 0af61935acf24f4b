"""What the environment may say of the company's login, and what is said where it can't be so."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from environs import EnvError

from config.company import read_company_login, read_local_login
from config.environment import CAN_NOT_START

pytestmark = pytest.mark.once
RIGHT = {
    "OIDC_ISSUER": "https://login.example/realms/staff",
    "OIDC_CLIENT_ID": "segments",
    "OIDC_CLIENT_SECRET": "a secret",
    "OIDC_EDITORS": "partner managers, sales",
}


@pytest.fixture
def said(monkeypatch):
    """Puts these variables into the environment, and takes away others of the kind."""

    def said(**variables):
        for name in [name for name in os.environ if name.startswith("OIDC_")]:
            monkeypatch.delenv(name)
        for name, value in variables.items():
            if value is not None:
                monkeypatch.setenv(name, value)

    return said


def test_there_is_none_by_default(said):
    said()
    assert read_company_login() is None
    assert read_local_login(company=None) is True


def test_is_read_from_a_few_variables_and_the_rest_has_defaults(said):
    said(**RIGHT)
    company = read_company_login()
    assert company.as_app()["settings"]["server_url"] == (
        "https://login.example/realms/staff/.well-known/openid-configuration"
    )
    assert company.name == "your company login"
    assert company.scopes == ("openid", "profile")
    assert company.groups_claim == "groups"
    assert company.origins == ("https://login.example",)


def test_the_group_that_gives_most_counts(said):
    said(**RIGHT, OIDC_VIEWERS="all", OIDC_SUPERUSERS="admins")
    company = read_company_login()
    assert company.role_of(["all", "sales"]) == "editor"
    assert company.role_of(["sales", "admins"]) == "superuser"
    assert company.role_of(["all"]) == "viewer"
    assert company.role_of(["others", "Admins"]) is None
    assert company.role_of([]) is None


def test_passwords_can_be_switched_off_once_there_is_one(said):
    said(**RIGHT, LOCAL_LOGIN="0")
    assert read_local_login(company=read_company_login()) is False


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"OIDC_ISSUER": None}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": ""}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "login.example"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "http://login.example"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://login.example/?realm=1"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://[::1"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": f"https://login.example/{'x' * 200}"}, "OIDC_ISSUER"),
        ({"OIDC_CLIENT_ID": None}, "OIDC_CLIENT_ID"),
        ({"OIDC_CLIENT_SECRET": " "}, "OIDC_CLIENT_SECRET"),
        ({"OIDC_EDITORS": " , "}, "OIDC_EDITORS"),
        ({"OIDC_NAME": ""}, "OIDC_NAME"),
        ({"OIDC_GROUPS_CLAIM": ""}, "OIDC_GROUPS_CLAIM"),
        ({"OIDC_SCOPES": "profile"}, "OIDC_SCOPES"),
        ({"OIDC_ORIGINS": "login.example"}, "OIDC_ORIGINS"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_by_name(said, changes, named):
    said(**(RIGHT | changes))
    with pytest.raises(EnvError, match=named):
        read_company_login()


def test_a_provider_on_this_machine_may_do_without_https(said):
    said(**(RIGHT | {"OIDC_ISSUER": "http://localhost:9400"}))
    assert read_company_login().origins == ("http://localhost:9400",)


def started(*arguments, **variables):
    path = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "sqlite://:memory:",
        "DJANGO_SECRET_KEY": "abcdefghij0123456789" * 3,
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**path, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_start_says_in_one_line_that_none_could_log_in():
    done = started("check", LOCAL_LOGIN="0")
    assert done.returncode == CAN_NOT_START
    [line] = done.stderr.splitlines()
    assert "LOCAL_LOGIN is 0, but OIDC_ISSUER is not set" in line


def test_a_site_with_all_of_it_is_fit_to_be_deployed():
    switches = {"SITE_HTTPS": "1", "LOCAL_LOGIN": "0", "SUPERUSERS_NEED_CODES": "1"}
    done = started("check", "--deploy", "--fail-level", "WARNING", **switches, **RIGHT)
    assert done.returncode == 0, done.stderr
