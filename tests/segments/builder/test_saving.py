"""Saving, saving again, somebody else's change, copies, and deletion."""

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.utils import timezone

from segments.models import Segment
from tests.factories import PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import (
    ADD,
    EXPIRED,
    JOINED,
    LIST,
    NEW,
    PROSPECTS,
    any_of,
    asks,
    change,
    delete,
    fields_of,
    form,
    partners_of,
    rows_of,
    saved,
    text_of,
)

pytestmark = pytest.mark.django_db


def save(client, definition=PROSPECTS, name="Prospects", address=ADD, **fields):
    return client.post(address, form(definition, "save", fields, name=name))


def messages(answer):
    return [str(message) for message in answer.context["messages"]]


class TestCreating:
    def test_saves_and_goes_to_the_segments_page(self, as_editor, editor):
        PartnerFactory.create_batch(2)
        answer = save(as_editor)
        segment = Segment.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, partners_of(segment))
        assert (segment.name, segment.definition) == ("Prospects", PROSPECTS)
        assert (segment.owner, segment.changed_by) == (editor, editor)
        assert (segment.revision, segment.partner_count) == (1, 2)
        assert messages(as_editor.get(answer["Location"])) == ["Saved: 2 partners."]

    def test_is_written_down(self, as_editor, editor):
        save(as_editor)
        entry = LogEntry.objects.get()
        assert (entry.user, entry.action_flag, entry.object_repr) == (editor, ADDITION, "Prospects")
        assert entry.get_change_message() == "Added."

    def test_a_segment_without_partners_can_be_saved(self, as_editor):
        save(as_editor)
        assert Segment.objects.get().partner_count == 0

    def test_unknown_ids_do_not_stop_it(self, as_editor):
        save(as_editor, any_of([asks("partner_id", "any_of", [404])]))
        assert Segment.objects.exists()

    def test_what_the_page_posts_comes_back_exactly(self, as_editor):
        definition = any_of(
            {"all": [JOINED, asks("template_term", "contains", "gold")], "contracts": "any"},
            [NEW, asks("partner_group", "none_of", [PartnerGroupFactory().pk])],
            [asks("partner_name", "any_of", [PartnerFactory().pk])],
        )
        save(as_editor, definition)
        segment = Segment.objects.get()
        assert segment.definition == definition
        page = as_editor.get(change(segment))
        as_editor.post(change(segment), fields_of(page) | {"save": "1", "name": "Renamed"})
        segment.refresh_from_db()
        assert (segment.definition, segment.name, segment.revision) == (definition, "Renamed", 2)


class TestNames:
    def test_are_trimmed(self, as_editor):
        save(as_editor, name="  Prospects\u00a0")
        assert Segment.objects.get().name == "Prospects"

    @pytest.mark.parametrize("name", ["", "   ", "\u3000\u00a0", "\t\r\n"])
    def test_are_asked_for(self, as_editor, name):
        answer = save(as_editor, name=name)
        assert answer.status_code == 200
        assert "Give the segment a name." in text_of(answer)
        assert rows_of(answer) == [("prospecting_stage", "any_of", ["new"])]
        assert not Segment.objects.exists()

    @pytest.mark.parametrize("name", ["STRASSE", "straße", " Straße ", "\uff33trasse"])
    def test_are_unique_whatever_their_letters(self, as_editor, name):
        saved("Straße")
        answer = save(as_editor, name=name)
        assert "There is a segment with this name already." in text_of(answer)
        assert Segment.objects.count() == 1

    def test_can_be_kept_or_written_in_other_letters(self, as_editor):
        segment = saved("Prospects")
        for name in ("Prospects", "PROSPECTS"):
            save(as_editor, name=name, address=change(segment), revision="1")
            segment.refresh_from_db()
            assert segment.name == name

    def test_of_another_segment_are_refused_when_saving_again(self, as_editor):
        saved("Taken")
        segment = saved("Prospects")
        answer = save(as_editor, name="TAKEN", address=change(segment), revision="1")
        assert "There is a segment with this name already." in text_of(answer)
        segment.refresh_from_db()
        assert (segment.name, segment.revision) == ("Prospects", 1)

    def test_have_two_hundred_characters_at_most(self, as_editor):
        assert "At most 200 characters; this has 201." in text_of(save(as_editor, name="é" * 201))
        assert not Segment.objects.exists()
        save(as_editor, name="é" * 200)
        assert Segment.objects.exists()

    def test_with_scripts_are_only_text(self, as_editor):
        name = "<script>alert(1)</script>{{ 7|add:1 }}"
        save(as_editor, name=name)
        segment = Segment.objects.get()
        assert segment.name == name
        for address in (LIST, change(segment), delete(segment), f"{ADD}?clone={segment.pk}"):
            page = text_of(as_editor.get(address))
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7|add:1 }}" in page


