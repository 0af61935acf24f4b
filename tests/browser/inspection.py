"""What a look at a page finds: axe-core, a ruler, what the browser complains about, and a walk with Tab."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.laws import IN_FULL

SCREENS = [(1400, "light"), (390, "dark")]
"""Each width and each scheme once; where all of it is run, each width in each scheme."""
if IN_FULL:
    SCREENS = [(1400, "light"), (1400, "dark"), (390, "dark"), (390, "light")]
OTHER_WIDTHS = (320, 600, 700, 768, 900, 1024, 1100, 1280, 1920)
"""Where nothing may stick out either; axe has seen the same page already."""
REFUSED = "Failed to load resource: the server responded with a status of"
WIDTH_OF_CONTENT = "document.documentElement.scrollWidth"
SCROLLING_LISTS = (
    "[...document.querySelectorAll('.results')].filter((one) => one.scrollWidth > one.clientWidth).length"
)
"""Lists fit by the width that they have: none is scrolled sideways within the page either."""
VIOLATIONS = {"resultTypes": ["violations"], "preload": False}
IN_OTHER_COLOURS = {**VIOLATIONS, "runOnly": ["color-contrast", "link-in-text-block"]}
"""What can differ on the same page at the same width."""

# The rows of a long table are drawn alike: the first twenty of them stand for all. Targets have 24 pixels, or
# lie as far apart, which axe asks only if told to; what lies over some of them hides their size.
RUN_AXE = """
    async (options) => {
        const enabled = !options.runOnly && !document.querySelector(".drop[open], dialog[open], .menu[open]");
        options.rules = {"target-size": {enabled}};
        const found = await axe.run({exclude: "tbody tr:nth-child(n + 21)"}, options);
        return found.violations.map(({id, nodes}) => [id, nodes[0].html]);
    }
"""
RECORD = """
    const start = document.querySelector(within) ?? document.body;
    start.tabIndex = -1;
    start.focus();
    window.walked = [];
    const tabbable = "a[href], button, input, select, textarea, summary, [tabindex]";
    const shown = (one) => one.checkVisibility({visibilityProperty: true});
    const stands = (one) => shown(one) && !one.disabled && one.tabIndex >= 0;
    window.toWalk = () => [...start.querySelectorAll(tabbable)].filter(stands);
    document.addEventListener("focusin", ({target}) => {
        const box = target.getBoundingClientRect();
        const around = target.closest(".select2-selection") ?? target;
        const styles = [target, around].map((one) => getComputedStyle(one));
        const ring = styles.some((style) => style.outlineStyle !== "none" || style.boxShadow !== "none");
        const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0;
        window.walked.push({target, name: target.outerHTML.slice(0, 200), ring, seen});
    });
"""
MISSED = """
    () => window.toWalk().filter((one) => !window.walked.some(({target}) => target === one)
        && !(one.type === "radio")).map((one) => one.outerHTML.slice(0, 200))
"""
FRAME = "() => new Promise(requestAnimationFrame)"
STEPS = """
    () => window.toWalk().length + 3 * document.querySelectorAll("input[type=date]").length
"""
"""A date has a step for each of its parts, and one for its calendar."""
UNSEEN = "() => window.walked.filter(({ring, seen}) => !ring || !seen).map(({name}) => name)"


def settled(page: Page) -> None:
    """Wait until the page has run its scripts and htmx has got what the page asks for by itself."""
    page.wait_for_load_state()
    expect(page.locator(".htmx-request")).to_have_count(0)


def resize(page: Page, width: int, height: int = 900) -> None:
    """Give the window a size, and the page the time to hear of it: what is open takes its new place then."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(FRAME)


def inspect(page: Page, what: str, screens=SCREENS) -> None:
    """Axe finds nothing, nothing sticks out and nothing is refused; wide and narrow, light and dark."""
    settled(page)
    expect(page.locator("h1")).to_have_count(1)
    expected = [REFUSED, *page.expected]
    assert [one for one in page.problems if not any(word in one for word in expected)] == [], what
    before, measured = page.viewport_size, None
    page.evaluate(Axe().axe_script)
    for width, scheme in screens:
        resize(page, width)
        page.emulate_media(color_scheme=scheme)
        options, measured = (IN_OTHER_COLOURS if width == measured else VIOLATIONS), width
        where = (what, width, scheme)
        assert page.evaluate(RUN_AXE, options) == [], where
        assert page.evaluate(WIDTH_OF_CONTENT) <= width, where
    measure(page, what)
    resize(page, **before)
    # axe measures with inline styles, which the policy refuses.
    page.problems.clear()


def measure(page: Page, what: str) -> None:
    """Nothing sticks out."""
    for width in OTHER_WIDTHS:
        resize(page, width)
        assert page.evaluate(WIDTH_OF_CONTENT) <= width, (what, width)
        assert page.evaluate(SCROLLING_LISTS) == 0, (what, width)


def open_and_inspect(page: Page, address: str, status: int = 200) -> None:
    assert page.goto(address).status == status, address
    inspect(page, address)


def walk(page: Page, address: str, within: str = "main") -> None:
    """Tab reaches everything there is to press or to fill in, and shows where it is.

    The sidebar and the header are the same on every page: one walk through the whole `body` does for them.
    """
    settled(page)
    page.evaluate(f"(within) => {{ {RECORD} }}", within)
    for _step in range(page.evaluate(STEPS) + 2):
        # Held, as it may be: that comes once a step to the browser, not twice.
        page.keyboard.down("Tab")
    page.keyboard.up("Tab")
    assert page.evaluate(MISSED) == [], address
    assert page.evaluate(UNSEEN) == [], address


def tab_to(page: Page, element: Locator, *, key: str = "Tab") -> None:
    """Press Tab, or another key, until the element has the focus."""
    element.wait_for(state="attached")
    settled(page)
    wanted = element.element_handle()
    for _step in range(80):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {element}")
