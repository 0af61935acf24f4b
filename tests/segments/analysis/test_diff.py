"""What differs between two definitions, as data and in words."""

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segments.analysis.diff import as_written, contracts_of, diff
from segments.definition import Condition, Definition, Group
from segments.screens.version_words import summary
from segments.versions import SegmentVersion
from tests.laws import law
from tests.segments.forms import EXPIRED, JOINED, NEW, any_of, asks
from tests.segments.screens.test_segment_admin import BROKEN
from tests.segments.strategies import conditions, definitions, on_contracts


def read(definition):
    return Definition.from_json(definition)


@st.composite
def pairs(draw):
    """Two definitions, often with much in common."""
    pool = draw(st.lists(conditions() | on_contracts, min_size=2, max_size=6))
    group = st.fixed_dictionaries(
        {"all": st.lists(st.sampled_from(pool), min_size=1, max_size=3)},
        optional={"contracts": st.sampled_from(["same", "any"])},
    )
    alike = st.fixed_dictionaries(
        {"version": st.just(1), "any": st.lists(group, min_size=1, max_size=3)},
        optional={"except": st.lists(group, min_size=1, max_size=2)},
    )
    return read(draw(alike)), read(draw(alike | definitions))


@st.composite
def edits(draw):
    """A definition, the same after one edit, and the most that may be said of it, as of `cost`."""
    old, _other = draw(pairs())
    groups, place = list(old.any), draw(st.integers(0, len(old.any) - 1))
    group, new = groups[place], draw(pairs())[0].any[0]
    condition = draw(st.integers(0, len(group.all) - 1))
    edit = draw(
        st.sampled_from(["add", "remove", "change", "add a group", "remove a group", "add an exception"])
    )
    if edit == "add a group":
        return old, Definition((*groups, new), old.excepted), 2 * len(new.all)
    if edit == "add an exception":
        return old, Definition(old.any, (*old.excepted, new)), 2 * len(new.all)
    if edit == "remove a group":
        assume(len(groups) > 1)
        left = tuple(groups[:place] + groups[place + 1 :])
        return old, Definition(left, old.excepted), 2 * len(group.all)
    kept = group.all if edit == "add" else group.all[:condition] + group.all[condition + 1 :]
    conditions = kept if edit == "remove" else (*kept, new.all[0])
    assume(conditions)
    groups[place] = Group(conditions, group.contracts)
    # One more, for a condition more or less can change on which contracts the others are.
    return old, Definition(tuple(groups), old.excepted), (4 if edit == "change" else 2) + 1


def written(group):
    return contracts_of(group), frozenset(Counter(map(as_written, group.all)).items())


def as_a_whole(definition):
    return [Counter(map(written, groups)) for groups in (definition.any, definition.excepted)]


def applied(old, found):
    """The groups and exceptions of the old definition after what the difference says was done to them."""
    changes = {
        is_exception: [one for one in found.groups if one.is_exception is is_exception]
        for is_exception in (False, True)
    }
    return [applied_to(old.any, changes[False]), applied_to(old.excepted, changes[True])]


def applied_to(old, changes):
    groups = dict(enumerate(old, start=1))
    for change in changes:
        before = groups.pop(change.before) if change.before else Group(())
        kept = Counter({as_written(one): 0 for one in before.all})
        kept.update(map(as_written, before.all))
        kept.subtract(map(as_written, change.removed + tuple(one for one, _other in change.changed)))
        assert min(kept.values(), default=0) >= 0, "what was not there can't go"
        kept.update(map(as_written, change.added + tuple(other for _one, other in change.changed)))
        if change.after is None:
            assert not +kept
            continue
        contracts = change.contracts or contracts_of(before)
        groups[f"new {change.after}"] = (contracts, frozenset((+kept).items()))
    return Counter(written(one) if isinstance(one, Group) else one for one in groups.values())


def cost(found):
    """How much a difference says: two for what came, went or changed, three for another operator."""
    return sum(
        2 * (len(one.added) + len(one.removed))
        + sum(2 if old.operator == new.operator else 3 for old, new in one.changed)
        + bool(one.contracts and one.before and one.after)
        for one in found.groups
    )


