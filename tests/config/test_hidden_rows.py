"""No filter and no list of choices names rows of a model that its user may not see."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from segments.models import REFERENCED
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import LIST as SEGMENTS
from tests.segments.forms import saved

pytestmark = pytest.mark.django_db
CONTRACTS, PARTNERS = (
    reverse(f"admin:{name}_changelist") for name in ("contracts_contract", "partners_partner")
)
TERM, GROUP = "A term that is secret", "A group that is secret"
SEE_ALL = {"view_partner", "view_contract", "view_templateterm", "view_partnergroup"}


@pytest.fixture
def rows(db):
    return TemplateTermFactory(name=TERM), PartnerGroupFactory(name=GROUP), ContractFactory()


@pytest.fixture
def page(as_outsider, outsider, rows):
    """A page as somebody sees it who has these permissions."""

    def page(address, *rights, **asked):
        outsider.user_permissions.set(Permission.objects.filter(codename__in=rights))
        answer = as_outsider.get(address, asked)
        assert answer.status_code == 200
        return answer.content.decode()

    return page


@pytest.mark.parametrize(
    ("address", "name", "right"),
    [
        (CONTRACTS, TERM, "view_templateterm"),
        (PARTNERS, TERM, "view_templateterm"),
        (PARTNERS, GROUP, "view_partnergroup"),
    ],
)
def test_filters_name_the_rows_to_those_who_may_see_them(page, address, name, right):
    assert name in page(address, *SEE_ALL)
    assert name not in page(address, *SEE_ALL - {right})


@pytest.mark.parametrize(
    ("address", "asked", "right"),
    [
        (CONTRACTS, "template_term__id__exact", "view_templateterm"),
        (PARTNERS, "template_term", "view_templateterm"),
        (PARTNERS, "groups__id__exact", "view_partnergroup"),
    ],
)
def test_a_filter_that_is_hidden_is_none(as_outsider, outsider, rows, address, asked, right):
    outsider.user_permissions.set(Permission.objects.filter(codename__in=SEE_ALL - {right}))
    answer = as_outsider.get(address, {asked: rows[0].pk})
    assert answer["Location"] == f"{address}?e=1"


@pytest.mark.parametrize(("asked", "name"), [("partner_group", GROUP), ("template_term", TERM)])
def test_the_filter_by_what_segments_name_has_the_mere_key(page, rows, asked, name):
    row = rows[0] if asked == "template_term" else rows[1]
    saved("Mine")
    rights = {"view_segment", "view_partner", "view_contract"}
    value = f"{REFERENCED[type(row)]}:{row.pk}"
    assert name in page(SEGMENTS, *rights, *SEE_ALL, names=value)
    assert name not in page(SEGMENTS, *rights, names=value)


def test_actions_that_choose_a_group_are_for_those_who_may_see_groups(page, rows, as_outsider):
    partner = PartnerFactory()
    assert "Add to group…" in page(PARTNERS, *SEE_ALL, "change_partner")
    assert "Add to group…" not in page(PARTNERS, "view_partner", "change_partner")
    sent = {"action": "add_to_group", "_selected_action": [partner.pk], "index": "0"}
    assert GROUP not in as_outsider.post(PARTNERS, sent, follow=True).content.decode()
    profile = reverse("admin:partners_partner_change", args=[partner.pk])
    assert "Add to groups" not in page(profile, "view_partner", "change_partner")
    groups = reverse("admin:partners_partner_groups", args=[partner.pk])
    assert as_outsider.post(groups, {"back": rows[1].pk}).status_code == 403
