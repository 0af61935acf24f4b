"""What is wrong, old or absurd is said, and never counted as if it were something else."""

import pytest
from django.contrib.sessions.backends.db import SessionStore

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.models import PartnerGroup
from segments import drafts
from segments.definition import Definition
from segments.drafts import Draft
from segments.models import Segment
from segments.services import SegmentDeletedError, save_segment
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.forms import ADD, LIST, PROSPECTS, any_of, built, change, fields_of, saved, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("shown", ["", "prospecting_stage:any_of", "odd:any_of"])
def test_an_unknown_operator_is_never_taken_for_another(shown):
    posted = {
        "row": "0",
        "row-0-group": "0",
        "row-0-field": "prospecting_stage",
        "row-0-operator": "not_any_of",
        "row-0-value": ["joined"],
    }
    builder = built(posted | {"row-0-shown": shown})
    assert builder.definition is None
    assert [row.trouble for row in builder] == ["Prospecting Stage can't be asked with “not_any_of”."]


def test_a_stored_unknown_operator_is_shown_as_that_and_not_counted(as_editor):
    condition = {"field": "prospecting_stage", "operator": "not_any_of", "value": ["joined"]}
    segment = saved(definition=any_of([condition]))
    page = text_of(as_editor.get(change(segment)))
    assert "Prospecting Stage can&#x27;t be asked with “not_any_of”." in page
    assert "Nothing asked yet" in page


@pytest.mark.parametrize(
    "definition",
    [
        {**PROSPECTS, "version": 3},
        {**PROSPECTS, "any": [*PROSPECTS["any"], {"all": []}]},
        {**PROSPECTS, "colour": "red"},
    ],
)
def test_no_number_is_shown_for_a_broken_segment_before_somebody_asks(as_editor, definition):
    PartnerFactory(prospecting_stage="new")
    segment = saved(definition=definition)
    Segment.objects.update(partner_count=1_540_007)
    page = text_of(as_editor.get(change(segment)))
    assert "Needs attention" in page
    assert "Look the rows over and press Preview." in page
    assert "of 1 partner" not in page
    assert "1,540,007" not in text_of(as_editor.get(LIST))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("draft=nonexist1", "kept in a login that has ended"),
        ("clone=999999", "that was to be cloned is not there any more"),
        ("clone=x", "that was to be cloned is not there any more"),
    ],
)
def test_what_is_not_there_any_more_is_said(as_editor, query, said):
    assert said in text_of(as_editor.get(f"{ADD}?{query}"))


def test_a_segment_with_a_high_number_can_be_cloned(as_editor):
    segment = Segment.objects.create(pk=1234, name="High", definition=PROSPECTS)
    page = text_of(as_editor.get(change(segment)))
    assert f"{ADD}?clone=1234" in page
    assert fields_of(as_editor.get(f"{ADD}?clone=1234"))["name"] == ["Copy of High"]


def test_a_segment_deleted_at_the_last_moment_can_not_be_saved_over():
    segment = saved()
    Segment.objects.all().delete()
    with pytest.raises(SegmentDeletedError):
        save_segment(
            segment=segment,
            name="Mine",
            definition=Definition.from_json(PROSPECTS),
            user=None,
            moment=Moment.now(),
        )


def test_drafts_do_not_fill_the_session():
    session = SessionStore()
    for number in range(4):
        draft = Draft(f"{number}", {"long": "x" * (limits().session_max_draft_characters // 2)}, None, None)
        drafts.keep(session, f"draft-00{number}", draft)
        session.save()
    assert list(session[drafts.SESSION_KEY]) == ["draft-003"]


def test_thousands_of_names_cost_one_query(django_assert_num_queries):
    PartnerGroupFactory(name="VIP")
    lines = "\n".join(["VIP"] + [f"Group {number}" for number in range(2_000)])
    posted = {"row": "0", "row-0-field": "partner_group", "row-0-operator": "any_of", "row-0-value": lines}
    with django_assert_num_queries(1):
        troubles = [row.trouble for row in built(posted)]
    assert troubles == ["There is no Partner Group “Group 0”."]


def test_more_lines_than_a_condition_can_hold_are_refused_unread(django_assert_num_queries):
    lines = "\n".join(f"Group {number}" for number in range(10_001))
    posted = {"row": "0", "row-0-field": "partner_group", "row-0-operator": "any_of", "row-0-value": lines}
    with django_assert_num_queries(0):
        troubles = [row.trouble for row in built(posted)]
    assert troubles == ["A condition can have at most 10,000 values; these are 10,001."]


@pytest.mark.parametrize(
    "name", ["\u200b", "\u00ad", "\u2060 \u200b", "\u200d", "\u3164", "\ufe0f", "\u2800"]
)
def test_a_name_that_nobody_can_see_is_refused(as_editor, name):
    fields = fields_of(as_editor.get(f"{ADD}?clone={saved().pk}"))
    page = text_of(as_editor.post(ADD, fields | {"name": name, "save": "1"}))
    assert "Give it a name." in page
    assert Segment.objects.count() == 1


def test_what_nobody_sees_is_no_part_of_a_name(as_editor):
    fields = fields_of(as_editor.get(f"{ADD}?clone={saved().pk}"))
    as_editor.post(ADD, fields | {"name": "\u200fTurned\u202e to win\u200b", "save": "1"})
    assert Segment.objects.named("Turned to win").get().name == "Turned to win"


def test_a_name_that_breaks_the_line_is_refused(as_editor):
    fields = fields_of(as_editor.get(f"{ADD}?clone={saved().pk}"))
    page = text_of(as_editor.post(ADD, fields | {"name": "a\nb", "save": "1"}))
    assert "The name has a character that can&#x27;t be shown." in page
    assert Segment.objects.count() == 1


def test_deleting_a_segment_speaks_of_the_segment_alone(as_editor):
    groups = PartnerGroupFactory.create_batch(3)
    condition = {"field": "partner_group", "operator": "any_of", "value": [group.pk for group in groups]}
    segment = saved("Named once", any_of([condition]))
    page = text_of(as_editor.get(f"{LIST}{segment.pk}/delete/"))
    assert "Segments: 1" in page
    as_editor.post(f"{LIST}{segment.pk}/delete/", {"post": "yes"})
    assert not Segment.objects.exists()
    assert PartnerGroup.objects.first().delete()


@pytest.mark.parametrize("address", [LIST, "/admin/partners/partner/", "/admin/partners/partnergroup/"])
def test_a_broken_regular_expression_in_an_address_is_refused(as_editor, address):
    page = as_editor.get(f"{address}?name_folded__regex=(", follow=True)
    assert "There is no such filter." in page.content.decode()


def test_names_from_right_to_left_are_set_apart_in_a_sentence(as_editor):
    group = PartnerGroupFactory(name="قطعة (عربية)")
    condition = {"field": "partner_group", "operator": "any_of", "value": [group.pk]}
    segment = saved(definition=any_of([condition]))
    assert "in group “\u2068قطعة (عربية)\u2069”." in text_of(as_editor.get(change(segment)))
