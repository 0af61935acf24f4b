"""Where a group, a template term, a partner or a segment is used: the segments that name it."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from segments.models import Segment
from segments.references import list_of_segments_naming
from tests.factories import PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import LIST, NEW, any_of, asks, change, delete, partners_of, saved, text_of
from tests.segments.screens.test_segment_admin import listed

pytestmark = pytest.mark.django_db
KINDS = {
    "partner_group": (PartnerGroupFactory, "partners_partnergroup", "group"),
    "template_term": (TemplateTermFactory, "contracts_templateterm", "template_term"),
    "partner_name": (PartnerFactory, "partners_partner", "partner"),
    "partner_id": (PartnerFactory, "partners_partner", "partner"),
}
HEADING = "Named in segments"
lists = pytest.mark.parametrize("field", ["partner_group", "template_term"])


def page_of(field, row):
    return reverse(f"admin:{KINDS[field][1]}_change", args=[row.pk])


def list_of(field):
    return reverse(f"admin:{KINDS[field][1]}_changelist")


@pytest.fixture(params=KINDS)
def field(request):
    return request.param


@pytest.fixture
def row(field):
    """A row that two segments name, one of them twice; a third names another."""
    factory = KINDS[field][0]
    made, other = factory(name="Ours"), factory(name="Other")
    named = asks(field, "any_of", [made.pk])
    saved("First <b>", any_of([named], [NEW, named]), partner_count=1_652)
    saved("Second", any_of([NEW, asks(field, "none_of", [made.pk, other.pk])]))
    saved("Third", any_of([asks(field, "any_of", [other.pk])]))
    return made


class TestPage:
    def test_lists_the_segments_that_name_the_row(self, as_viewer, field, row):
        page = text_of(as_viewer.get(page_of(field, row))).partition(HEADING)[2]
        assert "All 2 segments" in page
        for part in ("First &lt;b&gt;", "Second", "1,652", "—"):
            assert part in page
        assert "Third" not in page
        for segment in Segment.objects.exclude(name="Third"):
            assert f'href="{partners_of(segment)}"' in page

    def test_leads_to_them_on_the_segments_screen(self, as_viewer, field, row):
        address = f"{LIST}?names={KINDS[field][2]}:{row.pk}"
        assert f'href="{address}"' in text_of(as_viewer.get(page_of(field, row)))
        answer = as_viewer.get(address)
        assert [one.name for one in answer.context["cl"].result_list] == ["First <b>", "Second"]
        assert f"Names: <bdi>{row}</bdi>" in text_of(answer)

    def test_of_many_segments_lists_the_first_and_counts_all(self, as_viewer, field, row):
        for number in range(30):
            saved(f"More {number}", any_of([asks(field, "any_of", [row.pk])]))
        page = text_of(as_viewer.get(page_of(field, row))).partition(HEADING)[2]
        assert "All 32 segments" in page
        assert page.count("More ") == 19

    def test_costs_the_same_however_many_there_are(self, as_viewer, field, row):
        costs = []
        for many in (0, 10):
            for number in range(many):
                saved(f"More {number}", any_of([asks(field, "any_of", [row.pk])]))
            with CaptureQueriesContext(connection) as captured:
                as_viewer.get(page_of(field, row))
            costs.append(sum("segments_segmentreference" in query["sql"] for query in captured))
        assert costs[0] == costs[1] <= 2

    def test_says_nothing_to_who_may_not_look_at_segments(self, as_outsider, outsider, field, row):
        view = {"partner_group": "partnergroup", "template_term": "templateterm"}.get(field, "partner")
        permission = "view_" + view
        outsider.user_permissions.set(_permissions(permission))
        page = as_outsider.get(page_of(field, row))
        assert page.status_code == 200
        assert HEADING not in text_of(page)
        assert "Second" not in text_of(page)

    def test_of_a_new_row_or_one_that_is_not_named(self, as_editor, field):
        factory, pages, _held = KINDS[field]
        assert HEADING not in text_of(as_editor.get(reverse(f"admin:{pages}_add")))
        page = text_of(as_editor.get(page_of(field, factory())))
        assert ("No segment names it." in page) == (field in ("partner_group", "template_term"))
        assert ("by a part of its name" in page) == (field == "template_term")

    def test_follows_what_segments_name_now(self, as_viewer):
        group = PartnerGroupFactory()
        segment = saved(definition=any_of([asks("partner_group", "any_of", [group.pk])]))
        segment.definition = any_of([NEW])
        segment.save()
        assert "No segment names it." in text_of(as_viewer.get(page_of("partner_group", group)))


class TestSegmentsNamedInSegments:
    @pytest.fixture
    def inner(self):
        """A segment that two others name, and that one of them names through another."""
        inner = saved("Inner")
        within = asks("segment", "any_of", [inner.pk])
        saved("Outer <b>", {**any_of([within], [NEW, within]), "version": 2}, partner_count=1_652)
        excepted = saved("Excepted", {**any_of([NEW]), "version": 2, "except": [{"all": [within]}]})
        saved("Beyond", {**any_of([asks("segment", "none_of", [excepted.pk])]), "version": 2})
        return inner

    def test_are_listed_below_the_builder(self, as_viewer, inner):
        page = text_of(as_viewer.get(change(inner))).partition(HEADING)[2]
        for part in ("All 2 segments", "Outer &lt;b&gt;", "Excepted", "1,652"):
            assert part in page
        assert "Beyond" not in page
        address = f"{LIST}?names=named:{inner.pk}"
        assert f'href="{address}"' in page
        assert listed(as_viewer, names=f"named:{inner.pk}") == ["Excepted", "Outer <b>"]

    def test_are_said_in_the_list_of_segments(self, as_viewer, inner):
        answer = as_viewer.get(LIST)
        numbers = {one.name: one.segments_naming for one in answer.context["cl"].result_list}
        assert numbers == {"Inner": 2, "Excepted": 1, "Outer <b>": 0, "Beyond": 0}
        assert text_of(answer).count("Named in ") == 2
        assert f'href="{LIST}?names=named:{inner.pk}">Named in 2 segments</a>' in text_of(answer)

    def test_of_one_that_no_other_names_say_nothing(self, as_viewer):
        assert HEADING not in text_of(as_viewer.get(change(saved())))

    def test_keep_it_from_being_deleted_on_its_page(self, as_superuser, inner):
        for answer in (as_superuser.get(delete(inner)), as_superuser.post(delete(inner), {"post": "yes"})):
            page = text_of(answer)
            assert f'2 segments use it: <a href="{list_of_segments_naming(inner)}">see them</a>' in page
        assert Segment.objects.filter(pk=inner.pk).exists()

    def test_keep_it_from_being_deleted_in_the_list(self, as_superuser, inner):
        free = saved("Free")
        asked = {"action": "delete_selected", "_selected_action": [inner.pk, free.pk], "post": "yes"}
        page = text_of(as_superuser.post(LIST, asked))
        assert "<bdi>Inner</bdi>: 2 segments use it" in page
        assert Segment.objects.filter(pk__in=[inner.pk, free.pk]).count() == 2

    def test_keep_it_from_being_deleted_by_a_script(self, inner):
        with pytest.raises(ProtectedError):
            inner.delete()
        with pytest.raises(ProtectedError):
            Segment.objects.filter(pk=inner.pk).delete()

    def test_let_it_go_once_none_names_it(self, as_superuser, inner):
        for name in ("Beyond", "Excepted", "Outer <b>", "Inner"):
            segment = Segment.objects.get(name=name)
            assert as_superuser.post(delete(segment), {"post": "yes"}).status_code == 302
        assert not Segment.objects.exists()


def _permissions(codename):
    return Permission.objects.filter(codename=codename)


class TestList:
    @lists
    def test_says_how_many_segments_name_each_row(self, as_viewer, field, row):
        KINDS[field][0](name="Free")
        answer = as_viewer.get(list_of(field), {"o": "-3"})
        numbers = {one.name: one.segments_naming for one in answer.context["cl"].result_list}
        assert numbers == {"Ours": 2, "Other": 2, "Free": 0}
        assert f'href="{LIST}?names={KINDS[field][2]}:{row.pk}"' in text_of(answer)

    @lists
    def test_costs_the_same_however_many_rows(self, as_viewer, field):
        factory = KINDS[field][0]
        costs = []
        for many in (1, 10):
            for number in range(many):
                saved(f"{many} {number}", any_of([asks(field, "any_of", [factory().pk])]))
            with CaptureQueriesContext(connection) as captured:
                as_viewer.get(list_of(field))
            costs.append(len(captured))
        assert costs[0] == costs[1]

    @lists
    def test_has_no_such_column_for_who_may_not_look_at_segments(self, as_outsider, outsider, field):
        outsider.user_permissions.set(_permissions(f"view_{KINDS[field][1].partition('_')[2]}"))
        KINDS[field][0]()
        page = as_outsider.get(list_of(field))
        assert page.status_code == 200
        assert "naming_segments" not in text_of(page)


class TestFilter:
    def test_is_not_shown_unless_it_is_on(self, as_viewer):
        saved()
        assert 'name="names"' not in text_of(as_viewer.get(LIST))

    @pytest.mark.parametrize(
        "value",
        ["group", "group:", "group:x", "group:404404", f"group:{'9' * 30}", "owner:1", ":1", "segment:1"],
    )
    def test_of_no_row_finds_nothing(self, as_viewer, value):
        saved()
        assert listed(as_viewer, names=value) == []

    def test_of_a_field_finds_the_segments_that_ask_about_it(self, as_viewer):
        saved("Asks", any_of([asks("partner_name", "contains", "x")]))
        saved("Does not")
        answer = as_viewer.get(LIST, {"condition": "partner_name"})
        assert [one.name for one in answer.context["cl"].result_list] == ["Asks"]
        assert "Asks about: <bdi>Partner Name</bdi>" in text_of(answer)
