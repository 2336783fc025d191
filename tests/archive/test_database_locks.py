"""A look at a database of ``.state`` must not end the locks of who has it open.

Closing any descriptor of a file drops all the POSIX locks that the process has on it; the
next program to close the database then takes itself for the last and deletes the log that
the first is still writing to.  Seen with a daemon that was asked for ``/healthz``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from feedsvc.archive.search import Search
from feedsvc.archive.state import State

OTHER = """
import sys
from pathlib import Path
from feedsvc.archive.{module} import {name} as Database
for opened in (Database.to_write, Database.to_read):
    database = opened(Path(sys.argv[1]))
    if database is not None:
        database.close()
"""


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(("module", "database"), [("state", State), ("search", Search)])
def test_another_look_leaves_the_log_to_its_writer(
    module: str, database: type[State] | type[Search], tmp_path: Path
) -> None:
    held = database.to_write(tmp_path)
    assert held is not None
    looked = database.to_read(tmp_path)
    if looked is not None:
        looked.close()
    again = database.to_write(tmp_path)
    assert again is not None
    again.close()
    other = OTHER.format(module=module, name=database.__name__)
    subprocess.run([sys.executable, "-c", other, str(tmp_path)], check=True)
    log = tmp_path / f"{module}.sqlite-wal"
    assert log.exists()
    held.close()
    assert not log.exists()  # SQLite's own: the last one takes it away
