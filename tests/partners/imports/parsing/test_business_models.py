import pytest

from partners.imports.errors import Refused
from partners.imports.parsing.business_models import BUSINESS_MODELS, read_business_model
from partners.models import BusinessModel


@pytest.mark.parametrize("spell", [str, str.upper, lambda text: text.replace("/", " & "), str.lower])
@pytest.mark.parametrize("model", BusinessModel)
def test_each_is_read_by_key_and_label_in_any_spelling(model, spell):
    assert read_business_model(spell(str(model.label))) == model
    assert read_business_model(spell(model.value)) == model
    assert BUSINESS_MODELS.label(model) == model.label


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("CONTENT", "content_reviews"), ("Blogger", "content_reviews"),
        ("Product review site", "content_reviews"),
        ("SOCIAL_INFLUENCER", "social_influencer"), ("SocialMedia", "social_influencer"),
        ("Creators", "social_influencer"), ("LOYALTY", "loyalty_rewards"), ("Cash-back", "loyalty_rewards"),
        ("COUPON", "deal_coupons"), ("Deals & vouchers", "deal_coupons"), ("EMAIL", "email_newsletter"),
        ("E-Mail", "email_newsletter"), ("SEARCH", "search"), ("Paid search", "search"),
        ("NETWORK", "network"),
        ("Sub-Networks", "network"), ("Others", "other"), ("SOCIALMEDIA", "social_influencer"),
        ("Bloggers", "content_reviews"), ("YouTuber", "social_influencer"),
        ("YouTube", "social_influencer"), ("couponing", "deal_coupons"),
        ("Promo codes", "deal_coupons"), ("E-mails", "email_newsletter"), ("Discounts!", "deal_coupons"),
    ],
)  # fmt: skip
def test_each_is_read_by_the_words_of_other_systems_and_of_people(text, model):
    assert read_business_model(text) == model


NONE = [
    "Non-coupon", "NON_COUPON", "nonCoupon", "Noncoupon", "No coupons", "Not a network", "Without discounts",
    "Networking event", "Dealer", "Reviewed", "Searchlight",
    "Mailings, but no newsletter", "Rewarding work", "Discounted", "Socialist",
]  # fmt: skip
"""Words that only begin like one that means a business model, and what somebody is not."""


@pytest.mark.parametrize("text", ["Market research", "Technology", "???", "Ideal homes", *NONE])
def test_what_means_none_is_refused(text):
    with pytest.raises(Refused, match="is no business model"):
        read_business_model(text)


def test_of_several_the_first_can_be_taken_and_is_told():
    with pytest.raises(
        Refused, match=r"more than one business model: Deal/Coupons, Content/Reviews"
    ) as refusal:
        read_business_model("Coupon; content")
    assert refusal.value.part == "deal_coupons"
