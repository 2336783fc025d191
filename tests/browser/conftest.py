"""One browser for all of these tests; each visit has a profile of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.visit import launched
from tests.needed import needed


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched(needed("chromium")) as browser:
        yield browser
