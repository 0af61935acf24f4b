"""What a look at a page finds: axe-core, a ruler, what the browser complains about, and a walk with Tab."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

SCREENS = [(1400, "light"), (1400, "dark"), (390, "dark"), (390, "light")]
OTHER_WIDTHS = (320, 768, 1024, 1920)
"""Where nothing may stick out either; axe has seen the same page already."""
REFUSED = "Failed to load resource: the server responded with a status of"
WIDTH_OF_CONTENT = "document.documentElement.scrollWidth"
VIOLATIONS = {"resultTypes": ["violations"], "preload": False}
IN_OTHER_COLOURS = {**VIOLATIONS, "runOnly": ["color-contrast", "link-in-text-block"]}
"""What can differ on the same page at the same width."""

RECORD = """
    window.walked = [];
    const tabbable = "a[href], button, input, select, textarea, summary, [tabindex]";
    const shown = (one) => one.checkVisibility({visibilityProperty: true});
    const stands = (one) => shown(one) && !one.disabled && one.tabIndex >= 0;
    window.toWalk = () => [...document.querySelectorAll(tabbable)].filter(stands);
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
UNSEEN = "() => window.walked.filter(({ring, seen}) => !ring || !seen).map(({name}) => name)"


def inspect(page: Page, what: str, screens=SCREENS) -> None:
    """Axe finds nothing, nothing sticks out and nothing is refused; wide and narrow, light and dark."""
    expect(page.locator("h1")).to_have_count(1)
    expected = [REFUSED, *page.expected]
    assert [one for one in page.problems if not any(word in one for word in expected)] == [], what
    before, measured = page.viewport_size, None
    page.evaluate(Axe().axe_script)
    for width, scheme in screens:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        options, measured = (IN_OTHER_COLOURS if width == measured else VIOLATIONS), width
        found = page.evaluate("(options) => axe.run(options)", options)["violations"]
        where = (what, width, scheme)
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], where
        assert page.evaluate(WIDTH_OF_CONTENT) <= width, where
    measure(page, what)
    page.set_viewport_size(before)
    # axe measures with inline styles, which the policy refuses.
    page.problems.clear()


def measure(page: Page, what: str) -> None:
    """Nothing sticks out."""
    for width in OTHER_WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(WIDTH_OF_CONTENT) <= width, (what, width)


def open_and_inspect(page: Page, address: str, status: int = 200) -> None:
    assert page.goto(address).status == status, address
    inspect(page, address)


def walk(page: Page, address: str) -> None:
    """Tab reaches everything there is to press or to fill in, and shows where it is."""
    page.reload()
    page.evaluate(f"() => {{ {RECORD} }}")
    for _step in range(page.evaluate("window.toWalk().length") + 2):
        page.keyboard.press("Tab")
    assert page.evaluate(MISSED) == [], address
    assert page.evaluate(UNSEEN) == [], address


def tab_to(page: Page, element) -> None:
    """Press Tab until the element has the focus."""
    for _step in range(80):
        if element.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {element}")
