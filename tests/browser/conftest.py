"""One browser for the tests of a module; each visit has a profile of its own.

Not longer: while one is open an event loop runs in this thread, and other tests have theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.visit import launched
from tests.needed import needed

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched(needed("chromium")) as browser:
        yield browser
