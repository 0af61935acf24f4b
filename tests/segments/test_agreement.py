"""One compiled condition behind everything: preview, saved count, list of partners and segment agree."""

import pytest
from django.test import Client
from hypothesis import given

from partners.core.moment import Moment
from segments.definition import Definition
from segments.insight.preview import MAX_PARTNERS_SHOWN, preview
from segments.language.labels import Labels
from segments.services import save_segment
from tests.factories import UserFactory
from tests.laws import law
from tests.segments.forms import partners_of
from tests.segments.moments import AT
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db


@law(40)
@given(programs(), definitions)
def test_what_is_previewed_counted_listed_and_saved_is_the_same_set(program, definition):
    with stored(program), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Moment, "now", lambda *_zone: AT)
        client = Client()
        client.force_login(UserFactory(is_superuser=True))
        read = Definition.from_json(definition)
        segment = save_segment(name="Any", definition=read, user=None, moment=AT)
        members = list(segment.partners())
        seen = preview(read, Labels.of(read), AT)
        listed = client.get(partners_of(segment)).context["page"]
        assert seen.count == segment.partner_count == listed.count == len(members)
        assert seen.partners == members[:MAX_PARTNERS_SHOWN]
        assert listed.partners == members
