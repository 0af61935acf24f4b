"""Admin pages that answer absurd input with a message, and search names in their folded form."""

from typing import Any, Generic, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from partners.names import fold
from partners.widgets import KeySelect, is_key

Row = TypeVar("Row", bound=models.Model)


def name_has(words: str, path: str = "") -> Q:
    """Every one of the words occurs in the name of the row, or of the row at the end of the path."""
    found = Q()
    for word in fold(words).split():
        found &= Q(**{f"{path}name_folded__contains": word})
    return found


class GuardedAdmin(admin.ModelAdmin, Generic[Row]):  # type: ignore[type-arg]  # Django's takes none at run time
    """Searches by `matching`; what the database could not even read is refused before it gets there."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def matching(self, term: str, request: HttpRequest) -> Q:
        """The rows that a search for this finds."""
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Row], search_term: str
    ) -> tuple[QuerySet[Row], bool]:
        """What `matching` says, in the lists and in the type-ahead alike."""
        if "\0" in search_term:
            return queryset.none(), False
        term = search_term.strip()
        return (queryset.filter(self.matching(term, request)) if term else queryset), False

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Send whoever asks for nonsense in the address back to the whole list, with a message."""
        try:
            if any("\0" in value for key, value in request.GET.items() if key != SEARCH_VAR):
                raise ValueError("NUL")
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError) as error:
            self.message_user(request, _("There is no such filter. Here is everything."), messages.WARNING)
            raise IncorrectLookupParameters(error) from error

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Row], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """As Django's, for rows that there can be."""
        if all(is_key(key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            return super().response_action(request, queryset, *args, **kwargs)
        self.message_user(request, _("These rows do not exist. Nothing was changed."), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Type-ahead fields that survive a key which is none."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = KeySelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class NamedAdmin(GuardedAdmin[Row]):
    """Rows that are known by their name."""

    search_fields = ["name_folded"]
    search_help_text = _("Search name")

    def matching(self, term: str, request: HttpRequest) -> Q:  # noqa: ARG002
        """The rows whose name has every word."""
        return name_has(term)
