"""“Save these filters as a segment”, from the button above a list to the builder."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils.http import urlencode

from segments.models import Segment
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db

PARTNERS = reverse("admin:partners_partner_changelist")
CONTRACTS = reverse("admin:contracts_contract_changelist")
ADD = reverse("admin:segments_segment_add")
BUTTON = re.compile(r'<a class="button" href="([^"]+)">Save these filters as a segment</a>')


def text_of(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def button(answer):
    """Where the button above the list leads; None where there is none."""
    found = BUTTON.search(answer.content.decode())
    return unescape(found[1]) if found else None


def opened(client, address, **query):
    """The builder behind the button of the list with these filters."""
    return client.get(button(client.get(address, query)))


def test_the_builder_opens_with_the_filters_and_nothing_is_saved(as_editor):
    for name, country in [("Aurora", "DE"), ("Fern", "AT"), ("Vela", "FR")]:
        PartnerFactory(name=name, country=country)
    answer = opened(as_editor, PARTNERS, country__exact=["DE", "AT"], q="a")
    builder = answer.context["builder"]
    assert builder.definition.to_json()["any"] == [
        {
            "all": [
                {"field": "country", "operator": "any_of", "value": ["DE", "AT"]},
                {"field": "partner_name", "operator": "contains", "value": "a"},
            ]
        }
    ]
    assert builder.state.name == "Country: Germany, Austria; “a”"
    assert "Read from the filters of Partners. Not saved yet" in text_of(answer)
    assert "1 of 3 partners" in text_of(answer)
    assert not Segment.objects.exists()


def test_contracts_become_partners_with_one_contract_that_meets_all_and_both_screens_say_so(as_editor):
    gold, silver = TemplateTermFactory(), TemplateTermFactory()
    both = PartnerFactory(name="Two")
    ContractFactory(partner=both, stage="joined", template_term=silver)
    ContractFactory(partner=both, stage="expired", template_term=gold)
    ContractFactory(stage="joined", template_term=gold)
    query = {"stage__exact": "joined", "template_term__id__exact": gold.pk}
    about = "Partners with one contract that meets all of these filters"
    assert about in text_of(as_editor.get(CONTRACTS, query))
    answer = opened(as_editor, CONTRACTS, **query)
    assert f"{about}." in text_of(answer)
    assert "1 of 2 partners" in text_of(answer)
    assert answer.context["builder"].groups[0].same


def test_what_a_segment_leaves_out_is_said_beside_the_button_and_in_the_builder(as_editor):
    PartnerFactory(name="Aurora", country="DE", email="a@aurora.example")
    query = {"country__exact": "DE", "q": "a@"}
    left_out = "The segment leaves out: Search (it looks in e-mail addresses, websites and next steps, too)"
    assert left_out in text_of(as_editor.get(PARTNERS, query))
    assert left_out in text_of(opened(as_editor, PARTNERS, **query))
    alone = as_editor.get(PARTNERS, {"q": "a@"})
    assert button(alone) is None
    assert "These filters can't be saved as a segment: Search (it looks" in text_of(alone)


@pytest.mark.parametrize(
    "query", [{}, {"country__exact": "XX"}, {"q": " "}, {"country__exact": "", "o": "1"}]
)
def test_a_list_that_is_not_filtered_or_by_what_there_is_not_has_no_button(as_editor, query):
    PartnerFactory()
    content = text_of(as_editor.get(PARTNERS, query))
    assert "as a segment" not in content


def test_a_list_to_pick_from_has_no_button(as_editor):
    assert "as a segment" not in text_of(as_editor.get(PARTNERS, {"_popup": "1", "country__exact": "DE"}))


def test_only_who_may_add_segments_has_the_button_and_the_page(as_viewer, viewer):
    PartnerFactory(country="DE")
    query = {"country__exact": "DE"}
    assert button(as_viewer.get(PARTNERS, query)) is None
    address = f"{ADD}?{urlencode({'list': 'partners.partner', 'filters': urlencode(query)})}"
    assert as_viewer.get(address).status_code == 403
    viewer.user_permissions.add(Permission.objects.get(codename="add_segment"))
    assert button(as_viewer.get(PARTNERS, query)) == address


@pytest.mark.parametrize(
    "query",
    [
        {"list": "partners.partner", "filters": "country__exact=XX"},
        {"list": "partners.partner", "filters": "bogus=1"},
        {"list": "partners.partner", "filters": "segment=x&q=\0"},
        {"list": "contracts.contract", "filters": "end_date__gte=soon"},
        {"list": "auth.user", "filters": "is_superuser=1"},
        {"list": ""},
    ],
)
def test_an_address_that_no_button_has_opens_an_empty_builder_that_says_so(as_editor, query):
    answer = as_editor.get(ADD, query)
    assert "These filters can't be understood any more." in text_of(answer)
    assert answer.context["builder"].definition is None


def test_a_name_is_no_longer_than_a_segment_can_have(as_editor):
    terms = [TemplateTermFactory(name=f"{number} {'long ' * 30}") for number in range(3)]
    ContractFactory(template_term=terms[0])
    answer = opened(as_editor, CONTRACTS, template_term__id__exact=[term.pk for term in terms])
    assert len(answer.context["builder"].state.name) == 200


def test_the_saved_segment_has_the_partners_of_the_list(as_editor):
    PartnerFactory(name="Aurora", country="DE", email="")
    PartnerFactory(name="Vela", country="DE", email="v@vela.example")
    address = button(as_editor.get(PARTNERS, {"country__exact": "DE", "email": "is_empty"}))
    state = as_editor.get(address).context["builder"].state
    posted = {"name": state.name, "row": [row.index for row in state.rows], "save": ""}
    for row in state.rows:
        posted |= {
            f"{row.prefix}-group": row.group,
            f"{row.prefix}-field": row.field,
            f"{row.prefix}-operator": row.operator,
            f"{row.prefix}-value": list(row.values),
        }
    as_editor.post(address, posted)
    segment = Segment.objects.get()
    assert segment.name == "Country: Germany; E-mail: Is empty"
    assert segment.partner_count == 1
