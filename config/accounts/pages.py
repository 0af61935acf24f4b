"""What is said to those whom a login did not let in."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from config.views import error_page, try_again


def no_rights(request: HttpRequest, company: str, end: str) -> HttpResponse:
    """Says that none of the user's groups has rights here. `end` is the provider's logout."""
    reason = _(
        "%s knows you, but none of your groups there has rights here. The person who manages them can "
        "add you to one."
    )
    return error_page(request, HTTPStatus.FORBIDDEN, _("You have no access"), reason % company, end=end)


def login_inactive(request: HttpRequest) -> HttpResponse:
    """Says that a superuser has switched the user off."""
    reason = _("Your user is switched off here. The person who manages the users can switch it on again.")
    return error_page(request, HTTPStatus.FORBIDDEN, _("You have no access"), reason)


def login_cancelled(request: HttpRequest, company: str) -> HttpResponse:
    """Says that it was the user who ended it."""
    reason = _("You cancelled it at %s. Nothing was changed.")
    return error_page(request, HTTPStatus.FORBIDDEN, _("You are not logged in"), reason % company)


def login_outdated(request: HttpRequest, company: str) -> HttpResponse:
    """Says that it has to begin anew."""
    reason = _(
        "This way back from %s was used already, took longer than ten minutes, or began in another "
        "browser. Log in again."
    )
    return error_page(request, HTTPStatus.FORBIDDEN, _("You are not logged in"), reason % company)


def company_away(request: HttpRequest, company: str) -> HttpResponse:
    """Says that it is the provider that does not answer."""
    reason = _("%s can't be reached from here. Wait a moment and try again.")
    return try_again(request, _("You are not logged in"), reason % company)


def company_unclear(request: HttpRequest, company: str) -> HttpResponse:
    """Says that it is for the operator to mend; the log has the rest."""
    reason = _("The answer of %s can't be used. Tell the person who runs this site; its log says why.")
    return error_page(request, HTTPStatus.BAD_GATEWAY, _("You are not logged in"), reason % company)