class TestLaws:
    @law(200)
    @given(pairs())
    def test_doing_what_it_says_to_the_old_gives_the_new(self, pair):
        old, new = pair
        assert applied(old, diff(old, new)) == as_a_whole(new)

    @law(200)
    @given(pairs())
    def test_there_is_none_exactly_where_both_are_written_alike_up_to_order(self, pair):
        old, new = pair
        found = diff(old, new)
        assert (not found.groups) == (as_a_whole(old) == as_a_whole(new))
        assert found.rewritten == (not found.groups and old != new)

    @law(200)
    @given(edits())
    def test_one_edit_is_said_as_one(self, edit):
        old, new, most = edit
        assert cost(diff(old, new)) <= most

    @law(100)
    @given(pairs())
    def test_no_more_is_said_than_that_all_went_and_all_came(self, pair):
        old, new = pair
        assert cost(diff(old, new)) <= 2 * len(old.conditions() + new.conditions())

    @law(100)
    @given(definitions, st.randoms())
    def test_order_is_none(self, definition, random):
        old = read(definition)
        new = Definition(*(_turned(groups, random) for groups in (old.any, old.excepted)))
        assert not diff(old, new).groups


def _turned(groups, random):
    turned = [
        Group(
            tuple(_shuffled(condition, random) for condition in random.sample(one.all, len(one.all))),
            one.contracts,
        )
        for one in groups
    ]
    return tuple(random.sample(turned, len(turned)))


def _shuffled(condition, random):
    if not isinstance(condition.value, tuple):
        return condition
    doubled = [*condition.value, condition.value[0]]
    return Condition(condition.field, condition.operator, tuple(random.sample(doubled, len(doubled))))


def version(definition, name="Prospects", **names):
    return SegmentVersion(name=name, definition=definition, names=names.get("names", {}))


def words(old, new, **names):
    old, new = (one if isinstance(one, SegmentVersion) else version(one, **names) for one in (old, new))
    return [": ".join(filter(None, (line.place, line.what, line.text))) for line in summary(old, new)]


GROUPS = {"names": {"partners.PartnerGroup": {"1": "VIP", "2": "EU", "3": "Blocked"}}}
VIP, BLOCKED = asks("partner_group", "any_of", [1]), asks("partner_group", "none_of", [3])
GOLD = asks("template_term", "contains", "gold")
ON_GOLD = "on a template term whose name contains “gold”"


