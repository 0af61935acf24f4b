import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from config.counts import small_counts
from config.navigation import NavigationEntry, build_navigation, named_as_listed, screens
from tests.factories import PartnerGroupFactory, TemplateTermFactory, UserFactory
from tests.queries import OF_A_PAGE, OF_THE_SIDEBAR
from tests.segments.forms import saved

MODELS = {
    "partners": ["Partner", "PartnerGroup"],
    "segments": ["Segment"],
    "contracts": ["Contract", "TemplateTerm"],
    "auth": ["Group", "User"],
}


def app_list(**models):
    """What `AdminSite.get_app_list` says to a user who may see these models."""
    return [
        {
            "app_label": app_label,
            "name": app_label.title(),
            "app_url": f"/admin/{app_label}/",
            "models": [
                {
                    "object_name": name,
                    "name": f"{name}s",
                    "admin_url": f"/admin/{app_label}/{name.lower()}/",
                }
                for name in names
            ],
        }
        for app_label, names in models.items()
    ]


def outline(entries):
    return [
        (str(entry.label), outline(entry.entries)) if entry.entries else str(entry.label) for entry in entries
    ]


def labels(trail):
    return [str(entry.label) for entry in trail]


def test_the_sidebar_has_three_levels_below_start():
    navigation = build_navigation(app_list(**MODELS), "/admin/")

    assert outline(navigation.entries) == [
        "Start",
        ("Partners", ["Partners", "Groups", ("Automation", ["Segments"])]),
        ("Contracts", ["Contracts", "Template terms"]),
        ("Administration", ["Users", "Permission groups"]),
    ]


def test_a_heading_without_a_visible_place_below_it_is_left_out():
    navigation = build_navigation(app_list(partners=["Partner"]), "/admin/")

    assert outline(navigation.entries) == ["Start", ("Partners", ["Partners"])]


def test_a_model_that_can_be_added_to_but_not_looked_at_is_left_out():
    apps = app_list(partners=["Partner"])
    apps[0]["models"][0]["admin_url"] = None

    assert outline(build_navigation(apps, "/admin/").entries) == ["Start"]


def test_start_is_the_current_place_on_the_start_page_only():
    start = build_navigation([], reverse("admin:index")).entries[0]
    assert start == NavigationEntry(start.label, "/admin/", current=True)

    assert not build_navigation([], "/admin/partners/partner/").entries[0].current


@pytest.mark.parametrize("page", ["", "add/", "700123/change/"])
def test_the_list_that_a_page_belongs_to_is_the_current_place(page):
    navigation = build_navigation(app_list(**MODELS), f"/admin/partners/partnergroup/{page}")

    assert labels(navigation.trail) == ["Partners", "Groups"]
    assert navigation.trail[-1].current


def test_the_trail_of_a_segment_leads_through_automation():
    navigation = build_navigation(app_list(**MODELS), "/admin/segments/segment/7/change/")

    assert [(str(entry.label), entry.url) for entry in navigation.trail] == [
        ("Partners", ""),
        ("Automation", ""),
        ("Segments", "/admin/segments/segment/"),
    ]


def test_a_screen_without_a_place_in_the_sidebar_still_has_a_trail():
    navigation = build_navigation(app_list(sites=["Site"]), "/admin/sites/site/1/change/")

    assert [(entry.label, entry.url) for entry in navigation.trail] == [
        ("Sites", "/admin/sites/"),
        ("Sites", "/admin/sites/site/"),
    ]


def test_a_page_that_belongs_to_no_list_has_no_trail():
    assert build_navigation(app_list(**MODELS), "/admin/password_change/").trail == ()


def test_the_sidebar_links_to_the_lists_and_marks_the_current_one(as_superuser):
    page = as_superuser.get(reverse("admin:auth_user_changelist")).content.decode()

    assert '<a class="sidebar-link" href="/admin/">Start</a>' in page
    assert '<a class="sidebar-link" href="/admin/auth/user/" aria-current="page">Users</a>' in page
    assert page.count('aria-current="page"') == 1


