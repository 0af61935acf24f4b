"""Follows docs/extending.md to the letter, in a copy of the project."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from segments.conditions import CATALOG

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text()
NOT_COPIED = shutil.ignore_patterns(".*", "*.sqlite3*", "__pycache__", "staticfiles", "htmlcov")
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
STEP = re.compile(
    r"^In `(?P<file>[^`]+)`, (?P<where>before|after|replace) `(?P<start>[^`]+)`(?:, add| with):\n\n"
    + BLOCK.pattern.removeprefix("^"),
    re.MULTILINE | re.DOTALL,
)

NEW_FILE = re.compile(
    r"^Write `(?P<file>[^`]+)`:\n\n" + BLOCK.pattern.removeprefix("^"), re.MULTILINE | re.DOTALL
)
FIELD, _heading, APP = PAGE.partition("\n## Conditions of another app\n")

SCRIPT = """
import json
from datetime import timedelta
from django.contrib.auth.models import User
from django.test import Client
from partners.models import Partner
from segments.compiler import compile_definition
from segments.definition import Definition
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.models import Segment
from django.utils import timezone

Partner.objects.bulk_create(
    Partner(id=pk, name=f"Partner {pk}", **tier)
    for pk, tier in [(1, {}), (2, {"tier": "silver"}), (3, {"tier": "gold"}), (4, {"tier": "gold"})]
)

def found(operator, *tiers):
    definition = Definition.from_json(
        {"version": 1, "any": [{"all": [{"field": "tier", "operator": operator, "value": list(tiers)}]}]}
    )
    partners = Partner.objects.filter(compile_definition(definition))
    segment = Segment.objects.create(name=f"{operator} {tiers}", definition=definition.to_json())
    return sorted(partners.values_list("pk", flat=True)), segment

gold, segment = found("any_of", "gold")
others, _ = found("none_of", "gold")
OTHERS = [
    ("birthday", "within", {"anniversary": {"next": 30}}),
    ("birthday", "not_within", {"anniversary": {"next": 30}}),
    ("birthday", "is_empty", None),
    ("last_seen", "within", {"last": 1}),
    ("last_seen", "within", {"more_days_ago": 300}),
    ("last_seen", "is_not_empty", None),
    ("language", "any_of", ["de"]),
    ("language", "none_of", ["DE"]),
    ("phone", "is_empty", None),
    ("phone", "is_not_empty", None),
]
now = timezone.now()
Partner.objects.filter(pk=1).update(birthday=timezone.localdate().replace(year=1984), last_seen=now)
Partner.objects.filter(pk=2).update(last_seen=now - timedelta(days=400), language="DE", phone="1")

def said(field, operator, value):
    condition = {"field": field, "operator": operator} | ({} if value is None else {"value": value})
    definition = Definition.from_json({"version": 2, "any": [{"all": [condition]}]})
    partners = Partner.objects.filter(compile_definition(definition)).order_by("pk")
    return sentence(definition, Labels.of(definition)), list(partners.values_list("pk", flat=True))

client = Client(headers={"host": "localhost"})
client.force_login(User.objects.create(username="admin", is_staff=True, is_superuser=True))
pages = {
    "new": "/admin/segments/segment/add/",
    "saved": f"/admin/segments/segment/{segment.pk}/change/",
    "segments": "/admin/segments/segment/?condition=tier",
    "partner": "/admin/partners/partner/3/change/",
    "form": "/admin/partners/partner/3/edit/",
    "why": f"/admin/segments/segment/{segment.pk}/why/?explain=3",
    "why not": f"/admin/segments/segment/{segment.pk}/why/?explain=1",
}
answers = {name: client.get(address).content.decode() for name, address in pages.items()}
columns = dict(said(*one) for one in OTHERS)
print(json.dumps({"gold": gold, "others": others, "columns": columns, **answers}))
"""

SCRIPT_OF_APP = """
import json
from django.contrib.auth.models import User
from django.test import Client
from contracts.models import TemplateTerm
from partners.models import Partner
from segments.compiler import compile_definition
from segments.conditions import ATTRIBUTES
from segments.definition import Definition
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.models import Segment
from surveys.models import Answer

Partner.objects.bulk_create(Partner(id=pk, name=f"Partner {pk}") for pk in (1, 2, 3))
TemplateTerm.objects.create(id=1, name="Gold", currency="EUR")
TemplateTerm.objects.create(id=2, name="Silver", currency="EUR")
Answer.objects.bulk_create(
    Answer(partner_id=pk, satisfaction=satisfaction, about_id=about)
    for pk, satisfaction, about in [(1, "happy", 1), (1, "happy", 2), (2, "unhappy", 1)]
)

def found(operator):
    condition = {"field": "satisfaction", "operator": operator, "value": ["happy"]}
    definition = Definition.from_json({"version": 1, "any": [{"all": [condition]}]})
    segment = Segment.objects.create(name=operator, definition=definition.to_json())
    partners = Partner.objects.filter(compile_definition(definition))
    return sorted(partners.values_list("pk", flat=True)), segment

