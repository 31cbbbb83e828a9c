"""A person with a browser of their own, who notices when a page breaks its promises."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, Self

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Request, Response

from app.accounts.demo import PASSWORD

PHONE = 390
DESK = 1280
HEIGHTS = {PHONE: 844, DESK: 900}
PATIENCE_MS = 15_000
Scheme = Literal["light", "dark"]


class Person:
    """One browser context: its own cookies, one page. Use as a context manager; leaving it tells of every fault.

    A fault is an error on the console, an exception in a script, a request to another host, a picture, stylesheet or
    script that did not come, or a page that answers 5xx.
    """

    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        width: int = PHONE,
        scripts: bool = True,
        scheme: Scheme = "light",
        english: bool = False,
    ) -> None:
        phone = width == PHONE
        self.url = url
        self.faults: list[str] = []
        self._context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            is_mobile=phone,
            has_touch=phone,
            device_scale_factor=1,
            java_script_enabled=scripts,
            color_scheme=scheme,
            locale="en-GB" if english else "vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            accept_downloads=True,
            reduced_motion="reduce",
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self._context.on("request", self._asked)
        self._context.on("response", self._answered)
        self._context.on("console", self._said)
        self._context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        self.page = self._context.new_page()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._context.close()
        if kind is None:
            assert not self.faults, "\n".join(self.faults)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self.faults.append(f"another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= (500 if response.request.is_navigation_request() else 400):
            self.faults.append(f"{response.status}: {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        # A page that answers 404 is "a failed resource" too; which of them are faults is judged above.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def go(self, address: str, status: int = 200) -> Response:
        """Open an address of the site, or a whole one."""
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == status, f"{address} answered {answer.status}, not {status}"
        return answer

    def status(self, address: str) -> int:
        """The status of an address, whichever it is."""
        answer = self.page.goto(address)
        assert answer is not None
        return answer.status

    def log_in(self, email: str, password: str = PASSWORD) -> None:
        """Log in by the form and land where the site sends this person."""
        self.go("/login")
        self.page.get_by_label("Thư điện tử").fill(email)
        self.page.get_by_label("Mật khẩu").fill(password)
        self.press("Đăng nhập")
        self.page.wait_for_url(lambda url: "/login" not in url)

    @property
    def main(self) -> Locator:
        """The matter of the page."""
        return self.page.locator("main")

    @property
    def words(self) -> str:
        """What the page says, blanks folded."""
        return " ".join(self.main.inner_text().split())

    @property
    def verdict(self) -> str | None:
        """What the stamp page says of the stamp, in the word for programs."""
        return self.main.get_attribute("data-verdict")

    def sees(self, *texts: str) -> None:
        """Each of these is on the page, letter for letter."""
        words = self.words
        for text in texts:
            assert text in words, f"{text!r} is not on {self.page.url}:\n{words}"

    def sees_no(self, *texts: str) -> None:
        words = self.words
        for text in texts:
            assert text not in words, f"{text!r} is on {self.page.url}"

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press the button of this name in the matter of the page."""
        (within or self.main).get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Follow the first link of this name in the matter of the page."""
        exact = isinstance(name, str)
        (within or self.main).get_by_role("link", name=name, exact=exact).first.click()

    def says_yes(self) -> None:
        """Agree to what the page asks once more."""

        def agree(dialog: Dialog) -> None:
            dialog.accept()

        self.page.on("dialog", agree)


Meet = Callable[..., Person]
