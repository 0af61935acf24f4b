"""A login that ran out while somebody was building: they log in on the spot, and nothing is lost."""

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

CREDENTIALS = ("username", "password")


def succeeds(request: HttpRequest) -> bool:
    """Log in with the name and password that came with the form, if they did and are right."""
    form = AdminAuthenticationForm(request, data=request.POST) if "password" in request.POST else None
    if form is None or not form.is_valid():
        return False
    login(request, form.get_user())
    return True


def answer(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Ask for name and password, and hold what was posted; for htmx, say it where the preview would be."""
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx puts it there
        response = render(request, "segments/builder/logged_out.html", status=401)
        response["HX-Retarget"] = "#builder-preview"
        response["HX-Reswap"] = "innerHTML"
        return response
    posted = request.POST if "password" in request.POST else None
    context = {
        **site.each_context(request),
        "title": _("Log in again"),
        "form": AdminAuthenticationForm(request, data=posted),
        "held": [
            (name, value)
            for name, values in without_credentials(request.POST).lists()
            for value in values
            if name != "csrfmiddlewaretoken"
        ],
    }
    return render(request, "segments/log_in_again.html", context, status=401)


def without_credentials(data: QueryDict) -> QueryDict:
    """What was posted besides name and password, and besides a button."""
    rest = data.copy()
    for name in (*CREDENTIALS, "save", "see_all"):
        rest.pop(name, None)
    return rest
