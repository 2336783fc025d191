"""A page opened in Debian's chromium, and what can be asked of it.

In: an address, and who looks: on a phone or at a desk, light or dark, which language.
Out: a :class:`Visit`.  Nothing but 127.0.0.1 is reached.  Accessibility is axe-core's
judgement; pictures are left in ``test-output/screenshots``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import requests

if TYPE_CHECKING:  # dear to import: what starts the browser does
    from playwright.sync_api import Browser, Page

SCREENSHOTS = Path(__file__).parents[2] / "test-output/screenshots"

WIDTHS = {"phone": 390, "desk": 1280}
LANGUAGES = {"ko": "ko-KR", "en": "en-GB"}

FLAGS = (
    *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE = 180_000.0
"""Milliseconds for whatever is waited for: the machine may be slow."""

NOTHING_OUTSIDE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@dataclass
class Visit:
    """A page that was opened, and what the browser complained of meanwhile."""

    page: Page
    complaints: list[str]

    def look(self, script: str) -> Any:
        return self.page.evaluate(script)


@contextmanager
def launched(chromium: str) -> Iterator[Browser]:
    """The browser; each visit gets a new, empty profile from playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*FLAGS, NOTHING_OUTSIDE], chromium_sandbox=False,
            timeout=PATIENCE,
        )  # fmt: skip
        yield browser
        browser.close()


@contextmanager
def visit(
    browser: Browser,
    address: str,
    width: str = "desk",
    scheme: str = "light",
    language: str = "ko",
    *,
    status: int = 200,
    script: bool = True,
) -> Iterator[Visit]:
    """``status`` is what the address must answer; without ``script`` the browser runs none."""
    context = browser.new_context(
        viewport={"width": WIDTHS[width], "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=LANGUAGES[language],
        java_script_enabled=script,
    )
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        found = Visit(page, [])
        # Of the page that it was sent to see the browser says what it answered.
        told = f"the server responded with a status of {status} "
        page.on(
            "console",
            lambda message: None if told in message.text else found.complaints.append(message.text),
        )
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        page.on("requestfailed", lambda request: found.complaints.append(request.url))
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == status
        yield found
    finally:
        context.close()


def keep_screenshot(page: Page, name: str, *, whole: bool = True) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)


def assert_accessible(found: Visit) -> None:
    """No rule of WCAG 2.2 A or AA is broken, and no contrast was beyond judging."""
    from axe_playwright_python.sync_playwright import Axe

    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    results = Axe().run(found.page, options={"runOnly": tags})
    assert results.violations_count == 0, results.generate_report()
    # Of text that is scrolled out of sight the contrast cannot be judged: show all of it.
    found.look(
        "document.querySelectorAll('.scroll').forEach(one => one.style.overflow = 'visible')"
    )
    found.page.set_viewport_size({"width": 4000, "height": 800})
    contrast = Axe().run(found.page, options={"runOnly": ["color-contrast"]}).response
    assert contrast["violations"] == [], contrast["violations"]
    assert contrast["incomplete"] == [], contrast["incomplete"]
    assert sum(len(rule["nodes"]) for rule in contrast["passes"]) > 5


def assert_fits(found: Visit) -> None:
    assert found.look("document.scrollingElement.scrollWidth <= window.innerWidth")
    beyond = """[...document.querySelectorAll('body *')]
        .filter(one => !one.closest('.scroll') && !one.matches('.skip'))
        .filter(one => one.getBoundingClientRect().right > window.innerWidth + 1)
        .map(one => one.outerHTML.slice(0, 80))"""
    too_wide = found.look(beyond)
    assert too_wide == [], too_wide


FOCUSABLE = """[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')]
    .filter(one => one.checkVisibility()).length"""
FOCUSED = """(() => {
    const one = document.activeElement;
    if (one === document.body) return null;
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    one.dataset.reached = 'yes';
    return {
        html: one.outerHTML.slice(0, 80),
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < window.innerHeight
            && box.right > 0 && box.left < window.innerWidth,
    };
})()"""


def links_of(page: Page) -> set[str]:
    """Every address that the page names, but for the pictures inside it."""
    found = page.evaluate(
        """[...document.querySelectorAll('a[href], link[href], img[src], form[action]')]
            .map(one => one.getAttribute('href') ?? one.getAttribute('src')
                ?? one.getAttribute('action'))"""
    )
    return {
        urljoin(page.url, one).partition("#")[0] for one in found if not one.startswith("data:")
    }


def dead(links: set[str], cookies: dict[str, str] | None = None) -> list[str]:
    """Those of this machine that do not answer, and those elsewhere that are no addresses."""
    wrong = []
    for link in sorted(links):
        parts = urlsplit(link)
        if parts.hostname == "127.0.0.1":
            answer = requests.get(link, cookies=cookies, timeout=60)
            if answer.status_code != 200 or not answer.content:
                wrong.append(f"{link}: {answer.status_code}")
        elif parts.scheme != "https" or not re.fullmatch(r"[a-z0-9.-]+\.[a-z]+", parts.netloc):
            wrong.append(link)
    return wrong
