"""What migrations do to the rows of earlier versions of the program."""

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.urls import reverse

from tests.migrating import run_migration
from tests.segments.forms import PROSPECTS
from tests.segments.test_services import save

pytestmark = pytest.mark.django_db


def test_entries_that_named_no_fields_can_be_read(as_superuser, editor):
    segment = save(PROSPECTS, user=editor)
    for message in ('[{"changed": {}}]', '[{"changed": {"fields": ["Name"]}}]', "Restored version 1."):
        LogEntry.objects.log_actions(editor.pk, [segment], CHANGE, message, single_object=True)
    pages = [
        reverse("admin:segments_segment_history", args=[segment.pk]),
        reverse("admin:auth_user_delete", args=[editor.pk]),
    ]
    with pytest.raises(KeyError, match="fields"):
        as_superuser.get(pages[0])
    run_migration("segments", "readable_changes", "make_readable")
    entries = LogEntry.objects.exclude(action_flag=ADDITION).order_by("pk")
    messages = [entry.get_change_message() for entry in entries]
    assert messages == ["Changed.", "Changed Name.", "Restored version 1."]
    assert [as_superuser.get(page).status_code for page in pages] == [200, 200]
