"""The laws of segments, held against random programs and random definitions over the whole catalog."""

import json
import re

import pytest
from django.core.exceptions import EmptyResultSet
from hypothesis import assume, given
from hypothesis import strategies as st

from partners.models import Partner
from segments.analysis.findings import findings
from segments.compiler import compile_definition
from segments.conditions import CATALOG
from segments.definition import Definition
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.models import Segment
from tests.laws import drawn, law
from tests.segments.evaluator import matching
from tests.segments.moments import AT
from tests.segments.operators import ASKED, POSITIVE, TEXTS, asked_with
from tests.segments.samples import INNER
from tests.segments.strategies import (
    conditions,
    definitions,
    groups,
    on_contracts,
    programs,
    stored,
    texts_of,
)

pytestmark = pytest.mark.django_db

NEGATIVE = {positive: negative for negative, positive in POSITIVE.items()}
OLD = [attribute for attribute in CATALOG.values() if attribute.version == 1]
old_conditions = conditions(OLD).filter(lambda condition: "value" in condition)
old_definitions = st.fixed_dictionaries(
    {
        "version": st.sampled_from([1, 2]),
        "any": st.lists(
            st.fixed_dictionaries(
                {"all": st.lists(old_conditions, min_size=1, max_size=3)},
                optional={"contracts": st.sampled_from(["same", "any"])},
            ),
            min_size=1,
            max_size=3,
        ),
    }
)
"""Those that say nothing that version 2 has first."""
several_definitions = st.lists(definitions, min_size=1, max_size=4)


def partners_of(definition):
    return Partner.objects.filter(compile_definition(Definition.from_json(definition), AT))


def found(definition):
    """The ids that the compiled query returns, each as often as it does."""
    return sorted(partners_of(definition).values_list("pk", flat=True))


def one_group(*conditions, **settings):
    return {"version": 1, "any": [{"all": list(conditions), **settings}]}


@law(200)
@given(programs(), several_definitions)
def test_the_compiled_query_returns_what_the_rules_say_each_partner_once(program, several):
    with stored(program):
        for definition in several:
            assert found(definition) == sorted(matching(definition, program)), definition


@law(40)
@given(programs(), definitions)
def test_the_count_is_the_length_of_the_list(program, definition):
    with stored(program):
        assert partners_of(definition).count() == len(list(partners_of(definition)))


@law(100)
@given(programs(), st.lists(conditions(), min_size=1, max_size=4))
def test_a_negative_condition_is_the_exact_complement_of_its_positive_one(program, several):
    with stored(program):
        for condition in several:
            operator = POSITIVE.get(condition["operator"], condition["operator"])
            if operator not in NEGATIVE:
                continue
            having = found(one_group({**condition, "operator": operator}))
            lacking = found(one_group({**condition, "operator": NEGATIVE[operator]}))
            assert sorted(having + lacking) == sorted(program.ids), condition


@law(80)
@given(programs(), groups, conditions() | on_contracts, st.integers(0, 3))
def test_adding_a_condition_adds_nobody(program, group, condition, place):
    more = [*group["all"][:place], condition, *group["all"][place:]]
    with stored(program):
        before = found({"version": 1, "any": [group]})
        after = found({"version": 1, "any": [{**group, "all": more}]})
    assert set(after) <= set(before)


@law(80)
@given(programs(), st.lists(on_contracts | conditions(), min_size=2, max_size=3))
def test_what_the_same_contract_matches_any_contracts_match_too(program, several):
    with stored(program):
        assert set(found(one_group(*several, contracts="same"))) <= set(
            found(one_group(*several, contracts="any"))
        )


@law(60)
@given(programs(), definitions, groups, st.integers(0, 3))
def test_adding_a_group_removes_nobody(program, definition, group, place):
    more = [*definition["any"][:place], group, *definition["any"][place:]]
    with stored(program):
        assert set(found(definition)) <= set(found({**definition, "any": more}))


@law(60)
@given(programs(), definitions, groups, st.integers(0, 2))
def test_adding_an_exception_adds_nobody(program, definition, group, place):
    excepted = definition.get("except", [])
    more = [*excepted[:place], group, *excepted[place:]]
    with stored(program):
        assert set(found({**definition, "except": more})) <= set(found(definition))


@law(60)
@given(programs(), definitions, groups)
def test_who_is_excepted_is_who_is_in_both(program, definition, group):
    with stored(program):
        members, in_group = set(found(definition)), set(found({"version": 1, "any": [group]}))
        excepted = [*definition.get("except", []), group]
        assert set(found({**definition, "except": excepted})) == members - in_group


