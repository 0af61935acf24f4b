"""Definitions as files in the admin: taken from a segment, and opened in the builder."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from segments.models import Segment
from segments.transfer import written
from tests.factories import PartnerFactory
from tests.segments.forms import (
    ADD,
    LIST,
    NEW,
    PROSPECTS,
    any_of,
    asks,
    change,
    fields_of,
    partners_of,
    rows_of,
    saved,
    text_of,
)
from tests.segments.moments import AT
from tests.segments.screens.test_segment_admin import BROKEN, broken
from tests.segments.test_transfer import HOSTILE, file, picks

pytestmark = pytest.mark.django_db
IMPORT = reverse("admin:segments_segment_import")


def send(client, content, name="segment.json"):
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content)}, follow=True)


class TestDownload:
    def test_is_the_file(self, as_viewer):
        segment = saved("Gold: partners")
        page = text_of(as_viewer.get(change(segment)))
        address = reverse("admin:segments_segment_definition", args=[segment.pk])
        assert f'href="{address}"' in page
        answer = as_viewer.get(address)
        assert text_of(answer) == written(segment, AT)
        assert answer["Content-Type"] == "application/json; charset=utf-8"
        assert 'filename="Gold- partners ' in answer["Content-Disposition"]

    @pytest.mark.parametrize("what", ["a later version", "nothing"])
    def test_of_a_broken_segment_says_so(self, as_viewer, what):
        segment = broken(BROKEN[what][0])
        address = reverse("admin:segments_segment_definition", args=[segment.pk])
        answer = as_viewer.get(address, follow=True)
        assert answer.redirect_chain[0][0] == partners_of(segment)
        assert "There is no definition to download: " in text_of(answer)

    def test_of_nothing_is_not_found(self, as_viewer):
        assert as_viewer.get(reverse("admin:segments_segment_definition", args=[404])).status_code == 404


class TestImport:
    def test_is_offered_to_those_who_may_create(self, as_editor, as_viewer):
        assert f'href="{IMPORT}"' in text_of(as_editor.get(LIST))
        assert IMPORT not in text_of(as_viewer.get(LIST))
        assert send(as_viewer, file(PROSPECTS)).status_code == 403

    def test_leads_to_the_builder_which_saves_nothing_by_itself(self, as_editor):
        PartnerFactory(name="Moss")
        PartnerFactory(id=7, name="Aurora", prospecting_stage="joined")
        definition = any_of([NEW], [asks("partner_name", "any_of", [{"id": 7, "name": "Vela"}])])
        page = send(as_editor, file(definition, name="Ours"))
        assert page.redirect_chain[0][0].startswith(ADD)
        assert "Read from the file; it is not saved yet." in text_of(page)
        assert "The partner 7 is “Vela” in the file, and “Aurora” here." in text_of(page)
        assert "of 2 partners" in text_of(page)
        assert rows_of(page) == [
            ("prospecting_stage", "any_of", ["new"]),
            ("partner_name", "any_of", ["7"]),
        ]
        assert not Segment.objects.exists()
        assert as_editor.post(ADD, fields_of(page) | {"save": "1"}).status_code == 302
        assert Segment.objects.get(name="Ours").definition == any_of(
            [NEW], [asks("partner_name", "any_of", [7])]
        )

    def test_says_next_to_the_name_that_it_is_taken(self, as_editor):
        saved("Ours")
        page = send(as_editor, file(PROSPECTS, name="ours"))
        answer = as_editor.post(ADD, fields_of(page) | {"save": "1"})
        assert "There is a segment with this name already." in text_of(answer)

    def test_lists_all_that_is_missing_and_keeps_nothing(self, as_editor):
        page = send(as_editor, file(picks("partner_group", {"name": "A<b>"}, {"name": "B"})))
        assert "There is no group “A&lt;b&gt;” here." in text_of(page)
        assert "There is no group “B” here." in text_of(page)
        assert "segment_drafts" not in as_editor.session

    @pytest.mark.parametrize("what", HOSTILE)
    def test_answers_whatever_is_sent_with_a_message(self, as_editor, what):
        content, _reason = HOSTILE[what]
        page = send(as_editor, content)
        assert page.status_code == 200
        assert page.context["form"].errors

    def test_asks_for_a_file(self, as_editor):
        assert "Choose a file." in text_of(as_editor.post(IMPORT))
