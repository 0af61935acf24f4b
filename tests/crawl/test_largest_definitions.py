"""Every screen opens with the largest definitions that there can be, and says so where its time is up."""

from dataclasses import replace
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contracts.models import Contract, TemplateTerm
from partners.core.moment import Moment
from partners.models import Partner, PartnerGroup
from segments.definition import MAX_CONDITIONS, MAX_GROUPS, Definition
from segments.operators import MAX_PLAIN_PARAMETERS
from segments.screens import overlap
from segments.services import save_segment
from tests.crawl.crawler import Crawler, client_of
from tests.crawl.program import make_program
from tests.laws import IN_FULL
from tests.segments.forms import ADD, JOINED, LIST, any_of, asks, change, form, saved

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LETTERS = "abcdefghijklmnopqrstuvwxyzäßéقש中 "
TEXT_LENGTH = 200
PAGES = ("partners", "versions", "why", "export", "definition", "history", "delete")
GROUPS = MAX_GROUPS if IN_FULL else 5
"""With as many as there can be, two tests take as long as a thousand others: that is left to the full run."""
PARTS = ("rows", "preview", "sense", "funnel", "why", "near")


def whole(condition):
    """Groups of as many conditions as there can be, each made by its number."""
    conditions = [condition(number) for number in range(GROUPS * MAX_CONDITIONS)]
    groups = [conditions[at : at + MAX_CONDITIONS] for at in range(0, len(conditions), MAX_CONDITIONS)]
    return any_of(*({"all": group, "contracts": ("same", "any")[at % 2]} for at, group in enumerate(groups)))


def texts(seed):
    """Each asks for another text, as long as a name can be."""
    rng = Random(seed)

    def condition(number):
        text = "x".join(("", *rng.choices(LETTERS, k=(TEXT_LENGTH - 2) // 2), ""))[:TEXT_LENGTH]
        operator = ("contains", "not_contains")[number // 2 % 2]
        return asks(("partner_name", "template_term")[number % 2], operator, text)

    return whole(condition)


def lists(seed):
    """Each has as many values as are sent to the database one by one."""

    def condition(number):
        first = 1_000 + seed + number * MAX_PLAIN_PARAMETERS
        ids = range(first, first + MAX_PLAIN_PARAMETERS)
        field = ("partner_id", "contract_id")[number % 2]
        values = [f"S-{one}" for one in ids] if field == "contract_id" else list(ids)
        return asks(field, ("none_of", "any_of")[number % 5 == 4], values)

    return whole(condition)


@pytest.fixture
def admin(settings):
    """Someone who may do everything, in a program where what may take long ends soon."""
    settings.LIMITS = replace(settings.LIMITS, near_misses_timeout_s=0.5)
    return make_program()["admin"]


@pytest.mark.parametrize("definition", [texts, lists])
def test_every_screen_opens_with_the_largest_definitions(admin, definition):
    first, second = (Definition.from_json(definition(seed)) for seed in (1, 2))
    segment = save_segment(name="Largest", definition=first, user=admin, moment=Moment.now())
    segment = save_segment(
        segment=segment, name="Largest", definition=second, user=admin, revision=1, moment=Moment.now()
    )
    other = save_segment(name="Other", definition=first, user=admin, moment=Moment.now())
    crawler = Crawler(client_of(admin))
    open_lists(crawler, segment)
    open_pages(crawler, segment, other)
    press_buttons(crawler, segment, second.to_json())
    bring_along(crawler, segment)
    delete(crawler, segment)
    assert not crawler.faults, "\n".join(crawler.faults)


def open_lists(crawler, segment):
    """What shows or asks all saved segments."""
    partner, contract = Partner.objects.first(), Contract.objects.first()
    crawler.open(reverse("admin:index"))
    crawler.open(LIST)
    crawler.open(f"{LIST}?condition=partner_name")
    crawler.open(reverse("admin:partners_partner_change", args=[partner.pk]))
    crawler.open(reverse("admin:contracts_contract_change", args=[contract.pk]))
    for row in (partner, PartnerGroup.objects.first(), TemplateTerm.objects.first()):
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        crawler.open(reverse(f"{name}_delete", args=[row.pk]))
    for model in ("partners_partner", "contracts_contract"):
        crawler.open(f"{reverse(f'admin:{model}_changelist')}?segment={segment.pk}")


def open_pages(crawler, segment, other):
    """A segment's own pages, its versions, and beside others."""
    crawler.open(f"{ADD}?clone={segment.pk}")
    for page in PAGES:
        crawler.open(reverse(f"admin:segments_segment_{page}", args=[segment.pk]))
    why = reverse("admin:segments_segment_why", args=[segment.pk])
    crawler.open(f"{why}?explain={Partner.objects.first().pk}")
    crawler.open(f"{reverse('admin:segments_segment_compare', args=[segment.pk])}?old=1&new=2")
    crawler.open(reverse("admin:segments_segment_restore", args=[segment.pk, 1]))
    for crowd in ("entered", "left"):
        crawler.open(reverse(f"admin:segments_segment_{crowd}", args=[segment.pk, 1, 2]))
    small = saved("Small", any_of([JOINED]))
    page = crawler.open(overlap.address([segment.pk, other.pk, small.pk]))
    for link in sorted(link for link in page.found if "compare" in link)[:2]:
        crawler.open(link)


def press_buttons(crawler, segment, definition):
    """The builder's buttons, where they lead, and every part that it asks for by itself."""
    address = change(segment)
    opened = {"revision": f"{segment.revision}", "look_for": f"{Partner.objects.first().pk}"}
    for button in ("preview", "near_misses", "and:0", "remove:5"):
        crawler.open(address, data=form(definition, button, name="Largest", **opened))
    fewer = {**definition, "any": definition["any"][1:]}
    for button in ("see_all", "export", "entering", "leaving", "near"):
        data = form(fewer, name="Changed", **{button: "1:1"}, **opened)
        answer = crawler.client.post(address, data)
        assert answer.status_code == 302
        crawler.open(answer.url)
    for part in PARTS:
        headers = {"HX-Request": "true", "HX-Target": f"builder-{part}"}
        answer = crawler.client.post(address, form(fewer, "preview", **opened), headers=headers)
        assert answer.status_code == 200
    crawler.open(address, data=form(definition, "save", name="Largest", **opened))


def bring_along(crawler, segment):
    """The definition as a file, out and in, and the partners as files."""
    written = crawler.client.get(reverse("admin:segments_segment_definition", args=[segment.pk])).content
    imported = reverse("admin:segments_segment_import")
    answer = crawler.client.post(imported, {"file": SimpleUploadedFile("largest.json", written)})
    assert answer.status_code == 302
    export = reverse("admin:segments_segment_export", args=[segment.pk])
    for kind in ("csv", "xlsx"):
        crawler.open(export, data={"columns": ["partner_id", "name"], "format": kind, "download": "1"})


def delete(crawler, segment):
    """The actions of the list, and in the end the segment."""
    for action in ("count_again", "compare", "delete_selected"):
        data = {"action": action, "_selected_action": [segment.pk], "index": "0"}
        crawler.open(LIST, data=data)
    crawler.open(reverse("admin:segments_segment_restore", args=[segment.pk, 1]), data={"revision": "2"})
    crawler.open(reverse("admin:segments_segment_delete", args=[segment.pk]), data={"post": "yes"})
