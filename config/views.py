"""Answers that belong to no app."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.views import csrf

from segments.views import after_csrf_failure

BUILDER = ("admin:segments_segment_add", "admin:segments_segment_change")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's answer; in the builder one that loses nothing of what was typed."""
    match = request.resolver_match
    if match and match.view_name in BUILDER:
        return after_csrf_failure(request, site=admin.site, pk=match.kwargs.get("pk"))
    return csrf.csrf_failure(request, reason=reason)
