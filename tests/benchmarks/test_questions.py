"""The questions of the benchmark can be asked, and a seed repeats them."""

from random import Random

import pytest

from segments.definition import Definition
from segments.query.keyset import Cursor
from tests.benchmarks.ours import members_of
from tests.benchmarks.peers import PEERS, Unsaid
from tests.benchmarks.questions import random_ones, representative

pytestmark = pytest.mark.slow


def test_the_representative_segments_are_sound(program):
    questions = representative(Random(1))
    assert len(questions) >= 17
    for question in questions.values():
        Definition.from_json(question)


def test_a_seed_repeats_the_random_segments(program):
    assert random_ones(Random(1)) == random_ones(Random(1))
    assert random_ones(Random(1)) != random_ones(Random(2))


def test_page_after_page_gives_every_partner_once(program):
    members = members_of(representative(Random(1))["Or of broad"])
    seen, at = [], None
    while page := members.page(7, at=at):
        seen += page
        at = Cursor(page[-1])
    assert [(one.name_folded, one.pk) for one in seen] == sorted({(one.name_folded, one.pk) for one in seen})
    assert len(seen) == members.count


def test_django_filter_answers_what_it_can_express_as_we_do(program):
    asked = 0
    for definition in {**representative(Random(1)), **random_ones(Random(1))}.values():
        try:
            found = PEERS["django-filter"](definition)
        except Unsaid:
            continue
        asked += 1
        assert found.count() == members_of(definition).count, definition
    assert asked > 10