@law(60)
@given(programs(), st.lists(definitions, min_size=len(INNER), max_size=len(INNER)))
def test_a_segment_that_is_named_is_asked_as_if_it_were_asked_by_itself(program, several):
    assume('"segment"' not in json.dumps(several))  # there would be circles
    with stored(program):
        for pk, definition in zip(INNER, several, strict=True):
            Segment.objects.filter(pk=pk).update(definition=definition)
        members = set().union(*map(found, several))
        AT.kept.clear()  # the segments are defined anew
        asked = {"field": "segment", "value": list(INNER)}
        having = found(one_group({**asked, "operator": "any_of"}))
        lacking = found(one_group({**asked, "operator": "none_of"}))
        AT.kept.clear()
    assert having == sorted(members)
    assert lacking == sorted(program.ids - members)


@law(80)
@given(programs(), definitions, st.randoms(use_true_random=False))
def test_the_order_of_groups_conditions_and_values_changes_nothing(program, definition, random):
    with stored(program):
        assert found(definition) == found(shuffled(definition, random))


def shuffled(part, random):
    """The same part of a definition, with every list in it in another order."""
    if isinstance(part, dict):
        return {key: shuffled(value, random) for key, value in part.items()}
    if isinstance(part, list):
        return random.sample([shuffled(item, random) for item in part], len(part))
    return part


@law(60)
@given(programs(), definitions)
def test_doubled_groups_conditions_and_values_change_nothing(program, definition):
    with stored(program):
        assert found(definition) == found(doubled(definition))


def doubled(part):
    """The same part of a definition, with every list in it twice over."""
    if isinstance(part, dict):
        return {key: doubled(value) for key, value in part.items()}
    if isinstance(part, list):
        return [doubled(item) for item in part] * 2
    return part


@law(200)
@given(definitions)
def test_a_definition_loses_nothing_as_json(raw):
    definition = Definition.from_json(raw)
    stored_as = definition.to_json()
    read_again = Definition.from_json(json.loads(json.dumps(stored_as)))
    assert read_again == definition
    assert hash(read_again) == hash(definition)
    assert read_again.to_json() == stored_as


@law(100)
@given(definitions)
def test_what_is_said_in_version_1_is_the_same_in_version_2(definition):
    first, second = (Definition.from_json({**definition, "version": version}) for version in (1, 2))
    assert first == second
    assert sentence(first, Labels.of(first)) == sentence(second, Labels.of(second))
    assert findings(first) == findings(second)


@law(100)
@given(old_definitions)
def test_what_version_1_can_say_is_written_as_version_1(definition):
    written = json.dumps(Definition.from_json(definition).to_json())
    assert json.loads(written)["version"] == 1
    assert json.dumps(Definition.from_json(json.loads(written)).to_json()) == written


@law(60)
@given(programs(), definitions)
def test_what_is_stored_means_what_was_given(program, definition):
    assert matching(Definition.from_json(definition).to_json(), program) == matching(definition, program)


@law(150)
@given(definitions)
def test_the_sql_has_no_distinct_and_no_join(definition):
    try:
        sql, _parameters = partners_of(definition).order_by().query.sql_with_params()
    except EmptyResultSet:
        return
    assert not re.search(r"\b(DISTINCT|JOIN)\b", sql), sql


@law(120)
@given(programs(), st.data())
def test_texts_in_hard_letters_match_as_the_rules_say(program, data):
    text = data.draw(texts_of(program))
    with stored(program):
        for field, operator in asked_with(TEXTS):
            definition = one_group({"field": field, "operator": operator, "value": text})
            assert found(definition) == sorted(matching(definition, program)), definition


def test_every_field_of_the_catalog_is_drawn():
    found = drawn(st.lists(conditions(), min_size=30, max_size=30), 100)
    assert {(condition["field"], condition["operator"]) for several in found for condition in several} == set(
        ASKED
    )


def test_some_programs_lack_what_a_program_can_lack():
    found, parts = drawn(programs(), 300), ("partners", "groups", "terms")
    lacking = [{part for part in parts if not getattr(program, part)} for program in found]
    assert all(one in lacking for one in ({"partners"}, {"groups"}, {"terms"}, set(parts)))
    assert lacking.count(set()) > len(found) / 3  # half of them or more; Hypothesis draws in clusters
    full = [program for program in found if program.partners and program.groups and program.terms]
    for part in ("groups", "contracts"):
        having = [{bool(getattr(partner, part)) for partner in program.partners} for program in full]
        assert all(one in having for one in ({True}, {False}, {True, False}))