class TestIncomplete:
    def test_rows_are_not_saved_and_not_lost(self, as_editor):
        answer = save(as_editor, any_of([NEW, EXPIRED]), **{"row-1-value": []})
        assert answer.status_code == 200
        assert "Not saved yet: something is missing or has to be put right." in text_of(answer)
        assert "Choose at least one value." in text_of(answer)
        assert rows_of(answer)[0] == ("prospecting_stage", "any_of", ["new"])
        assert fields_of(answer)["name"] == ["Prospects"]
        assert not Segment.objects.exists()

    def test_a_new_form_can_not_be_saved_as_it_is(self, as_editor):
        page = as_editor.get(ADD)
        answer = as_editor.post(ADD, fields_of(page) | {"name": "Everybody?", "save": "1"})
        assert "Choose a condition." in text_of(answer)
        assert not Segment.objects.exists()


class TestSavingAgain:
    def test_changes_the_segment_and_keeps_its_owner(self, as_editor, editor, superuser):
        segment = saved(owner=superuser)
        answer = save(as_editor, any_of([EXPIRED]), "Expired", change(segment), revision="1")
        assert answer.status_code == 302
        segment.refresh_from_db()
        assert (segment.name, segment.definition, segment.revision) == ("Expired", any_of([EXPIRED]), 2)
        assert (segment.owner, segment.changed_by) == (superuser, editor)
        assert LogEntry.objects.get().action_flag == CHANGE
        assert Segment.objects.count() == 1

    def test_holds_what_it_names_now_and_lets_go_of_the_rest(self, as_editor):
        group, term = PartnerGroupFactory(), TemplateTermFactory()
        segment = saved(definition=any_of([asks("partner_group", "any_of", [group.pk])]))
        now = any_of([asks("template_term", "any_of", [term.pk])])
        save(as_editor, now, address=change(segment), revision="1")
        assert [(one.group, one.template_term) for one in segment.references.all()] == [(None, term)]
        group.delete()


class TestSomebodyElsesChange:
    @pytest.fixture
    def segment(self):
        return saved()

    @pytest.fixture
    def mine(self, as_editor, segment, as_superuser):
        """What an editor has on the screen while a superuser saves something else."""
        mine = fields_of(as_editor.get(change(segment)))
        theirs = fields_of(as_superuser.get(change(segment)))
        theirs |= {"name": "Their <name>", "row-0-value": ["joined"]}
        assert as_superuser.post(change(segment), theirs | {"save": "1"}).status_code == 302
        return mine | {"name": "My name", "row-0-value": ["expired", "new"], "save": "1"}

    def test_shows_both_sentences_and_saves_nothing(self, as_editor, segment, mine):
        answer = as_editor.post(change(segment), mine)
        assert answer.status_code == 200
        page = text_of(answer)
        assert "superuser saved this segment while you were editing it." in page
        assert "“Their &lt;name&gt;”: Partners in prospecting stage Joined." in page
        assert "Yours, “My name”: Partners in prospecting stage" in page
        assert 'id="refusal" role="alert" tabindex="-1" autofocus>Not saved yet. superuser' in page
        segment.refresh_from_db()
        assert (segment.name, segment.revision) == ("Their <name>", 2)

    def test_stays_on_the_screen_until_it_is_saved(self, as_editor, segment, mine):
        again = fields_of(as_editor.post(change(segment), mine))
        page = text_of(as_editor.post(change(segment), again | {"and:0": "1"}))
        assert "superuser saved this segment while you were editing it." in page

    def test_keeps_all_that_was_typed(self, as_editor, segment, mine):
        answer = as_editor.post(change(segment), mine)
        assert fields_of(answer)["name"] == ["My name"]
        assert fields_of(answer)["row-0-value"] == ["new", "expired"]

    def test_is_replaced_by_the_next_save(self, as_editor, segment, mine):
        again = fields_of(as_editor.post(change(segment), mine))
        assert as_editor.post(change(segment), again | {"save": "1"}).status_code == 302
        segment.refresh_from_db()
        assert (segment.name, segment.revision) == ("My name", 3)

    def test_that_came_in_between_is_shown_again(self, as_editor, as_superuser, segment, mine):
        again = fields_of(as_editor.post(change(segment), mine))
        save(as_superuser, any_of([JOINED]), "Third", change(segment), revision="2")
        answer = as_editor.post(change(segment), again | {"save": "1"})
        assert "“Third”: Partners with a contract that is Joined." in text_of(answer)

    def test_that_broke_the_segment_is_told_as_that(self, as_editor, segment, mine):
        Segment.objects.filter(pk=segment.pk).update(definition=[], changed_by=None)
        page = text_of(as_editor.post(change(segment), mine))
        assert "Somebody saved this segment" in page
        assert "(needs attention)" in page

    def test_is_not_overwritten_by_a_form_without_a_revision(self, as_editor, segment, mine):
        for revision in ("", "0"):
            answer = as_editor.post(change(segment), mine | {"revision": revision})
            assert "saved this segment while you were editing it" in text_of(answer)


