"""What load balancers and supervisors ask: whether the process lives, whether it can serve, and its metrics.

They ask often, without a login, by any name of the host and without HTTPS. So they are answered before all
else, and are told nothing but this.
"""

import logging
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from secrets import compare_digest
from typing import cast

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.utils.module_loading import import_string

from partners.core.limits import limits
from partners.core.replica import REPLICA, is_configured
from partners.core.time_limit import TooSlowError, time_limit
from segments.models import Tracking, Worker

ALIVE, READY, METRICS = "/healthz", "/readyz", "/metrics"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
PROMETHEUS = "django_prometheus.exports.ExportToDjangoView"
OK = "ok"
logger = logging.getLogger(__name__)


class ProbesMiddleware:
    """Answers `/healthz`, `/readyz` and `/metrics`; first of all middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == ALIVE:
            return HttpResponse(OK, content_type="text/plain")
        if request.path_info == READY:
            return _ready()
        if request.path_info == METRICS and _may_read_metrics(request):
            return cast("HttpResponse", import_string(PROMETHEUS)(request))
        if request.method not in METHODS:
            # Metrics are told apart by method, and anybody can make methods up.
            return HttpResponseNotAllowed(METHODS)
        return self.get_response(request)


def _may_read_metrics(request: HttpRequest) -> bool:
    """Whether the token is sent that the settings name; without one there are none."""
    sent, token = request.headers.get("Authorization", ""), settings.METRICS_TOKEN
    return bool(token) and compare_digest(sent.encode(), f"Bearer {token}".encode())


def _ready() -> HttpResponse:
    """Whether requests would be answered; `connection` is the thread's, and is kept as theirs is."""
    try:
        connection.close_if_unusable_or_obsolete()
        with time_limit(seconds=limits().probe_timeout_s):
            said = {"database": OK, "migrations": OK if _is_migrated() else "missing"}
    except (DatabaseError, TooSlowError) as error:
        logger.warning("Not ready: %s", " ".join(str(error).split()))
        said = {"database": "out of reach"}
    is_ready = all(one == OK for one in said.values())
    if said["database"] == OK and (life := _worker_life()):
        # Pages are answered without a worker.
        said["worker"] = life
    if is_configured():
        # The primary answers where it can't.
        said["replica"] = REPLICA.trouble or OK
    return JsonResponse(said, status=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)


def _worker_life() -> str:
    """The last sign of life of a worker, if segments are tracked; empty if they are not."""
    try:
        with time_limit(seconds=limits().probe_timeout_s):
            if not Tracking.objects.exists():
                return ""
            seen = Worker.objects.aggregate(at=Max("seen_at"))["at"]
    except (DatabaseError, TooSlowError):
        return "unknown"
    return seen.isoformat(timespec="seconds") if seen else "none"


def _is_migrated() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not _has_all_migrations():
        _has_all_migrations.cache_clear()
        return False
    return True


@cache
def _has_all_migrations() -> bool:
    """Whether the database has those of this program: what it has once, it keeps, and reading is slow."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
