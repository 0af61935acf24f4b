"""The admin is the front door, and everything is behind it."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

handler400 = "config.views.bad_request"
handler403 = "config.views.permission_denied"
handler404 = "config.views.page_not_found"
handler500 = "config.views.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("account/", include("config.accounts.urls")),
]
