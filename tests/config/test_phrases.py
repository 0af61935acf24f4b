"""What Django says to staff is said in the words of the program, by a catalogue of phrases."""

import ast
import re
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import ngettext
from django.utils.translation.trans_real import DjangoTranslation

from tests.segments.forms import text_of

ENTRY = re.compile(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:"[^\n]*"\n?)+)', re.MULTILINE)
DOMAINS = ("django", "djangojs")


def entries(path):
    """The phrases of a catalogue: (what Django says, of several, what is said instead)."""
    found = []
    for kind, quoted in ENTRY.findall(path.read_text()):
        text = "".join(map(ast.literal_eval, quoted.split("\n")[: quoted.count("\n") or 1]))
        if kind == "msgid":
            found.append([text, text, text])
        else:
            found[-1][1 if kind == "msgid_plural" else 2] = text
    return [entry for entry in found if entry[0]]


def own(domain):
    return entries(Path(settings.LOCALE_PATHS[0], "en", "LC_MESSAGES", f"{domain}.po"))


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_is_compiled_is_what_is_written(domain):
    spoken = DjangoTranslation("en", domain=domain)
    for one, several, instead in own(domain):
        assert spoken.ngettext(one, several, 2) == instead or spoken.gettext(one) == instead


@pytest.mark.parametrize("domain", DOMAINS)
def test_django_still_says_what_is_replaced(domain):
    files = Path(django.__file__).parent.glob(f"**/locale/en/LC_MESSAGES/{domain}.po")
    of_django = {one for file in files for one, _several, _instead in entries(file)}
    assert {one for one, _several, _instead in own(domain)} <= of_django


def test_staff_read_them(as_editor):
    assert ngettext("Please correct the error below.", "Please correct the errors below.", 1) == (
        "Not saved yet: put right what is marked below."
    )
    add = reverse("admin:partners_partnergroup_add")
    assert "Not saved yet: put right what is marked below." in text_of(as_editor.post(add, {"name": ""}))
    page = as_editor.post(add, {"name": "VIP", "_continue": "1"}, follow=True)
    assert re.search("Added the group “.*VIP.*”. You can go on changing it here.", text_of(page))
    assert "ticked" in as_editor.get(reverse("admin:jsi18n")).content.decode()
