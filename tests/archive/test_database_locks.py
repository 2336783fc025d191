"""A look at a database of ``.state`` must not end the locks of who has it open.

Closing any descriptor of a file drops all the POSIX locks that the process has on it; the
next program to close the database then takes itself for the last and deletes the log that
the first is still writing to.  Seen with a daemon that was asked for ``/healthz``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from feedsvc.catalogue.state import State

OTHER = """
import sys
from pathlib import Path
from feedsvc.catalogue.state import State
for opened in (State.to_write, State.to_read):
    database = opened(Path(sys.argv[1]))
    if database is not None:
        database.close()
"""


def test_another_look_leaves_the_log_to_its_writer(tmp_path: Path) -> None:
    held = State.to_write(tmp_path)
    looked = State.to_read(tmp_path)
    if looked is not None:
        looked.close()
    State.to_write(tmp_path).close()
    subprocess.run([sys.executable, "-c", OTHER, str(tmp_path)], check=True)
    log = tmp_path / "state.sqlite-wal"
    assert log.exists()
    held.close()
    assert not log.exists()  # SQLite's own: the last one takes it away
