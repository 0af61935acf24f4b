"""That the catalog asks about every field or says why not, and that the checks tell a wrong declaration."""

import pytest
from django.apps import apps
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.test.utils import isolate_apps

from contracts.models import Contract, ContractStage, TemplateTerm
from partners.models import BusinessModel, Membership, Partner, PartnerGroup, ProspectingStage
from segments.attributes import (
    Attribute,
    ChoiceAttribute,
    CodeAttribute,
    CountAttribute,
    DayAttribute,
    IdAttribute,
    PresenceAttribute,
    ReferenceAttribute,
    Relation,
)
from segments.checks import check_catalog, problems
from segments.conditions import ATTRIBUTES, CATALOG, CONTRACT, LEFT_OUT, MEMBERSHIP, NO_CONTRACT, PARTNER
from segments.relations import column_at
from tests.segments.operators import ASKED, COMPLEMENTS, OPERATORS, POSITIVE
from tests.segments.samples import SAMPLES

ASKED_ABOUT = (Partner, Contract)


def own_fields(model):
    """The model's fields; relations that other models declare to it are theirs."""
    return [field for field in model._meta.get_fields() if field.concrete]


def labels(model):
    return {f"{model._meta.label}.{field.name}" for field in own_fields(model)}


def asked_about(kinds):
    """Labels of the fields that some condition asks about."""
    return {str(field) for kind in kinds for field in _asked_by(kind)}


def _asked_by(kind):
    column = kind.column
    yield column
    if getattr(kind, "by_text", False) and kind.to is column.model:
        yield kind.to._meta.get_field("name")
    for field in Partner._meta.many_to_many:
        if (
            field.remote_field.through is kind.relation.model
            and field.m2m_reverse_field_name() == column.name
        ):
            yield field


@pytest.mark.parametrize("model", ASKED_ABOUT)
def test_every_field_can_be_asked_about_or_is_left_out_on_purpose(model):
    forgotten = labels(model) - asked_about(ATTRIBUTES) - set(LEFT_OUT)
    assert not forgotten, "declare a condition for these in segments/conditions.py, or leave them out there"


def test_a_field_that_no_condition_asks_about_is_missed():
    fewer = [kind for kind in ATTRIBUTES if kind.key != "partner_group"]
    assert labels(Partner) - asked_about(fewer) - set(LEFT_OUT) == {"partners.Partner.groups"}


def test_what_is_left_out_exists_and_can_not_be_asked_about_all_the_same():
    fields = set().union(*(labels(model) for model in ASKED_ABOUT))
    assert set(LEFT_OUT) <= fields - asked_about(ATTRIBUTES)


@pytest.mark.parametrize("label", LEFT_OUT)
def test_what_is_left_out_has_its_reason(label):
    assert len(LEFT_OUT[label].split()) > 3


def test_the_catalog_finds_each_condition_by_its_key():
    assert list(CATALOG.values()) == list(ATTRIBUTES)
    assert all(CATALOG[kind.key] is kind for kind in ATTRIBUTES)


def test_every_condition_has_its_row_in_the_table_of_samples():
    assert set(SAMPLES) == set(CATALOG), "tests/segments/samples.py"


def test_every_operator_has_its_entry_among_those_of_the_tests():
    assert {operator for _field, operator in ASKED} == set(OPERATORS), "tests/segments/operators.py"


@pytest.mark.parametrize("kind", ATTRIBUTES, ids=lambda kind: kind.key)
def test_an_operator_and_its_complement_can_both_be_asked(kind):
    operators = {operator.key: operator for operator in kind.operators}
    for operator in kind.operators:
        assert operator.complement == COMPLEMENTS.get(operator.key, "")
        if operator.negative:
            assert POSITIVE[operator.key] == operator.complement
        if operator.complement:
            other = operators[operator.complement]
            assert type(other) is type(operator)
            assert not (operator.negative and other.negative)


def test_contract_stages_are_offered_in_the_order_of_the_screens_none_first():
    assert [str(option.label) for option in CATALOG["contract_stage"].options()] == [
        *["None", "Awaiting Publisher Approval", "Awaiting Advertiser Approval", "Publisher Declined"],
        *["Advertiser Declined", "Joined", "Expired", "Awaiting Contract Start", "Advertiser Retracted"],
        *["Advertiser Countered", "Publisher Retracted", "Publisher Countered", "Pending Contract Expired"],
        *["Archived", "Suspended", "Cancelled", "Publisher Deactivated"],
    ]


def test_all_eight_prospecting_stages_are_offered():
    assert [option.key for option in CATALOG["prospecting_stage"].options()] == ProspectingStage.values
    assert len(ProspectingStage.values) == 8


@pytest.mark.parametrize("field", ["contract_stage", "prospecting_stage"])
def test_every_choice_says_what_it_means(field):
    assert all(option.key and option.label and option.meaning for option in CATALOG[field].options())


