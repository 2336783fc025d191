"""Processor time of one page, asked of the application without a connection.

In: a configuration, an address, a clock's reading.  Out: milliseconds.  Run as a file, it
tells one line of another checkout of this repository, whose ``feedsvc`` stands first in
``PYTHONPATH``: so it imports nothing but what every version of it has.
"""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from feedsvc import config as configuration
from feedsvc.archive import Archive
from feedsvc.serve import app


def page_time(config: Path, path: str, query: str, now: datetime, repeated: int) -> float:
    """Processor milliseconds of one answer, the mean of some.  ``RuntimeError`` for any
    other answer than 200."""
    read = configuration.load(config)
    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "scheme": "http", "path": path,
        "headers": [], "query_string": query.encode(),
    }  # fmt: skip

    async def ask() -> float:
        used = 0.0
        for _ in range(repeated):
            archive = Archive(read.archive.path)
            served = app(read, now=lambda: now, archive=archive)
            await served.answer({**scope, "path": "/status"})  # the index is open by now
            gc.collect()
            gc.disable()
            began = time.process_time()
            answer = await served.answer(scope)
            used += time.process_time() - began
            gc.enable()
            archive.close()
            if answer.status != 200:
                raise RuntimeError(f"{path}?{query} was answered with {answer.status}")
        return used / repeated * 1000

    return asyncio.run(ask())


def page_time_of(
    checkout: Path, config: Path, path: str, query: str, now: datetime, repeated: int
) -> float:
    """The same in a process of its own, by the code of a checkout, with this Python and its
    packages."""
    done = subprocess.run(
        [sys.executable, "-P", __file__, str(config), path, query, now.isoformat(), str(repeated)],
        cwd=checkout,
        env={"PYTHONPATH": str(checkout), "PATH": ""},
        stdout=subprocess.PIPE,
        check=True,
    )
    return float(done.stdout)


def main() -> None:
    config, path, query, now, repeated = sys.argv[1:]
    asked = Path(config), path, query, datetime.fromisoformat(now)
    page_time(*asked, 1)  # templates are compiled, modules imported
    print(page_time(*asked, int(repeated)))


if __name__ == "__main__":
    main()
