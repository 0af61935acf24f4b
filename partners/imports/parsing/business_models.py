"""Business models as files name them: by our names, by impact.com's, and by everyday words."""

import re
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.imports.errors import Refused
from partners.imports.parsing.cells import Cell, ChoiceReader, quote_for_message
from partners.models import BusinessModel

BUSINESS_MODELS = ChoiceReader(BusinessModel.choices, gettext_lazy("business model"))
WORDS = {
    BusinessModel.CONTENT_REVIEWS: (
        "content review reviewer blog blogger blogging editorial magazine article contentreview"
    ),
    BusinessModel.SOCIAL_INFLUENCER: (
        "social influencer creator youtube youtuber you-tube you-tuber instagram instagrammer"
        " tiktok tiktoker tik-tok tik-toker twitch socialmedia"
    ),
    BusinessModel.LOYALTY_REWARDS: "loyalty reward cashback cash-back",
    BusinessModel.DEAL_COUPONS: "deal coupon couponing voucher discount promo-code promocode",
    BusinessModel.EMAIL_NEWSLETTER: "email e-mail newsletter mailing emailmarketing",
    BusinessModel.SEARCH: "search sem ppc",
    BusinessModel.NETWORK: "network subnetwork sub-network",
    BusinessModel.OTHER: "other misc miscellaneous",
}
"""Whole words that mean them, in the singular."""
NEGATION = re.compile(r"(?<![^\W_])(?:no|non|not|never|without|except|excluding|anti)(?![^\W_])")
"""`Non-coupon` says only what somebody is not."""
LETTERS_APART = re.compile(r"(?<=[a-z])(?=[A-Z])|[\s_-]+")


def read_business_model(cell: Cell) -> str:
    """By its name, or by a word that means it; the first of several, with a note."""
    text = str(cell)
    found = models_in(text)
    if not found:
        return BUSINESS_MODELS(cell)
    if len(found) > 1:
        names = ", ".join(BUSINESS_MODELS.label(model) for model in found)
        raise Refused(
            _("“%(cell)s” is more than one business model: %(models)s. The first is taken.")
            % {"cell": quote_for_message(text), "models": names},
            part=found[0],
        )
    return found[0]


def models_in(text: str) -> list[BusinessModel]:
    """Those that the words of the text mean, each once, in their order."""
    words = LETTERS_APART.sub("-", text).casefold()
    if NEGATION.search(words):
        return []
    found = {_models()[match[1]]: None for match in _pattern().finditer(words)}
    return list(found)


@cache
def _models() -> dict[str, BusinessModel]:
    return {word: model for model, words in WORDS.items() for word in words.split()}


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])({'|'.join(map(re.escape, _models()))})s?(?![^\W_])")
