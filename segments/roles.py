"""The permission groups that the program makes: editors and viewers. Superusers may change them."""

from django.contrib.auth.models import Group, Permission

OUR_APPS = ("partners", "contracts", "segments")
NAMES = {"editor": "Segment editors", "viewer": "Segment viewers"}


def group_of(role: str) -> Group:
    """The permission group of editors or viewers; a new one gets the permissions that these need."""
    group, is_new = Group.objects.get_or_create(name=NAMES[role])
    if is_new:
        permissions = Permission.objects.filter(content_type__app_label__in=OUR_APPS)
        looking = permissions.filter(codename__startswith="view_")
        group.permissions.set(permissions if role == "editor" else looking)
    return group
