"""Segments that name segments: what is refused when one is saved, and what needs attention in storage."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from segments.definition import Definition
from segments.insight.health import health_of
from segments.models import Segment
from segments.nesting import MAX_CONDITIONS, MAX_DEPTH
from segments.services import restore_version, save_segment
from tests.factories import PartnerFactory
from tests.segments.forms import ADD, EXPIRED, NEW, PROSPECTS, any_of, asks, change, form, saved, text_of
from tests.segments.moments import AT

pytestmark = pytest.mark.django_db


def within(*segments, operator="any_of"):
    """The condition that asks for being in these segments."""
    return asks("segment", operator, [segment.pk for segment in segments])


def naming(*groups):
    """A definition whose groups name segments."""
    return {**any_of(*groups), "version": 2}


def many(number, *more):
    """So many conditions."""
    conditions = [asks("partner_id", "any_of", [key]) for key in range(1, number + 1)] + [*more]
    return [conditions[start : start + 20] for start in range(0, len(conditions), 20)]


def save(definition, segment=None, name=None):
    return save_segment(
        segment=segment,
        name=name or (segment.name if segment else "A"),
        definition=Definition.from_json(definition),
        user=None,
        moment=now(),
    )


def now():
    """A moment that has read nothing yet."""
    return replace(AT, kept={})


def refusal(definition, segment=None, name=None):
    with pytest.raises(ValidationError) as refused:
        save(definition, segment, name)
    [message] = refused.value.message_dict["definition"]
    return message


def chain(length):
    """Segments each of which names the next; the last one names none."""
    [*others, last] = [chr(ord("A") + number) for number in range(length)]
    made = [saved(last)]
    for name in reversed(others):
        made.insert(0, saved(name, naming([within(made[0])])))
    return made


def store(segment, definition):
    """As nobody but a program past all checks can."""
    Segment.objects.filter(pk=segment.pk).update(definition=definition)


def attention(segment):
    return health_of([Segment.objects.get(pk=segment.pk)], now())[segment.pk].attention


class TestSaving:
    def test_takes_a_segment_that_names_others(self):
        PartnerFactory()
        inner = saved("Inner")
        outer = save(naming([within(inner)]))
        assert outer.partner_count == 1
        assert outer.references.get().named == inner

    def test_takes_a_diamond(self):
        end = saved("End")
        left, right = (saved(name, naming([within(end)])) for name in ("Left", "Right"))
        assert save(naming([within(left, right)])).pk

    @pytest.mark.parametrize("operator", ["any_of", "none_of"])
    def test_refuses_a_circle_and_names_it(self, operator):
        first, _second, third = chain(3)
        assert refusal(naming([NEW], [within(first, operator=operator)]), third) == (
            "The segments name each other in a circle: “C” → “A” → “B” → “C”."
        )
        third.refresh_from_db()
        assert third.definition == PROSPECTS

    def test_refuses_a_segment_that_names_itself(self):
        segment = saved("A")
        circle = "The segments name each other in a circle: “A” → “A”."
        assert refusal(naming([within(segment)]), segment) == circle
        assert refusal({**naming([NEW]), "except": [{"all": [within(segment)]}]}, segment) == circle

    def test_refuses_to_restore_a_version_that_would_close_a_circle(self):
        first, second = chain(2)
        version = first.versions.get()
        save(PROSPECTS, first)
        save(naming([within(first)]), second)
        with pytest.raises(ValidationError, match="in a circle: “A” → “B” → “A”"):
            restore_version(version=version, user=None, moment=now(), revision=2)

    def test_takes_as_many_levels_as_there_may_be_and_no_more(self):
        top, *others = chain(MAX_DEPTH + 1)
        assert save(top.definition, name="Copy").pk
        assert refusal(naming([within(top)]), name="Over") == (
            "The segments name each other more than 5 deep: “Over” → “A” → “B” → “C” → “D” → “E” → “F”."
        )
        [*_others, last] = others
        assert "more than 5 deep: “A” → “B” →" in refusal(naming([within(saved("New"))]), last)

    def test_takes_as_many_conditions_as_there_may_be_and_no_more(self):
        inner = saved("Inner", any_of(*many(MAX_CONDITIONS // 2 - 1)))
        twice = naming([within(inner), within(inner, operator="none_of")])
        assert save(twice).pk
        assert refusal({**twice, "any": [*twice["any"], {"all": [NEW]}]}, name="Over") == (
            "With the segments that it names it has more than 400 conditions: “Over” → “Inner”."
        )

    def test_refuses_what_would_make_a_segment_above_too_large(self):
        inner = saved("Inner")
        middle = saved("Middle", naming([within(inner)]))
        saved("Top", naming(*many(MAX_CONDITIONS - 40, within(middle))))
        assert save(any_of(*many(38)), inner).pk
        assert refusal(any_of(*many(39)), inner) == (
            "With the segments that it names it has more than 400 conditions: “Top” → “Middle” → “Inner”."
        )

    def test_names_the_new_name_in_the_path(self):
        segment = saved("Old")
        assert "“New” → “New”" in refusal(naming([within(segment)]), segment, name="New")

    @pytest.mark.parametrize("operator", ["any_of", "none_of"])
    def test_refuses_a_segment_that_is_gone_or_broken(self, operator):
        broken = saved("Broken", [])
        outer = saved("Outer", naming([within(broken, operator=operator)]))
        assert refusal(naming([within(outer)])) == (
            "A segment that it names needs attention itself: “A” → “Outer” → “Broken”."
        )
        gone = asks("segment", operator, [404])
        assert refusal(naming([gone])) == "A segment that “A” names is gone."

    def test_puts_right_what_is_broken_though_a_segment_above_stays_broken(self):
        one, two = saved("One", []), saved("Two", [])
        above = saved("Above", naming([within(one, two)]))
        assert save(PROSPECTS, one).definition == PROSPECTS
        assert "“Above” → “Two”" in attention(above)[0]
        save(PROSPECTS, two)
        assert attention(above) == []

    def test_reads_what_it_checks_once_more_than_the_question_before(self):
        first, second = saved("A"), saved("B")
        moment = now()
        definition = Definition.from_json(naming([within(first)]))
        assert second.members(moment).count == 0
        save_segment(segment=second, name="B", definition=definition, user=None, moment=moment)
        store(first, naming([within(saved("C"))]))
        circle = Definition.from_json(naming([within(second)]))
        with pytest.raises(ValidationError, match="circle"):
            save_segment(segment=first, name="A", definition=circle, user=None, moment=moment)

    def test_is_refused_above_the_rows_of_the_builder(self, as_editor):
        first, second = chain(2)
        page = as_editor.post(change(second), form(naming([within(first)]), "save", name="B", revision="1"))
        assert "Not saved yet: The segments name each other in a circle: “B” → “A” → “B”." in text_of(page)
        second.refresh_from_db()
        assert second.definition == PROSPECTS

    @pytest.mark.parametrize("button", ["preview", "see_all", "export", "near_misses"])
    def test_is_refused_before_it_is_saved(self, as_editor, button):
        first, second = chain(2)
        data = form(naming([within(first)]), button, name="New name", revision="1")
        page = as_editor.post(change(second), data)
        assert "The segments name each other in a circle: “B” → “A” → “B”." in text_of(page)
        assert page.context["preview"] is None

    def test_is_refused_in_a_new_segment_that_names_one_in_trouble(self, as_editor):
        first, second = chain(2)
        store(second, naming([within(first)]))
        page = as_editor.post(ADD, form(naming([within(first)]), "preview", name="C"))
        assert "in a circle: “A” → “B” → “A”." in text_of(page)
        page = as_editor.post(ADD, form(naming([within(saved("Sound"))]), "preview", name="C"))
        assert page.context["preview"].count == 0

    def test_says_what_is_wrong_with_the_name_beside_it(self, as_editor):
        saved("Taken")
        page = as_editor.post(ADD, form(PROSPECTS, "save", name="taken"))
        assert "There is a segment with this name already." in text_of(page)
        assert "Not saved yet: the name has to be put right." in text_of(page)


class TestInStorage:
    """What is wrong in storage all the same: it needs attention, and nobody is in it."""

    @pytest.fixture(autouse=True)
    def _partners(self):
        PartnerFactory.create_batch(2)
        PartnerFactory(prospecting_stage="expired")

    @pytest.fixture(params=["broken", "gone", "circle", "too deep"])
    def inner(self, request):
        """A segment, and what is said of it where another one names it."""
        if request.param == "too deep":
            return chain(MAX_DEPTH + 1)[0], "more than 5 deep: “Outer” → “A” → “B” →"
        inner = saved("Inner")
        if request.param == "gone":
            return Segment(pk=404), "A segment that “Outer” names is gone."
        if request.param == "broken":
            store(inner, [])
            return inner, "needs attention itself: “Outer” → “Inner”."
        store(inner, naming([within(inner)]))
        return inner, "in a circle: “Outer” → “Inner” → “Inner”."

    @pytest.mark.parametrize(
        "definition",
        [
            lambda inner: naming([EXPIRED], [within(inner)]),
            lambda inner: naming([EXPIRED], [within(inner, operator="none_of")]),
            lambda inner: {**naming([EXPIRED]), "except": [{"all": [within(inner)]}]},
            lambda inner: {**naming([EXPIRED]), "except": [{"all": [within(inner, operator="none_of")]}]},
        ],
    )
    def test_nobody_is_in_it_and_it_needs_attention(self, inner, definition):
        segment, words = inner
        outer = saved("Outer", definition(segment))
        assert (list(outer.partners()), outer.members(now()).count) == ([], 0)
        [message] = attention(outer)
        assert words in message
        assert Segment.objects.get(pk=outer.pk).members(now()).count == 0

    def test_what_names_it_needs_attention_too(self, inner):
        segment, _words = inner
        outer = saved("Outer", naming([within(segment)]))
        beyond = saved("Beyond", naming([NEW], [within(outer, operator="none_of")]))
        assert beyond.members(now()).count == 0
        assert attention(beyond)

    def test_what_names_only_sound_ones_does_not(self):
        sound = saved("Sound")
        assert attention(saved("Outer", naming([within(sound)]))) == []

    def test_the_list_says_so_and_shows_nobody(self, as_viewer, inner):
        segment, words = inner
        saved("Outer", naming([within(segment)]), partner_count=7_777)
        page = text_of(as_viewer.get("/admin/segments/segment/"))
        assert words in page.replace("&#x27;", "'")
        assert "7,777" not in page


def test_the_health_of_many_costs_one_query_a_level_and_one_for_runs_that_failed(django_assert_num_queries):
    inner = [saved(f"Inner {number}") for number in range(5)]
    outer = [saved(f"Outer {one.name}", naming([within(one)])) for one in inner]
    with django_assert_num_queries(3):
        health_of(outer, now())
