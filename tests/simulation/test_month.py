"""A simulated month: every article is in the archive and none twice, whatever happens.

The seed is printed; ``FEEDSVC_SEED=n`` replays a failure.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from feedsvc.archive import LayoutState
from tests.simulation import truth
from tests.simulation.world import World

DAYS = 30
MEMORY = Path("/dev/shm")


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """A month's thousands of warnings help nobody."""
    caplog.set_level(logging.CRITICAL, "feedsvc")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where that is to be had: the month flushes some thousand times."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=MEMORY) as name:
        yield Path(name)


def check(world: World) -> None:
    archive = world.archive()
    try:
        truth.nothing_lost(world, archive)
        truth.none_twice(world)
        truth.moves_told(world, archive)
        truth.all_true(world, archive)
        truth.feeds_well_formed(world, archive)
        truth.pace_kept(world)
        truth.releases_seen(world, archive)
    finally:
        archive.close()


def live(
    folder: Path, capsys: pytest.CaptureFixture[str], days: int, busy: int, quiet: int,
    redesigns: Mapping[timedelta, str] | None = None,
) -> World:  # fmt: skip
    seed = int(os.environ.get("FEEDSVC_SEED") or 20260302)
    with capsys.disabled():
        print(f"\nsimulating {days} days; to replay: FEEDSVC_SEED={seed}")
    world = World(
        folder, seed, days, busy=timedelta(minutes=busy), quiet=timedelta(minutes=quiet),
        redesigns=redesigns,
    )  # fmt: skip
    world.run()
    with capsys.disabled():
        print(world.report)
    return world


@pytest.mark.slow
def test_a_month_loses_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = live(folder, capsys, DAYS, 60, 120)
    report = world.report
    assert report.articles > 800
    assert report.restarts >= DAYS - 1
    assert report.kills > 5
    assert len(report.faults) > 30
    assert report.faults["clock-ahead"] == 1
    assert len(world.newsroom.moved) > 5
    check(world)


@pytest.mark.slow
def test_two_redesigns_cost_a_day_at_most(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Between the outages, so that these hold up nothing of what is measured."""
    redesigns = {timedelta(days=4): "renamed", timedelta(days=17): "wrapped"}
    world = live(folder, capsys, DAYS, 60, 120, redesigns)
    archive = world.archive()
    layouts = archive.learned.whole(lambda error: None)
    assert {one.state for one in layouts} == {LayoutState.ADOPTED}
    assert all(not one.is_new for one in layouts)
    for began in world.redesigns:
        held = [
            record.first_seen_at - record.published_at
            for record in archive.newest_first()
            if began <= record.published_at < began + timedelta(days=2)
        ]
        assert len(held) > 40
        assert max(held) <= timedelta(days=1)
    archive.close()
    check(world)


@pytest.mark.slow
def test_a_day_loses_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = live(folder, capsys, 1, 30, 60)
    assert world.report.articles > 30
    check(world)
