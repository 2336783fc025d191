"""Finding pages in WARC files again after .state was lost, whatever their size."""

from __future__ import annotations

import random
import shutil
from itertools import product
from pathlib import Path

import pytest

from feedsvc.archive import Archive
from feedsvc.model import Event
from tests.archive.samples import NOW, page, record

BLOCK = 65_536


SIZES = (BLOCK - 400, BLOCK, BLOCK + 18, 2 * BLOCK + 1, 5 * BLOCK)
FAST = {(BLOCK - 400, False), (BLOCK + 18, False), (5 * BLOCK, True)}


@pytest.mark.parametrize(
    ("size", "packs_well"),
    [
        pytest.param(*one, marks=() if one in FAST else pytest.mark.slow)
        for one in product(SIZES, (True, False))
    ],
)
def test_pages_of_any_size_are_found_without_the_state(
    tmp_path: Path, size: int, packs_well: bool
) -> None:
    noise = random.Random(size)
    body = b"x" * size if packs_well else noise.randbytes(size)
    with (archive := Archive(tmp_path / "archive")).writing(NOW):
        for number in (1, 2, 3):
            archive.keep(record(number), Event.ADDED, NOW, page(number, NOW, body))
    archive.close()
    warc = tmp_path / "archive" / "raw" / "2026-03.warc.gz"
    before = warc.read_bytes()
    shutil.rmtree(tmp_path / "archive" / ".state")

    with (archive := Archive(tmp_path / "archive")).writing(NOW) as repaired:
        assert repaired == ()
        for number in (1, 2, 3):
            kept = archive.raw.last(number)
            assert kept is not None
            assert kept.body == body
    archive.close()
    assert warc.read_bytes() == before
