"""The SQL written by hand says what the rules say: otherwise it would be no measure."""

import pytest
from hypothesis import given

from tests.benchmarks import handwritten
from tests.benchmarks.asking import ID, run_sql, truth
from tests.laws import law
from tests.segments.evaluator import matching
from tests.segments.strategies import definitions_of_version_1, programs, stored
from tests.segments.texts import folded

pytestmark = pytest.mark.django_db


def ids(rows):
    return [row[ID] for row in rows]


@law(25)
@given(programs(), definitions_of_version_1)
def test_every_form_gives_the_answer_of_the_rules(program, definition):
    members = matching(definition, program)
    by_name = sorted((folded(row.name), row.id) for row in program.partners if row.id in members)
    first = [pk for _name, pk in by_name]
    with stored(program):
        assert truth(definition) == (len(members), tuple(first))
        for form, sql in handwritten.counts(definition).items():
            assert run_sql(sql) == [(len(members),)], form
        for form, sql in handwritten.pages(definition).items():
            assert ids(run_sql(sql)) == first, form


def test_at_least_five_forms_are_written_for_a_count_and_for_a_page():
    asked = [
        {"field": "contract_stage", "operator": "any_of", "value": ["joined"]},
        {"field": "partner_group", "operator": "none_of", "value": [1]},
    ]
    definition = {"version": 1, "any": [{"all": asked}]}
    assert len(handwritten.counts(definition)) >= 5
    assert len(handwritten.pages(definition)) >= 5
