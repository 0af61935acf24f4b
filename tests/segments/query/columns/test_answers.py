"""What was answered before is not asked again, and is never taken for what it no longer is."""

import numpy as np
import pytest

from partners.core.snapshot import snapshot
from segments.definition import Definition
from segments.query.columns import answers, evaluation
from segments.query.columns.answers import Answers
from segments.query.columns.bits import bits_at
from segments.query.columns.evaluation import Evaluator
from segments.query.columns.store import ColumnStore
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory
from tests.segments.forms import any_of, asks
from tests.segments.moments import AT
from tests.segments.query.columns.database import in_another_thread, of_several_connections

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = Definition.from_json(any_of([asks("contract_id", "any_of", ["C-1", "C-2"])]))


@pytest.fixture
def asked(monkeypatch):
    """The questions of SQL whose ids become masks, as where an attribute says only what SQL asks."""
    monkeypatch.setattr("segments.attributes.ids.IdAttribute.array", None)
    found, read_ids = [], evaluation.read_ids
    monkeypatch.setattr(evaluation, "read_ids", lambda ids: found.append(ids) or read_ids(ids))
    return found


def store_of_now():
    store = ColumnStore()
    store.is_on = True
    store.build()
    return store


def found_in_snapshot(store):
    state = store.state()
    return state.ids(Evaluator(state, AT).of_definition(ASKED)).tolist()


def found(store):
    with snapshot():
        return found_in_snapshot(store)


def test_what_was_asked_is_not_asked_again(asked):
    one = ContractFactory(number="C-1").partner_id
    store = store_of_now()
    assert found(store) == found(store) == [one]
    assert len(asked) == 1


def test_after_a_change_only_those_who_changed_are_asked_again(asked):
    one, other = ContractFactory(number="C-1").partner_id, PartnerFactory()
    store = store_of_now()
    found(store)
    ContractFactory(number="C-2", partner=other)
    assert found(store) == [one, other.pk]
    _all, those_who_changed = asked
    assert list(those_who_changed) == [other.pk]


@pytest.mark.session
def test_an_older_snapshot_is_not_given_what_a_newer_one_was_answered(tmp_path):
    with of_several_connections(tmp_path):
        partner, term = PartnerFactory(), TemplateTermFactory()
        store = store_of_now()

        def add_and_ask():
            ContractFactory(number="C-1", partner=partner, template_term=term)
            assert found(store) == [partner.pk]

        with snapshot():
            assert store.state()
            in_another_thread(add_and_ask)
            assert found_in_snapshot(store) == []
        assert found(store) == [partner.pk]


@pytest.mark.parametrize("negative", [False, True])
def test_a_text_in_names_of_terms_is_kept_as_the_list_of_those_named_so_now(monkeypatch, negative):
    gold, silver = ContractFactory(template_term__name="Gold"), ContractFactory(template_term__name="Silver")
    text = asks("template_term", "not_contains" if negative else "contains", "gold")
    definition = Definition.from_json(any_of([text]))
    store, worked_out = store_of_now(), []
    work_out = Evaluator.of_positive
    monkeypatch.setattr(Evaluator, "of_positive", lambda *asked: worked_out.append(asked) or work_out(*asked))

    def found():
        with snapshot():
            state = store.state()
            return state.ids(Evaluator(state, AT).of_definition(definition)).tolist()

    with_gold, with_silver = gold.partner_id, silver.partner_id
    assert found() == found() == [with_silver if negative else with_gold]
    assert len(worked_out) == 1
    # Names of terms are in no change log.
    gold.template_term.name, silver.template_term.name = "Silver plus", "Gold plus"
    gold.template_term.save()
    silver.template_term.save()
    assert found() == [with_gold if negative else with_silver]


def bits(*places):
    return bits_at(np.array(places, np.int32), 64)


@pytest.mark.parametrize("places", [(), (0,), (63,), tuple(range(0, 64, 2)), tuple(range(64))])
def test_an_answer_is_given_as_it_was(places):
    kept = Answers()
    kept.put("it", bits(*places), 64, 64, 1.0)
    assert (kept.get("it", 64) == bits(*places)).all()
    assert kept.get("it", 65) is None
    assert kept.get("something else", 64) is None


def test_what_costs_little_and_is_not_asked_for_is_forgotten_first(monkeypatch):
    monkeypatch.setattr(answers, "BYTES_PER_PARTNER", 2 * 8 / 64)
    kept, half = Answers(), bits(*range(32))
    kept.put("dear", half, 64, 64, 9.0)
    kept.put("cheap", half, 64, 64, 1.0)
    kept.put("fair", half, 64, 64, 5.0)
    assert kept.get("cheap", 64) is None
    assert kept.get("dear", 64) is not None
    # Each that is forgotten makes the others worth less, but those that are asked for again.
    for number in range(9):
        kept.put(number, half, 64, 64, 2.0)
        assert kept.get("fair", 64) is not None
    assert kept.get("dear", 64) is None
