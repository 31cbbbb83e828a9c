"""One live site and one Chromium for all journeys; every person gets a browser context of their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.conftest import STRICT
from tests.journeys.person import Meet, Person
from tests.journeys.site import LiveSite

# The shell is the same browser without the windows nobody sees, and so the quicker one.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_CHROMIUM = f"There is no Chromium (looked for {', '.join(NAMES)}): apt-get install chromium"
# Nothing but the page under test speaks on the network, so that a request to another host is the page's own.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def launch(playwright: Playwright) -> Browser:
    """Headless Chromium of the machine."""
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    return playwright.chromium.launch(executable_path=find_chromium(), args=[*QUIET, *as_root])


def find_chromium() -> str | None:
    """The path of a Chromium, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="package")
def chromium() -> str:
    """The path of a Chromium; skips where there is none, fails where services are required."""
    found = find_chromium()
    if found is None:
        if STRICT:
            pytest.fail(NO_CHROMIUM)
        pytest.skip(NO_CHROMIUM)
    return found


@pytest.fixture(scope="package")
def site(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """The running site. Journeys share it: each uses goods of its own."""
    running = LiveSite(tmp_path_factory.mktemp("site"))
    try:
        running.until_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Headless Chromium of the machine."""
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture
def meet(site: LiveSite, browser: Browser) -> Iterator[Meet]:
    """Meet a person: `meet()` on a phone, `meet(width=DESK)` at a desk. When the test ends, faults are told."""
    with ExitStack() as company:

        def arrive(**more: Any) -> Person:
            return company.enter_context(Person(browser, site.url, **more))

        yield arrive
