"""What the Segments screen does to keep many segments in order: favourites, the archive, owners and tags."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.core.names import fold
from partners.core.requests import StaffRequest
from partners.core.row_menu import RowButton, RowEntry
from segments import organizing, permissions
from segments.models import Segment, SegmentTag
from segments.references import NAMES
from segments.screens.segment_filters import ARCHIVED

MAX_NAMES_SHOWN = 5
MAX_TAGS_AT_ONCE = 20


class UserField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's takes none at run time
    """A user, by full name where there is one."""

    def label_from_instance(self, user: Any) -> str:
        return str(user.get_full_name() or user.get_username())


class OwnerForm(forms.Form):
    """The user who is to own segments."""

    title = gettext_lazy("Change the owner of %s")
    button = gettext_lazy("Change the owner")
    owner = UserField(
        User.objects.filter(is_active=True, is_staff=True).order_by("username"),
        label=gettext_lazy("New owner"),
        empty_label=gettext_lazy("Choose a user"),
    )

    def __init__(self, *args: Any, segments: QuerySet[Segment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.segments = segments

    def clean_owner(self) -> User:
        """Refuse a user who could not open them."""
        owner: User = self.cleaned_data["owner"]
        if not permissions.can_view(owner):
            raise ValidationError(_("%s may not see segments.") % owner)
        return owner

    def carry_out(self, user: User) -> str:
        """Change the owner; what was done, in words."""
        owner = self.cleaned_data["owner"]
        changed = organizing.hand_over(segments=self.segments, owner=owner, user=user)
        return _("Owner of %(segments)s: %(owner)s.") % {"owner": owner, "segments": counted(changed)}


class TagsForm(forms.Form):
    """Tags to be added to segments, and those of theirs that are to be removed."""

    title = gettext_lazy("Change the tags of %s")
    button = gettext_lazy("Change the tags")
    added = forms.CharField(
        label=gettext_lazy("Add tags"),
        required=False,
        help_text=gettext_lazy("Separated by commas."),
        max_length=MAX_TAGS_AT_ONCE * (organizing.MAX_TAG_LENGTH + 2),
    )
    removed = forms.MultipleChoiceField(
        label=gettext_lazy("Remove tags"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, segments: QuerySet[Segment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.segments = segments
        keys = [segment.pk for segment in segments]
        tags = SegmentTag.objects.filter(segment__any_of=keys)
        names = dict(tags.order_by("name_folded").values_list("name_folded", "name"))
        if names:
            self.fields["removed"].choices = list(names.items())  # type: ignore[attr-defined]  # of that field
        else:
            del self.fields["removed"]

    def clean_added(self) -> list[str]:
        """The tags as they are kept, each once; refuse what can't be shown, or is too long."""
        tags = organizing.read_tags(self.cleaned_data["added"].split(","))
        if len(tags) > MAX_TAGS_AT_ONCE:
            raise ValidationError(_("Add at most %s tags at once.") % MAX_TAGS_AT_ONCE)
        return tags

    def clean(self) -> dict[str, Any]:
        """Refuse to do nothing, or the same both ways."""
        cleaned: dict[str, Any] = super().clean() or {}
        added, removed = cleaned.get("added", []), cleaned.get("removed", [])
        if "added" in cleaned and not (added or removed):
            raise ValidationError(_("Name a tag to add, or tick one to remove."))
        if {fold(tag) for tag in added} & set(removed):
            raise ValidationError(_("The same tag can't be added and removed."))
        return cleaned

    def carry_out(self, user: User) -> str:
        """Change the tags; what was done, in words."""
        added, removed = self.cleaned_data["added"], self.cleaned_data.get("removed", [])
        changed = organizing.change_tags(segments=self.segments, added=added, removed=removed, user=user)
        return _("Changed the tags of %s.") % counted(changed)


class OrganizingActions(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's takes none at run time
    """The actions of the list, and the buttons of its rows."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Either into the archive or out of it, by what the list shows; both where it may show both."""
        actions = super().get_actions(request)
        if NAMES not in request.GET:
            actions.pop("archive" if ARCHIVED in request.GET else "restore", None)
        return actions

    def organizing_entries(self, request: HttpRequest, row: Any) -> Iterable[RowEntry]:
        """What the menu of a row offers of it."""
        starred = row.is_favourite
        yield RowButton(_("Remove from favourites") if starred else _("Add to favourites"), "turn_favourite")
        if permissions.can_change(request.user):
            yield RowButton(_("Owner…"), "change_owner")
            yield RowButton(_("Tags…"), "change_tags")
            archived = row.archived_at
            yield RowButton(_("Restore") if archived else _("Archive"), "restore" if archived else "archive")

    @admin.action(description=gettext_lazy("Favourite"), permissions=["view"])
    def turn_favourite(self, request: StaffRequest, queryset: QuerySet[Segment]) -> None:
        """Turn the star of a row."""
        for segment in queryset[:1]:
            organizing.turn_favourite(segment=segment, user=request.user)

    @admin.action(description=gettext_lazy("Archive"), permissions=["change"])
    def archive(self, request: StaffRequest, queryset: QuerySet[Segment]) -> None:
        """Take segments out of the list and the choices; where they are named, they go on to answer."""
        done = organizing.set_archived(segments=queryset, archived=True, user=request.user)
        self.message_user(request, _("Archived %s.") % counted(done), messages.SUCCESS)

    @admin.action(description=gettext_lazy("Restore"), permissions=["change"])
    def restore(self, request: StaffRequest, queryset: QuerySet[Segment]) -> None:
        """Bring segments back from the archive."""
        done = organizing.set_archived(segments=queryset, archived=False, user=request.user)
        self.message_user(request, _("Restored %s.") % counted(done), messages.SUCCESS)

    @admin.action(description=gettext_lazy("Owner…"), permissions=["change"])
    def change_owner(self, request: StaffRequest, queryset: QuerySet[Segment]) -> HttpResponse | None:
        """Asks for the new owner; then gives them to that user."""
        return self._ask(request, queryset, OwnerForm, "change_owner")

    @admin.action(description=gettext_lazy("Tags…"), permissions=["change"])
    def change_tags(self, request: StaffRequest, queryset: QuerySet[Segment]) -> HttpResponse | None:
        """Asks which tags to add and to remove; then does."""
        return self._ask(request, queryset, TagsForm, "change_tags")

    def _ask(
        self,
        request: StaffRequest,
        segments: QuerySet[Segment],
        form_class: type[OwnerForm | TagsForm],
        action: str,
    ) -> HttpResponse | None:
        form = form_class(request.POST if "confirm" in request.POST else None, segments=segments)
        if form.is_bound and form.is_valid():
            self.message_user(request, form.carry_out(request.user), messages.SUCCESS)
            return None
        rows = list(segments)
        context = {
            **self.admin_site.each_context(request),
            "title": form.title % counted(rows),
            "form": form,
            "first": rows[:MAX_NAMES_SHOWN],
            "more": len(rows[MAX_NAMES_SHOWN:]),
            "action": action,
            "ticked": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "across": request.POST.get("select_across") == "1",
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "segments/organizing.html", context)


def counted(segments: Sequence[Segment]) -> str:
    """One by its name, several by their number."""
    if len(segments) == 1:
        return f"“{segments[0].name}”"
    return ngettext("%s segment", "%s segments", len(segments)) % f"{len(segments):,}"