def test_a_segment_in_the_archive_says_so_however_often_its_rows_are_drawn(as_editor):
    segment = saved()
    told = "This segment is archived"
    assert told not in text_of(as_editor.get(change(segment)))
    Segment.objects.update(archived_at=timezone.now())
    page = as_editor.get(change(segment))
    assert told in text_of(page)
    headers = {"hx-request": "true", "hx-target": "builder-rows"}
    answer = as_editor.post(change(segment), fields_of(page) | {"and:0": "1"}, headers=headers)
    assert told in text_of(answer)


class TestDeletedMeanwhile:
    def test_is_said_and_nothing_is_lost(self, as_editor):
        segment = saved()
        data = fields_of(as_editor.get(change(segment)))
        segment_address = change(segment)
        segment.delete()
        answer = as_editor.post(segment_address, data | {"preview": "1"})
        assert "Somebody deleted this segment meanwhile. Saving makes it anew." in text_of(answer)
        assert rows_of(answer) == [("prospecting_stage", "any_of", ["new"])]
        assert as_editor.post(segment_address, fields_of(answer) | {"save": "1"}).status_code == 302
        assert Segment.objects.get().definition == PROSPECTS

    def test_is_not_to_be_opened(self, as_editor):
        segment = saved()
        segment_address = change(segment)
        segment.delete()
        assert as_editor.get(segment_address).status_code == 404


class TestDeleting:
    def test_asks_first(self, as_editor):
        segment = saved()
        page = text_of(as_editor.get(delete(segment)))
        assert "All of this goes:" in page
        assert "Prospects" in page
        assert Segment.objects.exists()

    def test_is_written_down(self, as_editor, editor):
        segment = saved()
        assert as_editor.post(delete(segment), {"post": "yes"})["Location"] == LIST
        assert not Segment.objects.exists()
        entry = LogEntry.objects.get()
        assert (entry.user, entry.action_flag, entry.object_repr) == (editor, DELETION, "Prospects")

    def test_lets_go_of_what_the_segment_named(self, as_editor):
        group = PartnerGroupFactory()
        segment = saved(definition=any_of([asks("partner_group", "any_of", [group.pk])]))
        page = text_of(as_editor.get(delete(segment)))
        assert "All of this goes:" in page
        as_editor.post(delete(segment), {"post": "yes"})
        group.delete()
        assert not Segment.objects.exists()

    def test_several_at_once_asks_first_too(self, as_editor):
        segments = [saved(name) for name in ("One", "Two", "Three")]
        data = {"action": "delete_selected", "_selected_action": [one.pk for one in segments[:2]]}
        page = as_editor.post(LIST, data)
        assert "All of this goes:" in text_of(page)
        as_editor.post(LIST, data | {"post": "yes"})
        assert [segment.name for segment in Segment.objects.all()] == ["Three"]
        assert LogEntry.objects.filter(action_flag=DELETION).count() == 2
