"""Definitions as files: readable, the same in an installation with other keys, strict, and hard to hurt."""

import json
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.core.limits import limits
from partners.models import Partner
from segments.conditions import CATALOG
from segments.definition import Definition
from segments.errors import DefinitionFileError
from segments.query.sql import SqlQuery
from segments.transfer import read, save_along, written
from tests.factories import PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.laws import law
from tests.segments import evaluator, strategies
from tests.segments.forms import (
    NEW,
    PROSPECTS,
    any_of,
    asks,
    saved,
)
from tests.segments.moments import AT

pytestmark = pytest.mark.django_db


def file(definition, **more):
    return json.dumps({**definition, **more}).encode()


def picks(field, *items, operator="any_of"):
    return any_of([asks(field, operator, list(items))])


def reasons(content):
    with pytest.raises(DefinitionFileError) as refused:
        read(content if isinstance(content, bytes) else file(content), AT)
    return list(refused.value.reasons)


class TestWriting:
    def test_names_what_is_picked(self):
        group = PartnerGroupFactory(name="Bl\u00f6cked")
        term, partner = TemplateTermFactory(name="Gold"), PartnerFactory(id=700123, name="Aurora")
        segment = saved(
            "Ours",
            any_of(
                [
                    asks("partner_group", "none_of", [group.pk]),
                    asks("template_term", "any_of", [term.pk]),
                    asks("template_term", "contains", "gold"),
                    asks("partner_name", "any_of", [partner.pk]),
                    asks("partner_id", "any_of", [partner.pk]),
                    NEW,
                ]
            ),
        )
        text = written(segment, AT)
        assert "Bl\u00f6cked" in text
        assert json.loads(text) == {
            "name": "Ours",
            "version": 1,
            "any": [
                {
                    "all": [
                        asks("partner_group", "none_of", [{"id": group.pk, "name": "Bl\u00f6cked"}]),
                        asks("template_term", "any_of", [{"id": term.pk, "name": "Gold"}]),
                        asks("template_term", "contains", "gold"),
                        asks("partner_name", "any_of", [{"id": 700123, "name": "Aurora"}]),
                        asks("partner_id", "any_of", [700123]),
                        NEW,
                    ]
                }
            ],
        }

    def test_costs_the_same_however_much_is_picked(self, django_assert_num_queries):
        groups = PartnerGroupFactory.create_batch(9)
        definition = any_of(*[[asks("partner_group", "any_of", [group.pk])] for group in groups])
        segment = saved(definition=definition)
        with django_assert_num_queries(3):
            written(segment, AT)

    def test_can_not_name_what_is_gone_and_says_so_when_read(self):
        segment = saved(definition=picks("partner_group", 404))
        assert json.loads(written(segment, AT))["any"][0]["all"][0]["value"] == [{"id": 404}]
        assert reasons(written(segment, AT).encode()) == [
            "The group 404 has no name. It was deleted where the file was made."
        ]


