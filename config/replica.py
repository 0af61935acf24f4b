"""Which requests may be answered by a replica of the database: pages that may be a moment old.

All else asks the primary: whatever is sent to be done; sessions, logins and rights; forms, for what they hold
is sent back to be saved; and questions that a newer one of the same page stops (the builder, the search),
which it can do on its own server alone.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib.auth.models import User
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve

from partners.core import replica
from segments.query.members import columns_are_on

ROWS = frozenset({"partners_partner_changelist", "contracts_contract_changelist"})
"""The names of lists that the database alone can answer, unless they are filtered by a segment."""
SEGMENTS = frozenset(
    {
        "index",
        "segments_compare",
        "segments_compare_part",
        "segments_compare_part_export",
        "segments_draft_entering",
        "segments_draft_export",
        "segments_draft_leaving",
        "segments_draft_near_misses",
        "segments_draft_partners",
        "segments_draft_why",
        "segments_segment_changelist",
        "segments_segment_compare",
        "segments_segment_entered",
        "segments_segment_export",
        "segments_segment_left",
        "segments_segment_partners",
        "segments_segment_why",
    }
)
"""The names of pages that columns in memory answer sooner, where there are some. They follow the primary."""
BUILDER = frozenset({"segments_segment_add", "segments_segment_change"})
SAVES = "save"
"""The one button of the builder that writes."""
LOOKS = ("GET", "HEAD")


class ReplicaMiddleware:
    """Has the replica asked for these pages, and the primary once more where it fails.

    Files are read after the answer, so their own code asks for it (`partners.exports`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not replica.is_configured():
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = _name_of(request)
        if not (may_be_old(request, name) and _is_known(request)):
            return self._of_primary(request, name)
        with replica.reading(replica.written_by(request)) as attempt:
            response = self.get_response(request)
        # What is not found may have been added a moment ago.
        if attempt.failure or (attempt.is_on_replica and response.status_code == HTTPStatus.NOT_FOUND):
            return self.get_response(request)
        return response

    def _of_primary(self, request: HttpRequest, name: str) -> HttpResponseBase:
        response = self.get_response(request)
        only_asks = request.method in LOOKS or (name in BUILDER and SAVES not in request.POST)
        if not only_asks and request.user.is_authenticated:
            replica.note_written(response)
        return response

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Have nothing said of a failure after which the primary is asked."""
        if not replica.has_failed(exception):
            return None
        if connection.in_atomic_block:
            transaction.set_rollback(True)
        return HttpResponse()


def _name_of(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""


def may_be_old(request: HttpRequest, name: str) -> bool:
    """Whether a replica may answer this request, whose address has this name."""
    if request.method not in LOOKS:
        return False
    # Columns answer what is asked about segments sooner, and follow the primary.
    asks_segment = name in SEGMENTS or (name in ROWS and bool(request.GET.get("segment")))
    return not columns_are_on() if asks_segment else name in ROWS


def _is_known(request: HttpRequest) -> bool:
    """Whether somebody is logged in, whose rights are then read now: Django keeps them with the user."""
    if not isinstance(request.user, User):
        return False
    if not request.user.is_superuser:
        request.user.get_all_permissions()
    return True
