import pytest
from django.template import Context, Template

from contracts.stages import ContractStage
from partners.stages.choices import ProspectingStage


def badge(stage):
    return Template("{% load badges %}{% stage_badge stage %}").render(Context({"stage": stage}))


def test_a_badge_says_the_stage_in_its_tone_and_reads_its_meaning_aloud():
    assert badge(ProspectingStage.NEW) == (
        '<span class="badge badge-upcoming" title="tagged as a prospect; nothing sent yet">New'
        '<span class="visually-hidden">: tagged as a prospect; nothing sent yet</span></span>'
    )


def test_a_badge_escapes_what_its_meaning_says():
    assert "the proposal&#x27;s deadline" in badge(ContractStage.PENDING_CONTRACT_EXPIRED)


@pytest.mark.parametrize("stage", [*ProspectingStage, *ContractStage])
def test_every_stage_has_a_badge_in_a_tone_of_the_theme(stage):
    tone = badge(stage).removeprefix('<span class="badge badge-').partition('"')[0]
    assert tone in {"active", "pending", "upcoming", "stopped", "closed"}