def said(field, operator, value):
    condition = {"field": field, "operator": operator, "value": value}
    definition = Definition.from_json({"version": 2, "any": [{"all": [condition]}]})
    partners = Partner.objects.filter(compile_definition(definition)).order_by("pk")
    return sentence(definition, Labels.of(definition)), list(partners.values_list("pk", flat=True))

happy, segment = found("any_of")
others, _ = found("none_of")
columns = dict(
    said(*one)
    for one in [
        ("answered_about", "any_of", [2]),
        ("answered_about", "none_of", [2]),
        ("answered_about", "contains", "gold"),
        ("answers", "at_least", "2"),
        ("answers", "less_than", "1"),
    ]
)
client = Client(headers={"host": "localhost"})
client.force_login(User.objects.create(username="admin", is_staff=True, is_superuser=True))
pages = {
    "new": "/admin/segments/segment/add/",
    "saved": f"/admin/segments/segment/{segment.pk}/change/",
    "segments": "/admin/segments/segment/?condition=satisfaction",
    "why": f"/admin/segments/segment/{segment.pk}/why/?explain=1",
    "list": "/admin/partners/partner/?satisfaction=happy",
    "saved filter": "/admin/segments/segment/add/?list=partners.partner&filters=satisfaction%3Dhappy",
}
answers = {name: client.get(address).content.decode() for name, address in pages.items()}
keys = [one.key for one in ATTRIBUTES]
print(json.dumps({"happy": happy, "others": others, "columns": columns, "keys": keys, **answers}))
"""


class Copy:
    """A copy of the project in a folder of its own, with a database of its own."""

    def __init__(self, folder):
        self.folder = folder / "project"
        shutil.copytree(ROOT, self.folder, ignore=NOT_COPIED)

    def take(self, step):
        """Do what one step of the page says."""
        file = self.folder / step["file"]
        lines = file.read_text().splitlines(keepends=True)
        [at] = [number for number, line in enumerate(lines) if line.lstrip().startswith(step["start"])]
        first, last = {"before": (at, at), "after": (at + 1, at + 1), "replace": (at, at + 1)}[step["where"]]
        lines[first:last] = [step["text"]]
        file.write_text("".join(lines))

    def write(self, new):
        """Make the new file that a step of the page tells to write."""
        (self.folder / new["file"]).write_text(new["text"])

    def run(self, *arguments):
        """Run Python with these arguments, as a developer would who has just these variables."""
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": f"sqlite:///{quote(str(self.folder / 'db.sqlite3'))}",
        }
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def followed(copy, text):
    """Take every step and run every command of this part of the page, in its order."""
    steps = {step.end(): (copy.take, step) for step in STEP.finditer(text)}
    steps |= {new.end(): (copy.write, new) for new in NEW_FILE.finditer(text)}
    for block in BLOCK.finditer(text):
        if block["language"] == "sh":
            for command in block["text"].splitlines():
                copy.run(*shlex.split(command.removeprefix(".venv/bin/python ")))
        else:
            do, step = steps[block.end()]
            do(step)
    return copy


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return followed(Copy(tmp_path_factory.mktemp("extending")), FIELD)


@pytest.fixture(scope="module")
def answer(project):
    return json.loads(project.run("manage.py", "shell", "--no-imports", "-c", SCRIPT))


@pytest.fixture(scope="module")
def project_with_app(tmp_path_factory):
    return followed(Copy(tmp_path_factory.mktemp("app")), APP)


@pytest.fixture(scope="module")
def answer_with_app(project_with_app):
    return json.loads(project_with_app.run("manage.py", "shell", "--no-imports", "-c", SCRIPT_OF_APP))


def test_every_place_that_the_page_names_comes_with_what_to_put_there():
    assert len(re.findall(r"^In `", PAGE, re.MULTILINE)) == len(list(STEP.finditer(PAGE))) > 0


def test_the_new_field_is_asked_about(answer):
    assert answer["gold"] == [3, 4]
    assert answer["others"] == [1, 2]


def test_dates_codes_and_what_may_be_empty_are_asked_about_by_the_day(answer):
    assert answer["columns"] == {
        "Partners whose Birthday is on a day whose anniversary is in the next 30 days.": [1],
        "Partners whose Birthday is not on a day whose anniversary is in the next 30 days.": [2, 3, 4],
        "Partners whose Birthday is empty.": [2, 3, 4],
        "Partners whose Last Seen is today.": [1],
        "Partners whose Last Seen is more than 300 days ago.": [2],
        "Partners whose Last Seen is not empty.": [1, 2],
        "Partners whose Language is DE.": [2],
        "Partners whose Language is not DE.": [1, 3, 4],
        "Partners whose Phone is empty.": [1, 3, 4],
        "Partners whose Phone is not empty.": [2],
    }


def test_the_builder_offers_the_new_condition(answer):
    assert '<option value="tier">Tier</option>' in answer["new"]


def test_the_builder_opens_a_segment_with_it_and_says_what_it_means(answer):
    assert '<option value="tier" selected>Tier</option>' in answer["saved"]
    assert all(f'<option value="{tier}"' in answer["saved"] for tier in ("bronze", "silver", "gold"))
    assert "in tier Gold" in answer["saved"]


def test_the_builder_explains_no_choices_that_have_no_meaning(answer):
    assert "What the stages mean" not in answer["saved"]


def test_the_segments_screen_filters_by_it(answer):
    assert "in tier Gold" in answer["segments"]
    assert "not in tier Gold" in answer["segments"]


def test_explanations_name_what_a_partner_has(answer):
    assert "Tier is any of Gold" in answer["why"]
    assert "Tier: Gold" in answer["why"]
    assert "Tier: Bronze" in answer["why not"]
    assert "Tier: Gold" in answer["partner"]


def test_staff_can_set_the_new_field(answer):
    assert '<option value="gold" selected>Gold</option>' in answer["form"]


def test_the_tests_that_the_page_speaks_of_pass_with_its_rows(project):
    # Of the long tables only the rows of the new fields: the suite itself runs the others.
    samples = "".join(step["text"] for step in STEP.finditer(FIELD) if step["file"].endswith("samples.py"))
    new = re.findall(r'^    "(\w+)":', samples, re.MULTILINE)
    assert "tier" in new
    others = ["test_conditions.py", "test_laws.py", "test_admin.py", "test_docs.py"]
    project.run(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"),
        *("-k", " or ".join(new + others)),
        "tests/segments/test_conditions.py",
        "tests/segments/test_truth_table.py",
        "tests/segments/test_long_lists.py::test_a_list_as_long_as_can_be_works",
        "tests/segments/test_definition_values.py",
        "tests/segments/test_laws.py::test_a_negative_condition_is_the_exact_complement_of_its_positive_one",
        "tests/partners/test_admin.py::test_a_changed_stage_is_dated_and_the_first_joining_kept",
        "tests/test_docs.py::test_the_table_of_conditions_is_the_catalog",
    )


def test_what_the_page_adds_is_written_as_the_project_is(project):
    written = sorted({step["file"] for step in STEP.finditer(FIELD) if step["language"] == "python"})
    project.run("-m", "ruff", "check", *written)
    project.run("-m", "ruff", "format", "--check", *written)
    project.run("manage.py", "makemigrations", "--check", "--dry-run")


def test_an_app_brings_its_conditions_without_a_change_of_segments():
    files = {step["file"] for pattern in (STEP, NEW_FILE) for step in pattern.finditer(APP)}
    written = {"models.py", "conditions.py", "extensions.py", "apps.py"}
    assert files == {"config/settings.py", *(f"surveys/{name}" for name in written)}


def test_the_condition_of_an_app_is_asked_about(answer_with_app):
    assert answer_with_app["happy"] == [1]
    assert answer_with_app["others"] == [2, 3]


def test_foreign_keys_texts_and_counts_of_an_app_are_asked_about(answer_with_app):
    assert answer_with_app["columns"] == {
        "Partners who answered about “Silver”.": [1],
        "Partners who did not answer about “Silver”.": [2, 3],
        "Partners with an answer about terms whose name contains “gold”.": [1, 2],
        "Partners with at least 2 answers.": [1],
        "Partners with no answer.": [3],
    }


def test_the_conditions_of_apps_stand_after_those_of_segments(answer_with_app):
    assert answer_with_app["keys"] == [*CATALOG, "satisfaction", "answered_about", "answers"]


def test_the_screens_know_the_condition_of_an_app(answer_with_app):
    assert '<option value="satisfaction">Satisfaction</option>' in answer_with_app["new"]
    assert '<option value="happy" selected' in answer_with_app["saved"]
    assert "who are Happy" in answer_with_app["segments"]
    assert "Satisfaction: Happy" in answer_with_app["why"]


def test_the_list_is_filtered_by_the_condition_of_an_app_and_saved_as_a_segment(answer_with_app):
    assert "1 partner<" in answer_with_app["list"]
    assert "Satisfaction: <bdi>Happy</bdi>" in answer_with_app["list"]
    assert 'value="happy" selected' in answer_with_app["saved filter"]
    assert "Satisfaction: Happy" in answer_with_app["saved filter"]


def test_what_the_page_writes_for_an_app_is_written_as_the_project_is(project_with_app):
    written = sorted(new["file"] for new in NEW_FILE.finditer(APP))
    project_with_app.run("-m", "ruff", "check", *written)
    project_with_app.run("-m", "ruff", "format", "--check", *written)
    project_with_app.run("manage.py", "makemigrations", "--check", "--dry-run")
    project_with_app.run("manage.py", "check", "--fail-level", "WARNING")
