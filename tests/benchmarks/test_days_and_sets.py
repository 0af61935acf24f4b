"""The SQL written by hand for days, counts, segments and exceptions says what the definitions say."""

import pytest

from partners.core.moment import Moment
from tests.benchmarks import days_and_sets
from tests.benchmarks.asking import ID, run_sql
from tests.benchmarks.figures import Bench
from tests.benchmarks.handwritten import LENGTH
from tests.benchmarks.ours import members_of
from tests.benchmarks.sections import days_and_sets as section

pytestmark = pytest.mark.django_db


def test_every_statement_gives_the_answer_of_the_definition(program):
    with days_and_sets.another_segment() as key:
        found = days_and_sets.written(Moment.now().today, key)
        assert len(found) == 10
        for name, written in found.items():
            members = members_of(written.definition)
            first = [partner.pk for partner in members.page(LENGTH)]
            for form, sql in written.counts().items():
                assert run_sql(sql) == [(members.count,)], (name, form)
            for form, sql in written.pages().items():
                assert [row[ID] for row in run_sql(sql)] == first, (name, form)


def test_each_has_a_line_and_both_questions_a_mean_and_a_worst(program):
    lines = section.run(Bench(partners=100, runs=1, seed=1))
    assert len(lines) == 10 + 4