@pytest.mark.parametrize(
    ("field", "all_values"),
    [
        ("contract_stage", set(ContractStage.values)),
        ("prospecting_stage", set(ProspectingStage.values)),
        ("business_model", None),  # may be empty
        ("country", None),  # the database takes any text
        ("contract_id", None),
    ],
)
def test_all_values_are_known_where_the_database_refuses_any_other(field, all_values):
    assert CATALOG[field].all_values() == all_values


# The system checks


def stage(**changes):
    declared = {"relation": CONTRACT, "path": "stage", "choices": ContractStage, **changes}
    return ChoiceAttribute("contract_stage", "Contract Stage", **declared)


def reference(**changes):
    return ReferenceAttribute("reference", "Reference", **changes)


def typed(**changes):
    return IdAttribute("typed", "Typed", **changes)


def told(*conditions):
    return [(problem.id, problem.msg) for problem in problems(conditions)]


def test_the_catalog_is_sound():
    assert problems(ATTRIBUTES) == []


def test_the_catalog_is_checked_with_the_models():
    assert check_catalog in checks.registry.registry.get_checks()
    assert checks.Tags.models in check_catalog.tags
    assert check_catalog(app_configs=apps.get_app_configs()) == []


def test_a_doubled_key_is_told():
    assert told(stage(), stage()) == [("segments.E001", "2 conditions have the key “contract_stage”.")]


@pytest.mark.parametrize(
    ("relation", "message"),
    [
        (Relation(TemplateTerm), "A relation without a path to the partner is the partner."),
        (Relation(Contract, partner="owner"), "“owner” is no foreign key to a partner."),
        (Relation(Contract, partner="stage"), "“stage” is no foreign key to a partner."),
        (Relation(Contract, partner="template_term"), "“template_term” is no foreign key to a partner."),
        (Relation(PartnerGroup, partner="partners"), "“partners” is no foreign key to a partner."),
    ],
    ids=str,
)
def test_a_relation_that_does_not_lead_to_the_partner_is_told(relation, message):
    assert ("segments.E002", message) in told(typed(relation=relation, path="pk", number=True))


@pytest.mark.parametrize(
    ("relation", "path"),
    [
        (CONTRACT, "phase"),
        (CONTRACT, "stage__name"),
        (CONTRACT, "template_term__shade"),
        (CONTRACT, ""),
        (PARTNER, "groups"),
        (PARTNER, "groups__name"),
        (PARTNER, "contracts"),
        (PARTNER, "contracts__number"),
    ],
)
def test_a_path_that_is_not_one_column_is_told(relation, path):
    [(code, message)] = told(typed(relation=relation, path=path))
    assert code == "segments.E003"
    assert message.startswith(f"“{path}” is no column: ")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            stage(choices=[*ContractStage.choices[1:], ("paused", "Paused")]),
            f"The choices of “stage” are others; they differ in: {ContractStage.values[0]}, paused.",
        ),
        (
            stage(relation=PARTNER, path="name", choices=[("a", "A"), ("b", "B")]),
            "The choices of “name” are others; they differ in: a, b.",
        ),
        (
            stage(relation=PARTNER, path="pk", choices=[], may_be_empty=True),
            "“pk” is never empty.",
        ),
        (
            stage(
                relation=PARTNER,
                path="prospecting_stage",
                choices=ProspectingStage,
                missing_choice=NO_CONTRACT,
            ),
            "“none” stands for having no row, but a partner has one always.",
        ),
        (
            stage(missing_choice=type(NO_CONTRACT)(key="joined", label="Joined")),
            "“joined” is a choice of its own already.",
        ),
        (typed(relation=CONTRACT, path="number", number=True), "“number” is no number."),
        (typed(relation=CONTRACT, path="pk"), "“pk” is no text."),
        (
            reference(relation=CONTRACT, path="template_term", to=PartnerGroup),
            "“template_term” does not refer to partners.PartnerGroup.",
        ),
        (reference(relation=PARTNER, path="pk", to=Contract), "“pk” does not refer to contracts.Contract."),
        (
            reference(relation=CONTRACT, path="stage", to=TemplateTerm),
            "“stage” does not refer to contracts.TemplateTerm.",
        ),
        (
            reference(relation=CONTRACT, path="pk", to=Contract, by_text=True),
            "contracts.Contract has no folded name to look for a text in.",
        ),
        (reference(relation=PARTNER, path="pk", to=Partner, may_be_empty=True), "“pk” is never empty."),
        (
            PresenceAttribute("given", "Given", relation=CONTRACT, path="start_date"),
            "“start_date” is never empty.",
        ),
        (CodeAttribute("code", "Code", relation=CONTRACT, path="pk", pattern="[A-Z]"), "“pk” is no text."),
        (DayAttribute("day", "Day", relation=CONTRACT, path="stage"), "“stage” is no day."),
        (
            DayAttribute("day", "Day", relation=CONTRACT, path="end_date"),
            "“end_date” and its column disagree on whether there may be no day.",
        ),
        (
            DayAttribute("day", "Day", relation=CONTRACT, path="start_date", may_be_empty=True),
            "“start_date” and its column disagree on whether there may be no day.",
        ),
        (
            CountAttribute("many", "Many", relation=PARTNER, of=PARTNER),
            "It counts rows that a partner has, and is asked of the partner.",
        ),
        (
            CountAttribute("many", "Many", relation=CONTRACT, of=CONTRACT),
            "It counts rows that a partner has, and is asked of the partner.",
        ),
    ],
    ids=lambda given: given.key if isinstance(given, Attribute) else None,
)
def test_an_operator_that_does_not_fit_its_column_is_told(kind, message):
    assert told(kind) == [("segments.E004", message)]