def test_the_sidebar_shows_an_editor_no_users(as_editor):
    page = as_editor.get(reverse("admin:index")).content.decode()

    assert '<a class="sidebar-link" href="/admin/partners/partner/">Partners</a>' in page
    assert "/admin/auth/user/" not in page


def test_the_sidebar_shows_an_outsider_the_start_page_only(as_outsider):
    page = as_outsider.get(reverse("admin:index")).content.decode()

    assert page.count('class="sidebar-link"') == 1


def test_the_sidebar_asks_the_database_one_question_beyond_the_user(
    as_superuser, as_outsider, django_assert_num_queries
):
    with django_assert_num_queries(2 + OF_A_PAGE):
        as_superuser.get(reverse("admin:password_change"))
    with django_assert_num_queries(4 + OF_A_PAGE - OF_THE_SIDEBAR):  # two for the permissions
        as_outsider.get(reverse("admin:password_change"))


def test_the_sidebar_says_how_many_rows_the_small_tables_have(as_superuser, as_outsider):
    PartnerGroupFactory.create_batch(2)
    TemplateTermFactory()
    saved("In use")
    saved("Archived", archived_at=timezone.now())
    page = as_superuser.get(reverse("admin:index"))
    numbers = {str(one.label): one.number for _heading, one in screens(page.context["navigation"].entries)}
    counted = {label: number for label, number in numbers.items() if number is not None}
    assert counted == {"Groups": 2, "Segments": 1, "Template terms": 1}
    assert page.content.decode().count('class="sidebar-count"') == 3
    assert "sidebar-count" not in as_outsider.get(reverse("admin:index")).content.decode()


@pytest.mark.django_db
def test_an_unusable_transaction_leaves_the_numbers_out():
    with transaction.atomic():
        transaction.set_rollback(True)
        assert small_counts(["segments.Segment"]) == {}


def test_whoever_is_not_logged_in_gets_no_menu(as_nobody):
    page = as_nobody.get(reverse("admin:login")).content.decode()

    assert "<h1>Log in</h1>" in page
    assert "sidebar" not in page


def test_a_list_is_named_for_what_it_shows(as_superuser):
    page = as_superuser.get(reverse("admin:auth_user_changelist")).content.decode()

    assert "<h1>Users</h1>" in page
    assert "<title>Users | Partner Segments</title>" in page
    assert "to change" not in page


def test_a_form_is_named_for_its_object_and_leads_back_to_the_list(as_superuser, superuser):
    page = as_superuser.get(reverse("admin:auth_user_change", args=[superuser.pk])).content.decode()

    assert "<h1>superuser</h1>" in page
    assert "<title>superuser | Partner Segments</title>" in page
    assert '<a href="/admin/auth/user/">Users</a>' in page


def test_a_deletion_names_its_object_and_leads_back_to_it(as_superuser):
    leaver = UserFactory(username="leaver")
    page = as_superuser.get(reverse("admin:auth_user_delete", args=[leaver.pk])).content.decode()

    assert "<h1>Delete: leaver</h1>" in page
    assert f'<a href="/admin/auth/user/{leaver.pk}/change/">leaver</a>' in page


def test_a_search_keeps_the_filters_and_offers_the_way_back(as_superuser):
    page = as_superuser.get(
        reverse("admin:auth_user_changelist"), {"q": "super", "is_staff__exact": "1"}
    ).content.decode()

    assert '<input type="hidden" name="is_staff__exact" value="1">' in page
    assert 'name="q" value="super"' in page
    assert "Show all" in page


def test_a_model_is_called_as_in_the_sidebar_if_it_has_a_place_there():
    apps = named_as_listed(app_list(segments=["Segment", "Run"], sites=["Site"]))

    assert [[model["name"] for model in app["models"]] for app in apps] == [["Segments", "Work"], ["Sites"]]