class TestWords:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ([[NEW]], [[NEW, BLOCKED]], ["added: Partner Group is none of “Blocked”"]),
            ([[NEW, BLOCKED]], [[NEW]], ["removed: Partner Group is none of “Blocked”"]),
            (
                [[JOINED]],
                [[asks("contract_stage", "any_of", ["joined", "expired"])]],
                ["changed: Contract Stage is any of Joined → Joined, Expired"],
            ),
            ([[VIP]], [[BLOCKED]], ["changed: Partner Group is any of “VIP” → is none of “Blocked”"]),
            (
                [[GOLD]],
                [[asks("template_term", "contains", "silver")]],
                ["changed: Partner Template Term contains “gold” → “silver”"],
            ),
            ([[NEW]], [[JOINED], [NEW]], ["added a group: partners with a contract that is Joined"]),
            (
                [[NEW]],
                [[JOINED]],
                [
                    "removed a group: partners in prospecting stage New",
                    "added a group: partners with a contract that is Joined",
                ],
            ),
            (
                [[JOINED, GOLD], [NEW]],
                [[NEW]],
                ["removed a group: partners with one contract that is Joined and " + ON_GOLD],
            ),
            (
                [[NEW]],
                [[NEW], {"all": [JOINED, GOLD], "contracts": "any"}],
                ["added a group: partners with a contract that is Joined, and with a contract " + ON_GOLD],
            ),
            (
                [[NEW], {"all": [JOINED, GOLD], "contracts": "any"}],
                [[NEW]],
                ["removed a group: partners with a contract that is Joined, and with a contract " + ON_GOLD],
            ),
            (
                [[NEW], [JOINED]],
                [[JOINED], [NEW]],
                ["reordered: Only the order changed, or what has no effect."],
            ),
            (
                [[NEW], [JOINED]],
                [[JOINED, GOLD], [NEW]],
                ["Group 1: added: Partner Template Term contains “gold”"],
            ),
            (
                [[JOINED, GOLD]],
                [{"all": [JOINED, GOLD], "contracts": "any"}],
                ["changed: on the same contract → on any contract"],
            ),
            (
                [{"all": [JOINED, GOLD], "contracts": "any"}],
                [[JOINED, GOLD]],
                ["changed: on any contract → on the same contract"],
            ),
            (
                [{"all": [NEW], "contracts": "any"}],
                [[NEW]],
                ["reordered: Only the order changed, or what has no effect."],
            ),
            ([[NEW]], [[NEW]], []),
        ],
    )
    def test_say_what_was_done(self, old, new, said):
        assert words(any_of(*old), any_of(*new), **GROUPS) == said

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ([], [[JOINED]], ["added an exception: partners with a contract that is Joined"]),
            ([[JOINED]], [], ["removed an exception: partners with a contract that is Joined"]),
            (
                [[JOINED, GOLD]],
                [[JOINED, GOLD, NEW]],
                ["Exception 1: added: Prospecting Stage is any of New"],
            ),
            (
                [[asks("contract_end", "within", {"next": 30})]],
                [[asks("contract_end", "within", {"next": 60})]],
                ["Exception 1: changed: Contract End is in the next 30 days → in the next 60 days"],
            ),
        ],
    )
    def test_say_what_was_done_to_exceptions(self, old, new, said):
        before, after = (
            any_of([NEW]) | {"version": 2, "except": [{"all": group} for group in groups]}
            for groups in (old, new)
        )
        assert words(before, after, **GROUPS) == said

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (
                asks("contract_end", "within", {"next": 30}),
                asks("contract_end", "not_within", {"this": "month"}),
                "Contract End is in the next 30 days → is not this month",
            ),
            (
                asks("contract_end", "within", {"next": 30}),
                {"field": "contract_end", "operator": "is_empty"},
                "Contract End is in the next 30 days → is empty",
            ),
            (
                asks("contracts", "at_least", "2"),
                asks("contracts", "at_least", "1000"),
                "Contracts at least 2 → 1,000",
            ),
            (
                asks("contracts", "at_least", "2"),
                asks("contracts", "at_least", "2") | {"where": [JOINED]},
                "Contracts at least 2 → at least 2 where Contract Stage is any of Joined",
            ),
        ],
    )
    def test_say_days_numbers_and_what_is_counted(self, old, new, said):
        assert words(any_of([old]), any_of([new]), **GROUPS) == [f"changed: {said}"]

    def test_name_what_came_and_went_of_many_values(self):
        old = any_of([asks("partner_id", "any_of", list(range(1, 1_201)))])
        new = any_of([asks("partner_id", "any_of", list(range(3, 1_210)))])
        [said] = words(old, new)
        assert said.startswith("changed: Partner ID is any of 1,200 → 1,207 values: ")
        assert said.endswith(" added 1201, 1202, 1203, 1204, 1205 and 4 more; removed 1, 2")

    def test_use_the_names_of_then_and_the_newer_ones_of_both(self):
        old, new = version(any_of([VIP]), **GROUPS), version(any_of([VIP, BLOCKED]))
        new.names = {"partners.PartnerGroup": {"1": "VIP 2026"}}
        assert words(old, new) == ["added: Partner Group is none of “Blocked”"]
        new.names = {"partners.PartnerGroup": {"3": "Refused"}}
        assert words(old, new) == ["added: Partner Group is none of “Refused”"]
        old.names = new.names = {}
        assert words(old, new) == ["added: Partner Group is none of (deleted)"]

    def test_say_another_name_first(self):
        old, new = version(any_of([NEW]), "Old"), version(any_of([EXPIRED]), "New")
        assert words(old, new) == [
            "renamed: “Old” → “New”",
            "changed: Prospecting Stage is any of New → Expired",
        ]

    def test_pair_the_groups_that_are_most_alike(self):
        old = any_of([VIP, NEW], [asks("partner_group", "any_of", [2]), NEW])
        new = any_of(
            [asks("partner_group", "any_of", [2, 3]), NEW], [asks("partner_group", "any_of", [1, 3]), NEW]
        )
        assert words(old, new, **GROUPS) == [
            "Group 1: changed: Partner Group is any of “EU” → “EU”, “Blocked”",
            "Group 2: changed: Partner Group is any of “VIP” → “VIP”, “Blocked”",
        ]

    def test_survive_whatever_is_stored(self):
        sound = any_of([NEW])
        for definition, _problem in BROKEN.values():
            [broken] = summary(version(sound), version(definition))
            assert (broken.what, bool(broken.text)) == ("broken", True)
            assert [line.what for line in summary(version(definition), version(sound))] == ["mended"]
            for other, _other_problem in BROKEN.values():
                assert len(summary(version(definition), version(other))) == (definition != other)

    def test_of_the_largest_definitions_come_soon(self):
        def largest(shift):
            return any_of(
                *[
                    [
                        asks(
                            "contract_id",
                            "any_of",
                            [f"S-{group * row + shift + value}" for value in range(50)],
                        )
                        for row in range(20)
                    ]
                    for group in range(20)
                ]
            )

        assert words(largest(0), largest(7))