class TestReading:
    def test_finds_groups_and_terms_by_name_whatever_their_letters_and_keys(self):
        group, term = PartnerGroupFactory(name="Straße"), TemplateTermFactory(name="Gold")
        PartnerGroupFactory(id=group.pk + 1, name="Another")
        found = read(
            file(
                any_of(
                    [
                        asks("partner_group", "any_of", [{"id": group.pk + 1, "name": " STRASSE "}]),
                        asks("template_term", "none_of", [{"name": "gold"}]),
                    ]
                ),
                name="  Ours ",
            ),
            AT,
        )
        assert found.name == "Ours"
        assert [one.value for one in found.definition.conditions()] == [(group.pk,), (term.pk,)]
        assert found.notes == ()

    def test_does_not_trust_a_key_that_has_another_name_here(self):
        group = PartnerGroupFactory(name="VIP")
        assert reasons(picks("partner_group", {"id": group.pk, "name": "Blocked"})) == [
            "There is no group “Blocked” here."
        ]

    def test_tells_every_name_that_is_missing_each_once(self):
        PartnerGroupFactory(name="VIP")
        definition = any_of(
            [
                asks(
                    "partner_group",
                    "any_of",
                    [{"id": 1, "name": "A"}, {"id": 2, "name": "VIP"}, {"name": "B"}],
                )
            ],
            [
                asks("partner_group", "none_of", [{"id": 9, "name": "A"}]),
                asks("template_term", "any_of", [{"name": "Gold"}]),
                asks("partner_name", "any_of", [{"id": 7, "name": "Aurora"}, {"id": 8}, 9]),
            ],
        )
        assert reasons(definition) == [
            "There is no group “A” here.",
            "There is no group “B” here.",
            "There is no template term “Gold” here.",
            "There is no partner 7, “Aurora”, here.",
            "There is no partner 8 here.",
            "There is no partner 9 here.",
        ]

    def test_finds_partners_by_partner_id_and_notes_another_name(self):
        PartnerFactory(id=7, name="Aurora")
        found = read(
            file(picks("partner_name", {"id": 7, "name": "aurora "}, {"id": "7", "name": "Moss"})), AT
        )
        assert found.definition.conditions()[0].value == (7, 7)
        assert found.notes == ("The partner 7 is “Moss” in the file, and “Aurora” here.",)

    def test_takes_a_key_alone_for_this_installations_and_notes_it(self):
        group = PartnerGroupFactory(name="VIP")
        found = read(file(picks("partner_group", group.pk)), AT)
        assert found.definition.conditions()[0].value == (group.pk,)
        assert found.notes == (f"The group {group.pk} has no name in the file: here it is “VIP”.",)

    def test_needs_no_name_of_the_segment(self):
        assert read(file(PROSPECTS), AT).name == ""

    def test_takes_a_byte_order_mark(self):
        assert read(b"\xef\xbb\xbf" + file(PROSPECTS), AT).definition == Definition.from_json(PROSPECTS)

    def test_costs_the_same_however_much_is_picked(self, django_assert_num_queries):
        groups = PartnerGroupFactory.create_batch(9)
        definition = any_of(
            *[[asks("partner_group", "any_of", [{"id": 5, "name": one.name}])] for one in groups]
        )
        with django_assert_num_queries(2):
            read(file(definition), AT)


