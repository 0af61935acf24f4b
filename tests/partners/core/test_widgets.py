"""Selects that are drawn at once are what Django draws."""

import pytest
from django.forms import Select, SelectMultiple

from partners.core.widgets import DrawnAtOnce

CHOICES = [("", "---"), ("a", "A & <b>"), (3, "“Three”"), ('"', "'")]
IN_GROUPS = [("", "---"), ("First & <b>", CHOICES[1:3]), ("Second", CHOICES[3:])]
ATTRIBUTES = {"id": "x", "required": True, "disabled": False, "title": '"<&', "size": 5, "data-empty": ""}


class SeveralDrawnAtOnce(DrawnAtOnce, SelectMultiple):
    """Several can be chosen."""


@pytest.mark.parametrize("choices", [CHOICES, IN_GROUPS, []])
@pytest.mark.parametrize("value", [None, "a", 3, "3", '"', "unknown"])
def test_one_choice(choices, value):
    attributes = {"hx-post": "", "autofocus": True}
    drawn, usual = (widget(attrs=attributes, choices=choices) for widget in (DrawnAtOnce, Select))
    assert drawn.render("<name>", value, ATTRIBUTES) == usual.render("<name>", value, ATTRIBUTES)


@pytest.mark.parametrize("value", [None, [], ["a", "3"], ["unknown"]])
def test_several_choices(value):
    drawn, usual = (widget(choices=CHOICES) for widget in (SeveralDrawnAtOnce, SelectMultiple))
    assert drawn.render("name", value) == usual.render("name", value)
