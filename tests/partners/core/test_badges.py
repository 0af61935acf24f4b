import pytest
from django.template import Context, Template
from django.utils.translation import get_language, override

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


def test_stages_of_two_kinds_that_have_the_same_key_keep_their_own_meaning():
    for stage in (ProspectingStage.JOINED, ContractStage.JOINED, ProspectingStage.JOINED):
        assert f'title="{stage.meaning}"' in badge(stage)
    assert ProspectingStage.JOINED.meaning != ContractStage.JOINED.meaning


class Spoken:
    """A stage whose name is the language."""

    tone, meaning = "active", ""

    @property
    def label(self):
        return get_language()


def test_a_badge_is_in_the_language_of_who_reads_it():
    stage = Spoken()
    for language in ("en", "de", "en"):
        with override(language):
            assert f">{language}<" in badge(stage)


@pytest.mark.parametrize("stage", [*ProspectingStage, *ContractStage])
def test_every_stage_has_a_badge_in_a_tone_of_the_theme(stage):
    tone = badge(stage).removeprefix('<span class="badge badge-').partition('"')[0]
    assert tone in {"active", "pending", "upcoming", "stopped", "closed"}