HOSTILE = {
    "nothing": (b"", "The file is no JSON: line 1, column 1."),
    "no JSON": (b'{"version": 1,\n "any": [}', "The file is no JSON: line 2, column 10."),
    "no text": (b"\xff\xfe\x00", "The file is no text in UTF-8."),
    "deep lists": (b"[" * 200_000, "The file is nested too deeply to be a definition."),
    "deep objects": (b'{"a":' * 200_000, "The file is nested too deeply to be a definition."),
    "a huge number": (b'{"version": ' + b"9" * 5_000 + b"}", "The file has a number that is too long."),
    "infinity": (b'{"version": Infinity, "any": []}', "“Infinity” is no number."),
    "a key twice": (b'{"version": 1, "version": 1, "any": []}', "“version” stands twice in one object."),
    "a list": (b"[]", "A definition has to be an object with names and values."),
    "a number": (b"1e999", "A definition has to be an object with names and values."),
    "an unknown key": (
        file(PROSPECTS, owner="ada"),
        "A definition has no “owner”; it has: any, except, version.",
    ),
    "an unknown key below": (file(any_of([{**NEW, "not": 1}])), "has no “not”"),
    "a name that is none": (file(PROSPECTS, name=[1]), "The segment's “name” has to be a text"),
    "a name with NUL": (file(PROSPECTS, name="a\0"), "The segment's “name” has a character that no"),
    "half a letter": (
        b'{"name": "\\ud800", "version": 1, "any": []}',
        "The segment's “name” has a character",
    ),
    "a long name": (file(PROSPECTS, name="x" * 201), "of at most 200 characters"),
    "a later version": (file({**PROSPECTS, "version": 3}), "of versions 1 and 2, not of version 3"),
    "a part of a pick": (file(picks("partner_group", {"id": 1, "nam": "A"})), "not “nam”"),
    "a nameless pick": (file(picks("partner_group", {"id": 1})), "The group 1 has no name."),
    "an empty pick": (file(picks("partner_group", {})), "has no name."),
    "a pick with a number for a name": (file(picks("partner_group", {"id": 1, "name": 5})), "“5” is not a"),
    "a pick with null for a name": (file(picks("partner_group", {"id": 1, "name": None})), "is not a"),
    "a partner without an ID": (file(picks("partner_name", {"name": "A"})), "needs its Partner ID"),
    "a pick that is no key": (file(picks("partner_group", "abc")), "“abc” is not a Partner Group."),
    "a key too large": (file(picks("partner_group", 2**63)), "is not a Partner Group."),
    "a truth for a key": (file(picks("partner_group", {"id": True, "name": "A"})), "“True” is not a"),
    "a list for a key": (file(picks("partner_group", [[1]])), "is not a Partner Group."),
    "a picked NUL": (file(picks("partner_group", {"name": "\0"})), "There is no group"),
    "half a picked letter": (
        b'{"version":1,"any":[{"all":[{"field":"partner_group","operator":"any_of","value":[{"name":"\\ud800"}]}]}]}',
        "There is no group",
    ),
    "segments that are none": (file(PROSPECTS, segments=3), "A file's “segments” is a list"),
    "too many segments": (file(PROSPECTS, segments=[{}] * 401), "is a list of at most 400"),
    "a segment that is none": (file(PROSPECTS, segments=[3]), "Segment 1: A definition has to be"),
    "a segment with a mistake": (
        file(PROSPECTS, segments=[{**PROSPECTS, "x": 1}]),
        "Segment 1: A definition has",
    ),
    "a nameless segment": (file(PROSPECTS, segments=[PROSPECTS]), "needs a name of its own."),
    "a segment twice": (
        file(PROSPECTS, segments=[{**PROSPECTS, "name": name} for name in ("A", " a")]),
        "needs a name of its own.",
    ),
    "a segment that nothing names": (
        file(PROSPECTS, segments=[{**PROSPECTS, "name": "A"}]),
        "Nothing in the file names its segment “A”.",
    ),
    "picks for a text": (file(picks("template_term", 1, operator="contains")), "has to be a text"),
    "no picks": (file(picks("partner_group")), "Choose at least one value."),
    "a field that is no text": (file(any_of([asks([1], "any_of", [1])])), "is not something"),
    "groups that are none": (file({"version": 1, "any": [3, None, {"all": "x"}]}), "Group 1"),
    "too many picks": (file(picks("partner_group", *[{"name": "A"}] * 10_001)), "at most 10,000 values"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_that_can_not_be_is_refused_with_a_reason(what):
    content, reason = HOSTILE[what]
    assert reason in reasons(content)[0]


def test_of_many_missing_rows_the_first_are_named():
    found = reasons(picks("partner_name", *range(1, 101)))
    assert found[0] == "There is no partner 1 here."
    assert found[20:] == ["And 80 more like these."]


def test_of_many_notes_the_first_are_given():
    partners = PartnerFactory.create_batch(25)
    found = read(file(picks("partner_name", *(one.pk for one in partners))), AT)
    assert f"here it is “{partners[0].name}”" in found.notes[0]
    assert found.notes[20:] == ("And 5 more like these.",)


def test_too_many_picks_are_refused_before_any_is_read():
    unread = {"all": [asks("partner_name", "any_of", ["unread"] * 10_000)]}
    assert (
        "at most 200,000 values"
        in reasons(
            {"version": 1, "any": [unread] * 20 + [{"all": [asks("partner_name", "any_of", ["unread"])]}]}
        )[0]
    )


def test_whatever_can_be_downloaded_can_be_imported(change_limits):
    segment = saved("Ours", PROSPECTS)
    whole = written(segment, AT)
    change_limits(segment_file_max_bytes=len(whole.encode()))
    assert read(written(segment, AT).encode(), AT).definition == segment.read()
    change_limits(segment_file_max_bytes=len(whole.encode()) - 1)
    with pytest.raises(DefinitionFileError, match="bytes that can be imported again"):
        written(segment, AT)


def test_a_definition_with_as_many_ids_as_the_builder_takes_is_not_too_large():
    ids = [f"S-{number:07}" for number in range(10_000)]
    segment = saved("Ours", any_of(*[[asks("contract_id", "any_of", ids)]] * 2))
    assert 20 * len(written(segment, AT).encode()) < limits().segment_file_max_bytes


def test_a_file_too_large_is_refused_unread(change_limits):
    change_limits(segment_file_max_bytes=5)
    assert reasons(b"[[[[[[") == ["The file is too large to be a definition: at most 5 bytes."]


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=3)
        | st.sampled_from([*CATALOG, "any_of"]),
        lambda items: (
            st.lists(items, max_size=3)
            | st.dictionaries(
                st.sampled_from(["version", "any", "all", "field", "operator", "value", "id", "name", "x"]),
                items,
            )
        ),
        max_leaves=12,
    )
)
@law(150)
def test_whatever_a_file_holds_it_is_read_or_refused(data):
    try:
        found = read(json.dumps(data).encode(), AT)
    except DefinitionFileError as refused:
        found = refused.reasons
    assert found


