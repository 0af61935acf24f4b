"""Windows of the browser that stay open from one test to the next."""

from collections import defaultdict

from playwright.sync_api import Browser, Page


class Windows:
    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.free: dict[bool, list[Page]] = defaultdict(list)

    def take(self, java_script_enabled: bool) -> Page:
        """A page that nothing is known of: nobody is logged in, nothing is held up."""
        free = self.free[java_script_enabled]
        page = free.pop() if free else self._open(java_script_enabled)
        page.runs_scripts = java_script_enabled
        return page

    def _open(self, java_script_enabled: bool) -> Page:
        context = self.browser.new_context(base_url=self.url, java_script_enabled=java_script_enabled)
        page = context.new_page()
        page.on("console", lambda said: page.problems.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        return page

    def give_back(self, page: Page) -> None:
        for other in page.context.pages:
            if other != page:
                other.close()
        # What a test holds up may be under way when it ends; the next one would be told.
        page.unroute_all(behavior="ignoreErrors")
        page.goto("about:blank")
        page.context.clear_cookies()
        self.free[page.runs_scripts].append(page)

    def close(self) -> None:
        for context in self.browser.contexts:
            context.close()