@pytest.mark.parametrize(
    "kind",
    [
        stage(),
        stage(relation=PARTNER, path="prospecting_stage", choices=ProspectingStage),
        typed(relation=CONTRACT, path="template_term__currency"),
        typed(relation=MEMBERSHIP, path="group__name"),
        reference(relation=MEMBERSHIP, path="group", to=PartnerGroup, by_text=True),
        reference(relation=CONTRACT, path="template_term__pk", to=TemplateTerm),
        reference(relation=MEMBERSHIP, path="group", to=PartnerGroup, may_be_empty=True),
        stage(relation=PARTNER, path="business_model", choices=BusinessModel, may_be_empty=True),
        PresenceAttribute("given", "Given", relation=PARTNER, path="email"),
        PresenceAttribute("given", "Given", relation=CONTRACT, path="end_date"),
        CodeAttribute("code", "Code", relation=CONTRACT, path="template_term__currency", pattern="[A-Z]"),
        DayAttribute("day", "Day", relation=CONTRACT, path="stage_since"),
        CountAttribute("many", "Many", relation=PARTNER, of=MEMBERSHIP),
    ],
    ids=lambda kind: f"{type(kind).__name__} {kind.path}",
)
def test_a_sound_declaration_is_left_in_peace(kind):
    assert told(kind) == []


def visits(*, key=None, **meta):
    """A relation to a model that is not in the program, with this key to the partner and these indexes."""
    options = type("Meta", (), {"app_label": "segments", **meta})
    key = key or models.ForeignKey(Partner, models.CASCADE, db_index=False, related_name="+")
    names = {"__module__": __name__, "Meta": options, "partner": key, "pages": models.IntegerField()}
    return Relation(type("Visit", (models.Model,), names), partner="partner")


FOR_SOME = models.Q(pages__gt=0)


@pytest.mark.parametrize(
    "indexes",
    [
        {},
        {"indexes": [models.Index(fields=["pages", "partner"], name="pages_first")]},
        {"indexes": [models.Index(fields=["partner"], name="for_some", condition=FOR_SOME)]},
        {"indexes": [models.Index(models.F("partner"), name="computed")]},
        {"constraints": [models.UniqueConstraint(fields=["pages", "partner"], name="pages_first")]},
        {"constraints": [models.UniqueConstraint(fields=["partner"], name="for_some", condition=FOR_SOME)]},
        {"constraints": [models.CheckConstraint(condition=FOR_SOME, name="no_index")]},
    ],
    ids=str,
)
@isolate_apps("segments")
def test_a_relation_without_an_index_that_starts_with_the_partner_is_told(indexes):
    [(code, message)] = told(typed(relation=visits(**indexes), path="pages", number=True))
    assert (code, message) == ("segments.W001", "No index or unique constraint starts with “partner”.")


@pytest.mark.parametrize(
    "indexes",
    [
        {"indexes": [models.Index(fields=["partner", "pages"], name="partner_first")]},
        {"indexes": [models.Index(fields=["-partner"], name="backwards")]},
        {"constraints": [models.UniqueConstraint(fields=["partner", "pages"], name="once")]},
        {"unique_together": [("partner", "pages")]},
    ],
    ids=str,
)
@isolate_apps("segments")
def test_an_index_that_starts_with_the_partner_is_enough(indexes):
    assert told(typed(relation=visits(**indexes), path="pages", number=True)) == []


@pytest.mark.parametrize("key", [models.ForeignKey, models.OneToOneField])
@isolate_apps("segments")
def test_the_index_that_a_key_brings_along_is_enough(key):
    own = key(Partner, models.CASCADE, related_name="+")
    assert told(typed(relation=visits(key=own), path="pages", number=True)) == []


def test_a_path_leads_to_its_column():
    assert column_at(Partner, "pk").name == "id"
    assert column_at(Contract, "template_term__currency").model is TemplateTerm
    assert column_at(Membership, "group").related_model is PartnerGroup
    with pytest.raises(FieldDoesNotExist, match=r"partners\.Partner\.groups is not one value"):
        column_at(Partner, "groups__name")
