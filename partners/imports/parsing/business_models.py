"""Business models as files name them: by our names, by impact.com's, and by everyday words."""

import re
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.imports.errors import Refused
from partners.imports.parsing.cells import Cell, ChoiceReader, quote_for_message
from partners.models import BusinessModel

BUSINESS_MODELS = ChoiceReader(BusinessModel.choices, gettext_lazy("business model"))
BEGINNINGS = {
    BusinessModel.CONTENT_REVIEWS: "content review blog editorial magazine article",
    BusinessModel.SOCIAL_INFLUENCER: "social influencer creator youtube instagram tiktok twitch",
    BusinessModel.LOYALTY_REWARDS: "loyalty reward cashback cash-back",
    BusinessModel.DEAL_COUPONS: "deal coupon voucher discount promo-code promocode",
    BusinessModel.EMAIL_NEWSLETTER: "email e-mail newsletter mailing",
    BusinessModel.SEARCH: "search sem ppc",
    BusinessModel.NETWORK: "network subnetwork sub-network",
    BusinessModel.OTHER: "other misc",
}
"""How words begin that mean them."""
LETTERS_APART = re.compile(r"(?<=[a-z])(?=[A-Z])|[\s_-]+")


def read_business_model(cell: Cell) -> str:
    """By its name, or by a word that means it; the first of several, which is told."""
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
    found = {_beginnings()[match[0]]: None for match in _pattern().finditer(words)}
    return list(found)


@cache
def _beginnings() -> dict[str, BusinessModel]:
    return {word: model for model, words in BEGINNINGS.items() for word in words.split()}


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_beginnings(), key=len, reverse=True)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest_first))})")