# Round trip


def elsewhere(program):
    """The same program in an installation that gave other keys to groups and template terms."""
    keys = {pk: pk + 50 for pk in (*program.groups, *program.terms)}
    return type(program)(
        partners=tuple(
            replace(
                partner,
                groups=frozenset(keys[group] for group in partner.groups),
                contracts=tuple(replace(one, term=keys[one.term]) for one in partner.contracts),
            )
            for partner in program.partners
        ),
        groups={keys[pk]: name for pk, name in program.groups.items()},
        terms={keys[pk]: name for pk, name in program.terms.items()},
    )


def has_all(program):
    return bool(program.partners and program.groups and program.terms)


def known(definition, program):
    """The definition, picking only what the program has."""
    there = {
        "partner_group": program.groups,
        "template_term": program.terms,
        "partner_name": program.ids,
        "segment": program.segments,
    }
    groups = (*definition["any"], *definition.get("except", ()))
    outer = [condition for group in groups for condition in group["all"]]
    for condition in (*outer, *(inner for one in outer for inner in one.get("where", ()))):
        field, value = condition["field"], condition.get("value")
        if CATALOG[field].asks_history:
            # No file brings a history along, so what asks for one means something else there.
            condition |= {"field": "country", "operator": "any_of", "value": ["DE"]}
        elif CATALOG[field].picks_from and isinstance(value, list):
            ids = [int(str(one)) for one in value]
            condition["value"] = [pk for pk in ids if pk in there[field]] or [min(there[field])]
    return definition


@given(st.data())
@law(60)
def test_a_definition_means_the_same_where_the_keys_are_others(data):
    program = data.draw(strategies.programs().filter(has_all))
    inner = {key: known(deepcopy(one), program) for key, one in program.segments.items()}
    program = replace(program, segments=inner)
    definition = known(deepcopy(data.draw(strategies.definitions)), program)
    with strategies.stored(program):
        content = written(saved(definition=Definition.from_json(definition).to_json()), now())
        here = read(content.encode(), now())
        assert here.definition == Definition.from_json(definition)
    with strategies.stored(elsewhere(program)):
        there = read(content.encode(), now())
        assert there.notes == ()
        meant, _along = save_along(there, user=None, moment=now())
        members = SqlQuery(meant, now()).ids()
        found = set(Partner.objects.filter(pk__in=members).values_list("pk", flat=True))
    assert found == evaluator.matching(definition, program)


def now():
    """A moment that has read nothing yet."""
    return replace(AT, kept={})
