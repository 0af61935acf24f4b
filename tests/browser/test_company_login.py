"""The company's login in a real browser, there and back."""

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import inspect, measure, walk
from tests.config.accounts.conftest import company, provider, running_provider, switch_on  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.usefixtures("company"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # the provider's, in a thread of its own
]
BUTTON = "Sign in with Fern & Co"


def opened(visit, **how):
    page = visit(**how)
    page.expected.append("404")  # the provider has no icon
    page.goto("/")
    return page


def authorize(page, subject="7"):
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_placeholder("sub").fill(subject)
    page.get_by_role("button", name="Authorize", exact=True).click()


@pytest.mark.parametrize("scripts", [True, False])
def test_leads_there_and_back_in_and_out(visit, provider, scripts):  # noqa: F811 - the fixture
    provider.put("7", preferred_username="ada", groups=["partner managers"])
    page = opened(visit, java_script_enabled=scripts)
    if scripts:
        inspect(page, "login page")
        measure(page, "login page")
        walk(page, "login page")
    page.goto("/admin/segments/segment/")
    authorize(page)
    expect(page).to_have_url("/admin/segments/segment/")
    page.goto("/account/")
    expect(page.get_by_text("You log in with your company's login.")).to_be_visible()
    page.get_by_role("button", name="Log out").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are logged out")
    page.get_by_role("link", name="Log out of Fern & Co too").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("End Session")


def test_keeps_out_who_lost_the_group_and_says_so(visit, provider):  # noqa: F811 - the fixture
    provider.put("7", preferred_username="ada", groups=["staff"])
    page = opened(visit)
    authorize(page)
    expect(page).to_have_url("/admin/")
    page.get_by_role("button", name="Log out").click()
    provider.put("7", preferred_username="ada", groups=[])
    page.expected.append("403")
    page.goto("/")
    authorize(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("You have no access")
    inspect(page, "a refused login")
    page.goto("/admin/")
    expect(page.get_by_role("button", name=BUTTON)).to_be_visible()


def test_says_that_the_provider_is_away(visit, switch_on):  # noqa: F811 - the fixture
    switch_on("http://localhost:9")
    page = opened(visit)
    page.expected.append("503")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_text("Fern & Co can't be reached from here.")).to_be_visible()


def test_gives_back_what_was_typed_in_the_builder_where_passwords_are_off(
    visit,
    provider,  # noqa: F811 - the fixture
    settings,
):
    settings.LOCAL_LOGIN = False
    provider.put("7", preferred_username="ada", groups=["partner managers"])
    page = opened(visit, java_script_enabled=False)
    page.expected += ["401", "403"]
    authorize(page)
    expect(page).to_have_url("/admin/")
    page.goto("/admin/segments/segment/add/")
    page.get_by_label("Name").first.fill("Kept")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("Your login ran out.")).to_be_visible()
    with page.expect_popup() as popup:
        page.get_by_role("link", name="log in in a new tab").click()
    tab = popup.value
    authorize(tab)
    expect(tab).to_have_url("/admin/")
    page.get_by_role("button", name="Log in and go on").click()
    expect(page.get_by_label("Name").first).to_have_value("Kept")
