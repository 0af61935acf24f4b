"""Pages of the program's own say who may open them; without that there is no page."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpResponse

from partners.core.base_admin import NamedAdmin
from partners.core.pages import page_urls, staff_page
from partners.core.requests import staff_request
from partners.models import PartnerGroup
from partners.permissions import can_view_partners

pytestmark = pytest.mark.django_db


@staff_page("<int:pk>/look/", name="look", permission=can_view_partners)
def look(request, pk):
    return HttpResponse(f"{request.user} looks at {pk}")


class GroupsWithPages(NamedAdmin):
    pages = [look, "count"]

    @staff_page("count/", name="count", permission=can_view_partners)
    def count(self, request):
        return HttpResponse(f"{request.user} counts {self.opts.verbose_name_plural}")

    def secret(self, request):
        return HttpResponse("secret")


@pytest.fixture
def groups():
    return GroupsWithPages(PartnerGroup, admin.site)


def sent_by(rf, user):
    request = rf.get("/")
    request.user = user
    return request


def test_a_page_is_for_those_for_whom_its_permission_holds_and_for_nobody_else(rf, viewer, outsider):
    assert look(sent_by(rf, viewer), pk=7).content == b"viewer looks at 7"
    for user in (outsider, AnonymousUser()):
        with pytest.raises(PermissionDenied):
            look(sent_by(rf, user), pk=7)


def test_a_method_is_a_page_as_well(rf, viewer, outsider, groups):
    assert groups.count(sent_by(rf, viewer)).content == b"viewer counts groups"
    with pytest.raises(PermissionDenied):
        groups.count(sent_by(rf, outsider))


def test_pages_stand_before_the_addresses_of_django(groups):
    first, second, *others = groups.get_urls()
    assert [(first.name, str(first.pattern)), (second.name, str(second.pattern))] == [
        ("look", "<int:pk>/look/"),
        ("count", "count/"),
    ]
    assert [pattern.name for pattern in others] == [
        pattern.name for pattern in NamedAdmin(PartnerGroup, admin.site).get_urls()
    ]


def test_a_page_sends_those_who_are_not_logged_in_to_the_login(rf, groups):
    answer = groups.get_urls()[0].callback(sent_by(rf, AnonymousUser()), pk=7)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/")


def test_a_page_may_answer_them_itself(rf, outsider):
    def log_in(request, permission, pk):
        return HttpResponse(f"log in for {pk}: {permission is can_view_partners}")

    page = staff_page("", name="", permission=can_view_partners, logged_out=log_in)(look.view)
    (url,) = page_urls(None, [page], admin.site)
    answer = url.callback(sent_by(rf, AnonymousUser()), pk=7)
    assert answer.content == b"log in for 7: True"
    assert "no-cache" in answer["Cache-Control"]
    with pytest.raises(PermissionDenied):
        url.callback(sent_by(rf, outsider), pk=7)


def test_a_view_that_declares_no_permission_gets_no_address(groups):
    for undeclared in (look.view, "secret"):
        groups.pages = [undeclared]
        with pytest.raises(ImproperlyConfigured, match="who may open it"):
            groups.get_urls()


def test_there_is_no_page_without_a_permission():
    with pytest.raises(TypeError, match="permission"):
        staff_page("", name="")


def test_a_request_of_the_staff_has_somebody_behind_it(rf, outsider):
    request = sent_by(rf, outsider)
    assert staff_request(request) is request
    with pytest.raises(PermissionDenied):
        staff_request(sent_by(rf, AnonymousUser()))
