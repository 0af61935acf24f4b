"""Who may do what with segments: on every address and with every button, guessed ones included."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from segments import permissions
from segments.models import Segment
from tests.factories import PartnerFactory, PartnerGroupFactory, TemplateTermFactory, UserFactory
from tests.segments.forms import (
    ADD,
    AUTOCOMPLETE,
    LIST,
    PROSPECTS,
    any_of,
    asks,
    change,
    delete,
    form,
    partners_of,
    saved,
    text_of,
)

pytestmark = pytest.mark.django_db
SECRET = "Secret Partner"
HTMX = [{}, {"hx-request": "true", "hx-target": "builder-preview"}, {"hx-request": "true"}]


@pytest.fixture
def segment():
    PartnerFactory(name=SECRET)
    return saved("Secret Segment", partner_count=3)


def history(segment):
    return reverse("admin:segments_segment_history", args=[segment.pk])


ADDRESSES = {
    "list": lambda segment: LIST,
    "builder": lambda segment: ADD,
    "clone": lambda segment: f"{ADD}?clone={segment.pk}",
    "segment": change,
    "partners": partners_of,
    "history": history,
    "versions": lambda segment: reverse("admin:segments_segment_versions", args=[segment.pk]),
    "compare": lambda segment: reverse("admin:segments_segment_compare", args=[segment.pk]),
    "delete": delete,
    "draft": lambda segment: reverse("admin:segments_draft_partners", args=["abcdefgh"]),
    "export": lambda segment: reverse("admin:segments_segment_export", args=[segment.pk]),
    "draft export": lambda segment: reverse("admin:segments_draft_export", args=["abcdefgh"]),
    "why": lambda segment: reverse(
        "admin:segments_segment_why", args=[segment.pk], query={"look_for": SECRET}
    ),
    "draft why": lambda segment: reverse("admin:segments_draft_why", args=["abcdefgh"]),
    "near misses": lambda segment: reverse("admin:segments_draft_near_misses", args=["abcdefgh", 1, 1]),
    "definition": lambda segment: reverse("admin:segments_segment_definition", args=[segment.pk]),
    "import": lambda segment: reverse("admin:segments_segment_import"),
}
LOOKING = {"list", "segment", "partners", "history", "versions", "compare", "export", "why", "definition"}
BUTTONS = [
    *["", "preview", "save", "see_all", "export", "and:0", "another", "remove:0", "all:0", "update"],
    *["look_up", "explain", "near_misses"],
]


def says_nothing(answer):
    return SECRET not in text_of(answer) and "Secret Segment" not in text_of(answer)


class TestAddresses:
    @pytest.mark.parametrize(
        ("who", "allowed"),
        [
            ("as_superuser", {*LOOKING, "builder", "clone", "delete", "import"}),
            ("as_editor", {*LOOKING, "builder", "clone", "delete", "import"}),
            ("as_viewer", LOOKING),
            ("as_outsider", set()),
            ("as_nobody", set()),
        ],
    )
    def test_open_for_those_who_may_and_nobody_else(self, request, who, allowed, segment):
        client = request.getfixturevalue(who)
        opened = {name for name, of in ADDRESSES.items() if client.get(of(segment)).status_code == 200}
        assert opened == allowed

    @pytest.mark.parametrize("name", ADDRESSES)
    def test_tell_an_outsider_nothing(self, as_outsider, segment, name):
        answer = as_outsider.get(ADDRESSES[name](segment))
        assert answer.status_code == 403
        assert says_nothing(answer)

    @pytest.mark.parametrize("name", ADDRESSES)
    def test_send_everybody_else_to_the_login(self, as_nobody, segment, name):
        answer = as_nobody.get(ADDRESSES[name](segment))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("admin:login"))

    @pytest.mark.parametrize(
        "guessed",
        [
            "abc/change/",
            "99999999999999999999999/change/",
            "0/change/",
            "404/change/",
            "-1/change/",
            "_35/change/",
            "%00/change/",
            "abc/partners/",
            "99999999999999999999999/partners/",
            "0/partners/",
            "drafts/x/partners/",
            "drafts/_35/partners/",
        ],
    )
    def test_that_are_guessed_are_not_found(self, as_editor, guessed):
        assert as_editor.get(LIST + guessed, follow=True).status_code == 404

    @pytest.mark.parametrize("page", ["delete", "history"])
    @pytest.mark.parametrize("key", ["abc", "0", "9" * 30, "_35", "_", "-1", "%00"])
    def test_of_djangos_own_pages_lead_home_for_a_guessed_key(self, as_editor, page, key):
        for client_method in (as_editor.get, as_editor.post):
            answer = client_method(f"{LIST}{key}/{page}/", {"post": "yes"})
            assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))

    def test_with_a_quoted_key_are_guarded_as_well(self, as_viewer, as_outsider, segment):
        quoted = "".join(f"_{ord(digit):X}" for digit in str(segment.pk))
        for client in (as_viewer, as_outsider):
            assert client.post(f"{LIST}{quoted}/delete/", {"post": "yes"}).status_code == 403
        assert Segment.objects.exists()


class TestButtons:
    @pytest.mark.parametrize("headers", HTMX)
    @pytest.mark.parametrize("button", BUTTONS)
    def test_do_nothing_for_an_outsider(self, as_outsider, segment, button, headers):
        for address in (ADD, change(segment)):
            answer = as_outsider.post(address, form(PROSPECTS, button, name="Mine"), headers=headers)
            assert answer.status_code == 403
            assert says_nothing(answer)
        assert Segment.objects.count() == 1

    @pytest.mark.parametrize("headers", HTMX)
    @pytest.mark.parametrize("button", BUTTONS)
    def test_ask_everybody_else_to_log_in(self, as_nobody, segment, button, headers):
        for address in (ADD, change(segment)):
            answer = as_nobody.post(address, form(PROSPECTS, button, name="Mine"), headers=headers)
            assert answer.status_code == 401
            assert says_nothing(answer)
        assert Segment.objects.count() == 1

    @pytest.mark.parametrize("button", [button for button in BUTTONS if button != "save"])
    def test_let_a_viewer_try_other_rows(self, as_viewer, segment, button):
        answer = as_viewer.post(change(segment), form(PROSPECTS, button), follow=True)
        assert answer.status_code == 200
        assert 'name="save"' not in text_of(answer)
        segment.refresh_from_db()
        assert segment.revision == 1

    def test_let_a_viewer_save_nothing(self, as_viewer, segment):
        data = form(PROSPECTS, "save", name="Mine", revision="1")
        for address in (ADD, change(segment), change(Segment(pk=404_404_404))):
            assert as_viewer.post(address, data).status_code == 403
        assert [one.name for one in Segment.objects.all()] == ["Secret Segment"]

    def test_let_a_viewer_delete_nothing(self, as_viewer, segment):
        assert as_viewer.post(delete(segment), {"post": "yes"}).status_code == 403
        data = {"action": "delete_selected", "_selected_action": [segment.pk], "post": "yes"}
        as_viewer.post(LIST, data)
        assert Segment.objects.exists()

    def test_that_do_nothing_are_not_drawn_for_a_viewer(self, as_viewer, segment):
        for address in (LIST, change(segment)):
            page = text_of(as_viewer.get(address))
            for word in (
                "Create Segment",
                "Import definition",
                "Clone",
                ">Delete<",
                "delete_selected",
                'name="save"',
            ):
                assert word not in page

    @pytest.mark.parametrize("action", ["count_again", "delete_selected"])
    def test_of_the_list_do_nothing_for_an_outsider(self, as_outsider, segment, action):
        data = {"action": action, "_selected_action": [segment.pk], "post": "yes"}
        assert as_outsider.post(LIST, data).status_code == 403
        segment.refresh_from_db()
        assert segment.partner_count == 3


class TestTypeAhead:
    FIELDS = {
        "group": PartnerGroupFactory,
        "template_term": TemplateTermFactory,
        "partner": PartnerFactory,
    }

    def ask(self, client, field, term="secret"):
        query = {"app_label": "segments", "model_name": "segmentreference", "field_name": field}
        return client.get(AUTOCOMPLETE, {**query, "term": term})

    @pytest.mark.parametrize("field", FIELDS)
    def test_finds_what_the_builder_asks_about(self, as_viewer, field):
        row = self.FIELDS[field](name="Secret")
        results = self.ask(as_viewer, field).json()["results"]
        assert [result["id"] for result in results] == [str(row.pk)]

    def test_offers_no_segment_that_leads_back_to_the_one_being_edited(self, as_viewer):
        def naming(segment):
            return {**any_of([asks("segment", "any_of", [segment.pk])]), "version": 2}

        own, sound = saved("Secret own"), saved("Secret sound")
        above = saved("Secret above", naming(own))
        top = saved("Secret top", naming(above))

        def offered(editing):
            query = {"app_label": "segments", "model_name": "segmentreference", "field_name": "named"}
            answer = as_viewer.get(AUTOCOMPLETE, {**query, "term": "secret", "editing": editing})
            return {int(result["id"]) for result in answer.json()["results"]}

        assert offered(own.pk) == {sound.pk}
        assert offered(above.pk) == {own.pk, sound.pk}
        for nothing in ("", "undefined", "nul\0", "9" * 40, 404):
            assert offered(nothing) == {own.pk, sound.pk, above.pk, top.pk}
        assert f'data-segment="{own.pk}"' in text_of(as_viewer.get(change(own)))

    @pytest.mark.parametrize("field", FIELDS)
    def test_is_what_the_builders_page_names(self, as_editor, field):
        asked = "partner_group" if field == "group" else field.replace("partner", "partner_name")
        data = form({"version": 1, "any": [{"all": [asks(asked, "any_of", [1])]}]}, "preview")
        page = text_of(as_editor.post(ADD, data))
        for attribute in (
            f'data-picks="{AUTOCOMPLETE}"',
            'data-app="segments"',
            'data-model="segmentreference"',
            f'data-field="{field}"',
        ):
            assert attribute in page

    @pytest.mark.parametrize("field", FIELDS)
    def test_tells_an_outsider_nothing(self, as_outsider, field):
        self.FIELDS[field](name="Secret")
        answer = self.ask(as_outsider, field)
        assert answer.status_code == 403
        assert "Secret" not in text_of(answer)

    @pytest.mark.parametrize("field", FIELDS)
    def test_tells_everybody_else_nothing(self, as_nobody, field):
        assert self.ask(as_nobody, field).status_code == 302

    @pytest.mark.parametrize("field", ["id", "pk", "definition", "owner", "bogus", "\0", ""])
    def test_knows_no_other_fields(self, as_editor, field):
        assert self.ask(as_editor, field).status_code == 403

    def test_of_segments_themselves_needs_the_right_to_look(self, as_outsider, segment):
        assert self.ask(as_outsider, "segment").status_code == 403

    @pytest.mark.parametrize("term", ["nul\0", "9" * 400, "%", "\ud7ff"])
    def test_survives_absurd_terms(self, as_viewer, segment, term):
        for field in (*self.FIELDS, "segment"):
            assert self.ask(as_viewer, field, term).status_code == 200


class TestDecisions:
    LOOK = {"view_segment", "view_partner", "view_contract"}

    def person(self, *codenames, **values):
        user = UserFactory(**values)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        return user

    @pytest.mark.parametrize("missing", [*LOOK])
    def test_who_may_not_look_at_partners_and_contracts_may_not_look_at_segments(self, missing, segment):
        user = self.person(*(self.LOOK - {missing}))
        client = Client()
        client.force_login(user)
        assert not permissions.can_view(user)
        assert client.get(change(segment)).status_code == 403
        assert client.get(LIST).status_code == 403

    @pytest.mark.parametrize("values", [{"is_active": False}, {"is_staff": False}])
    @pytest.mark.parametrize("superuser", [True, False])
    def test_who_is_no_staff_may_do_nothing(self, values, superuser):
        every = Permission.objects.values_list("codename", flat=True)
        user = self.person(*every, is_superuser=superuser, **values)
        decisions = (
            permissions.can_view,
            permissions.can_export,
            permissions.can_create,
            permissions.can_change,
            permissions.can_delete,
        )
        assert not any(decide(user) for decide in decisions)

    @pytest.mark.parametrize(
        ("codename", "decide"),
        [
            ("add_segment", permissions.can_create),
            ("change_segment", permissions.can_change),
            ("delete_segment", permissions.can_delete),
        ],
    )
    def test_each_right_allows_one_thing_and_only_with_the_right_to_look(self, codename, decide):
        assert decide(self.person(codename, *self.LOOK))
        assert not decide(self.person(codename))
        others = {permissions.can_create, permissions.can_change, permissions.can_delete} - {decide}
        assert not any(other(self.person(codename, *self.LOOK)) for other in others)

    def test_whoever_may_change_segments_may_look_at_them(self):
        assert permissions.can_view(self.person("change_segment", "view_partner", "view_contract"))

    @pytest.mark.parametrize("missing", ["view_partner", "view_contract"])
    def test_whoever_may_change_segments_but_not_see_all_that_they_show_may_not_look(self, missing):
        rights = {"change_segment", "view_partner", "view_contract"} - {missing}
        assert not permissions.can_view(self.person(*rights))

    def test_whoever_may_only_add_can_open_the_builder_but_change_nothing(self, segment):
        client = Client()
        client.force_login(self.person("add_segment", *self.LOOK))
        assert client.get(ADD).status_code == 200
        assert 'name="save"' not in text_of(client.get(change(segment)))
        data = form(PROSPECTS, "save", name="Mine", revision="1")
        assert client.post(change(segment), data).status_code == 403
        assert client.post(ADD, data).status_code == 302
