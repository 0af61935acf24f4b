"""Files of several segments: their partners in one, their definitions in a ZIP file."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse

from partners.models.exports import Export
from segments.models import Segment
from segments.transfer import read
from tests.factories import PartnerFactory
from tests.segments.forms import EXPIRED, JOINED, LIST, NEW, any_of, saved, text_of
from tests.segments.moments import AT
from tests.segments.screens.test_organizing import press
from tests.segments.screens.test_segment_admin import BROKEN, broken

pytestmark = pytest.mark.django_db


def content(answer):
    return b"".join(answer.streaming_content)


def post(client, action, *segments):
    data = {"action": action, "_selected_action": [segment.pk for segment in segments]}
    return client.post(LIST, data)


class TestExport:
    def test_of_several_has_each_partner_of_any_of_them_once(self, as_viewer):
        names = {"Moss": "new", "Aurora": "expired", "Fern": "negotiating"}
        for name, stage in names.items():
            PartnerFactory(name=name, prospecting_stage=stage)
        segments = saved("New", any_of([NEW])), saved("Both", any_of([NEW], [EXPIRED]))
        page = press(as_viewer, "export", *segments)
        assert "Both, New" in text_of(page)
        address = page.redirect_chain[0][0]
        file = content(as_viewer.post(address, {"columns": ["name"], "format": "csv", "download": "1"}))
        assert sorted(file.decode("utf-8-sig").split()) == ["Aurora", "Moss", "Name"]
        assert Export.objects.get().rows == 2

    def test_leads_back_to_the_segments_where_one_may_not_build(self, as_viewer, as_editor):
        segments = saved("New", any_of([NEW])), saved("Both", any_of([NEW], [EXPIRED]))
        for client, back in ((as_viewer, "Back to the segments"), (as_editor, "Back to the builder")):
            address = post(client, "export", *segments)["Location"].replace("/export/", "/partners/")
            page = text_of(client.get(address))
            assert back in page
            assert ("Open it in the builder" in page) is (client is as_editor)

    def test_of_one_leads_to_its_own_page(self, as_viewer):
        segment = saved()
        address = reverse("admin:segments_segment_export", args=[segment.pk])
        assert post(as_viewer, "export", segment)["Location"] == address

    def test_names_the_one_that_can_not_be_asked(self, as_viewer):
        page = text_of(press(as_viewer, "export", saved("Fine"), broken(BROKEN["nothing"][0])))
        assert "These can&#x27;t be exported together: A segment that it names needs attention itself" in page

    def test_is_called_by_a_few_of_many_and_short_enough(self, as_viewer):
        segments = [saved(f"{'x' * 150} {number}", any_of([JOINED])) for number in range(5)]
        page = press(as_viewer, "export", *segments)
        assert page.status_code == 200
        assert "and 2 more" in text_of(page)


class TestDefinitions:
    def test_of_several_are_packed_by_name(self, as_viewer):
        segments = [saved(name, any_of([NEW])) for name in ("Gold: a", "Gold? a", "Silver")]
        answer = post(as_viewer, "download_definitions", *segments)
        assert 'filename="Definitions ' in answer["Content-Disposition"]
        archive = ZipFile(BytesIO(content(answer)))
        assert len(archive.namelist()) == len({name.casefold() for name in archive.namelist()}) == 3
        read_again = [read(archive.read(name), AT).name for name in archive.namelist()]
        assert sorted(read_again) == ["Gold: a", "Gold? a", "Silver"]

    def test_of_one_is_its_file(self, as_viewer):
        segment = saved()
        address = reverse("admin:segments_segment_definition", args=[segment.pk])
        assert post(as_viewer, "download_definitions", segment)["Location"] == address

    def test_name_the_one_that_is_broken(self, as_viewer):
        other = broken(BROKEN["nothing"][0])
        page = text_of(press(as_viewer, "download_definitions", saved("Fine"), other))
        assert f"There is no definition to download: “{other.name}”: " in page


@pytest.mark.parametrize("action", ["export", "download_definitions"])
def test_who_may_not_see_segments_gets_neither(as_outsider, action):
    segments = saved("One"), saved("Other")
    assert post(as_outsider, action, *segments).status_code == 403
    assert Segment.objects.count() == 2
