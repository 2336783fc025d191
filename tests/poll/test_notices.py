"""Who is told what, when, and how often; each target is real and on this machine."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.config import CustomFeedConfig, DigestConfig, NoticeConfig, ServerConfig
from feedsvc.model import Status
from feedsvc.poll.notices import PATIENCE, tell_notices
from feedsvc.site import guid
from tests.notify.targets import SECRET, Command, Mail, Webhook, notice, served
from tests.poll.desk import NOW, SECTIONS, Begun, Desk, piece
from tests.poll.newsdesk import Newsdesk
from tests.standin import Fault, StandIn

pytestmark = pytest.mark.usefixtures("one_section")


@pytest.fixture(scope="module")
def one_command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return Command(tmp_path_factory.mktemp("command"))


@pytest.fixture
def command(one_command: Command) -> Command:
    """One for all tests, for a notice is known by its target; nothing was told to it."""
    one_command.got.unlink(missing_ok=True)
    one_command.does("")
    return one_command


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, one_command: Command) -> Iterator[Begun]:
    """The first article was there when the command was to be told of new ones."""
    site = StandIn()
    site.boxes = False
    with site:
        made = Desk(site, tmp_path_factory.mktemp("begun"), sections=SECTIONS[:1])
        made.feeds["formats"] = ("json",)
        site.now = made.clock
        publish(made, 1)
        with_notices(made, notice(run=one_command.run))
        poll(made)
        yield Begun(made)


@pytest.fixture
def told(begun: Begun, tmp_path: Path) -> Desk:
    """A desk that told the command of what is new, and had nothing to tell yet."""
    return begun.in_folder(tmp_path)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    with served(server):
        yield server


PID = str(os.getpid())


def lines(desk: Desk) -> list[dict[str, Any]]:
    path = desk.folder / "archive" / "notices.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def events(desk: Desk) -> list[str]:
    return [line["event"] for line in lines(desk)]


def target_troubles(desk: Desk) -> list[str]:
    return [one.text for one in desk.health().reasons if one.kind == "target"]


def with_notices(desk: Desk, *notices: NoticeConfig) -> None:
    desk.parts = {**desk.parts, "notify": notices}


def publish(desk: Desk, *numbers: int, **values: Any) -> None:
    for number in numbers:
        desk.site.publish(piece(number, **values))


def poll(desk: Desk) -> None:
    desk.later(minutes=10)
    desk.poll()


# Quiet beginnings


def test_what_was_there_is_not_told_and_what_comes_is_told_once(
    told: Desk, command: Command
) -> None:
    poll(told)
    assert command.told == []
    publish(told, 2, 3)
    for _ in range(2):
        poll(told)
    assert command.ids == [2, 3]
    event, record = command.told[0]
    assert event == "new"
    assert record["guid"] == guid(2)
    assert record["body"]
    assert events(told) == ["configured", "new", "new"]


def test_what_is_new_in_the_settings_begins_quietly(
    told: Desk, command: Command, tmp_path: Path
) -> None:
    """A notice that is added, another address, another feed."""
    added, other, feed = (Command(tmp_path / name) for name in ("added", "other", "feed"))
    with_notices(told, notice(run=command.run), notice("released", name="desk", run=feed.run))
    poll(told)
    publish(told, 2)
    with_notices(
        told,
        notice(run=other.run),
        notice(name="desk", run=feed.run),
        notice(name="later", run=added.run),
    )
    poll(told)
    publish(told, 3)
    poll(told)
    assert (command.ids, other.ids, feed.ids, added.ids) == ([], [3], [3], [3])


def test_a_poll_that_read_nothing_is_not_the_first(desk: Desk, command: Command) -> None:
    with_notices(desk, notice(run=command.run))
    publish(desk, 1)
    desk.site.fault(Fault.SERVER_ERROR)
    poll(desk)
    desk.site.clear_faults()
    poll(desk)
    assert command.told == []
    publish(desk, 2)
    poll(desk)
    assert command.ids == [2]


def test_what_waited_to_be_read_when_it_began_is_not_told(desk: Desk, command: Command) -> None:
    publish(desk, 1, 2)
    desk.site.fault(Fault.SERVER_ERROR, "/articles/1*")
    with_notices(desk, notice(run=command.run))
    poll(desk)
    desk.site.clear_faults()
    publish(desk, 3)
    poll(desk)
    desk.site.edit(1, sections=("068000", "083000"))
    poll(desk)
    assert sorted(number for _, number in desk.journal()[:3]) == [1, 2, 3]
    assert command.ids == [3]


def test_an_entry_that_is_put_back_begins_anew(told: Desk, command: Command) -> None:
    with_notices(told)
    publish(told, 2)
    poll(told)
    with_notices(told, notice(run=command.run))
    publish(told, 3)
    poll(told)
    publish(told, 4)
    poll(told)
    assert command.ids == [4]


def test_other_events_are_told_from_then_on(told: Desk, command: Command) -> None:
    with_notices(told, notice(run=command.run, on=("released",)))
    told.site.edit(1, title="고친 제목")
    publish(told, 2)
    told.later(hours=2)
    poll(told)
    assert told.journal() == [("added", 1), ("revised", 1), ("added", 2)]
    with_notices(told, notice(run=command.run, on=("new", "revised")))
    poll(told)
    assert command.told == []
    told.site.edit(2, title="또 고친 제목")
    publish(told, 3)
    told.later(hours=2)
    poll(told)
    assert sorted((event, record["id"]) for event, record in command.told) == [
        ("new", 3), ("revised", 2),
    ]  # fmt: skip


def test_what_waits_when_the_events_change_is_told_still(told: Desk, command: Command) -> None:
    command.does("sys.exit(1)")
    publish(told, 2)
    poll(told)
    command.does("")
    with_notices(told, notice(run=command.run, on=("new", "revised")))
    poll(told)
    assert command.ids == [2]


def test_what_backfill_finds_is_told_to_nobody(told: Desk, command: Command) -> None:
    from feedsvc.poll.backfill import Backfill

    with_notices(told, notice(run=command.run, on=("new", "revised", "released")))
    poll(told)
    told.site.publish(piece(50, hours=900, status=Status.SOON_FREE))
    archive = told.archive()
    with told.fetcher(archive) as fetcher:
        filling = Backfill(told.config, archive, fetcher, told.clock, rest=lambda: None)
        filling.run(told.config.sections)
    archive.close()
    assert ("added", 50) in told.journal()
    told.site.release(50)
    told.later(hours=13)
    poll(told)
    assert ("released", 50) in told.journal()
    assert command.told == []


# What is told


@pytest.mark.slow
def test_an_article_is_told_when_it_comes_into_the_feed(desk: Desk, command: Command) -> None:
    """Found in one more section, edited until it fits, or released where locked ones are
    hidden: its entry is new although its record is not."""
    desk.sections = SECTIONS
    desk.feeds = {
        "custom": (CustomFeedConfig(name="hynix", title="SK하이닉스", any=("하이닉스",)),)
    }
    with_notices(
        desk,
        notice("finance", run=(*command.run, "finance")),
        notice("hynix", run=command.run),
    )
    poll(desk)
    publish(desk, 1, 2)
    poll(desk)
    assert command.told == []
    desk.site.edit(1, sections=("068000", "083000"))
    desk.site.edit(2, title="하이닉스 증설")
    desk.later(hours=1)
    poll(desk)
    assert sorted(command.told, key=lambda one: one[1]["id"])[1][0] == "new"
    assert sorted(command.ids) == [1, 2]
    desk.later(hours=1)
    poll(desk)
    assert len(command.told) == 2


def test_where_locked_ones_are_hidden_the_release_is_the_news(told: Desk, command: Command) -> None:
    told.feeds["locked"] = "hide"
    publish(told, 2, status=Status.SOON_FREE)
    poll(told)
    assert command.told == []
    told.site.release(2)
    told.later(hours=2)
    poll(told)
    assert [(event, record["id"]) for event, record in command.told] == [("new", 2)]


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    ("feed", "on", "told_of"),
    [
        ("all", ("new", "released", "revised"), ["new", "revised", "released"]),
        ("all", ("new",), ["new"]),
        ("all", ("revised",), ["revised"]),
        ("all", ("released",), ["released"]),
        ("released", ("new",), ["released"]),
        ("revised", ("new",), ["revised"]),
        ("revised", ("released",), ["released"]),
    ],
)
def test_each_event_is_told_where_it_is_wanted(
    told: Desk, command: Command, feed: str, on: Any, told_of: list[str]
) -> None:
    with_notices(told, notice(feed, run=command.run, on=on))
    poll(told)
    publish(told, 2, status=Status.SOON_FREE)
    poll(told)
    told.site.edit(2, title="고친 제목")
    told.later(hours=2)
    poll(told)
    told.site.release(2)
    told.later(hours=2)
    poll(told)
    assert [event for event, _ in command.told] == told_of


@pytest.mark.slow
def test_several_are_one_message_with_flag_headline_and_link(desk: Desk, webhook: Webhook) -> None:
    with_notices(desk, notice(to=webhook.address))
    poll(desk)
    assert webhook.messages == []
    publish(desk, 1, title="A&B <합병> {{ 검토 }}", subtitle="부제")
    publish(desk, 2, status=Status.MEMBERS_ONLY, subtitle="")
    poll(desk)
    assert len(webhook.messages) == 1
    message = webhook.messages[0]
    assert message["title"] == "딜사이트 2건"
    first, second = message["message"].split("\n\n")
    assert first.split("\n") == [
        "A&B <합병> {{ 검토 }}", "부제", f"{desk.base_url}/articles/1"
    ]  # fmt: skip
    assert second.startswith("[회원전용] 한빛전자 2호 공장 착공\n")
    assert second.endswith("/articles/2")


@pytest.mark.slow
def test_a_mail_has_the_headline_for_its_subject(desk: Desk) -> None:
    with served(server := Mail()):
        with_notices(desk, notice("industry", to=server.address))
        poll(desk)
        publish(desk, 1)
        poll(desk)
        publish(desk, 2, 3)
        poll(desk)
        first, second = server.mails
    assert first["subject"] == "한빛전자 1호 공장 착공"
    assert second["subject"] == "한빛전자 2호 공장 착공 외 1건"
    body = second.get_body(("plain", "html"))
    assert body is not None
    assert "3번째 증설 계획" in body.get_content()
    assert "/articles/3" in body.get_content()


@pytest.mark.slow
def test_a_members_text_is_told_as_the_feeds_show_it(desk: Desk, command: Command) -> None:
    """Without tokens the first paragraph, with tokens all of it."""
    desk.http = {"cookie": "session=member"}
    for tokens in ((), ("a-token-of-the-desk-1",)):
        desk.parts = {"server": ServerConfig(tokens=tokens)}
        with_notices(desk, notice(run=(*command.run, *tokens)))
        poll(desk)
        number = 1 + len(tokens)
        publish(desk, number, status=Status.MEMBERS_ONLY)
        poll(desk)
        record = command.told[-1][1]
        assert record["id"] == number
        kept = json.loads((desk.folder / f"archive/articles/0000/{number}.json").read_text("utf-8"))
        if record["access"]["seen_as"] == "member" and kept["access"]["locked"]:
            assert (record["body"] == kept["body"]) is bool(tokens)


@pytest.mark.slow
def test_troubles_are_told_once_and_again_when_they_come_again(
    desk: Desk, webhook: Webhook
) -> None:
    publish(desk, 1)
    with_notices(desk, notice("status", to=webhook.address))
    poll(desk)
    for _ in range(2):
        desk.site.fault(Fault.SERVER_ERROR)
        for _ in range(3):
            desk.later(hours=1)
            poll(desk)
        desk.site.clear_faults()
        desk.later(hours=1)
        poll(desk)
    assert webhook.text.count("사이트가 응답하지 않습니다") == 2
    assert events(desk).count("trouble") == events(desk).count("ended")


def test_troubles_are_told_although_the_site_never_answered(desk: Desk, command: Command) -> None:
    desk.sections = SECTIONS
    with_notices(desk, notice("status", run=command.run))
    desk.site.fault(Fault.SERVER_ERROR, "/categories*")
    for _ in range(4):
        desk.later(hours=1)
        poll(desk)
    assert [record["kind"] for _, record in command.told] == ["site"]


@pytest.mark.slow
def test_an_entry_of_a_digest_is_told_when_it_is_made(
    desk: Desk, command: Command, webhook: Webhook
) -> None:
    morning = DigestConfig(name="morning", title="아침 브리핑", at="08:00")
    desk.feeds = {"digests": (morning,)}
    with_notices(
        desk,
        notice("morning", run=command.run),
        notice("morning", name="hook", to=webhook.address),
    )
    publish(desk, 1)
    poll(desk)
    publish(desk, 2)
    poll(desk)
    assert command.told == []
    desk.later(hours=14)
    for _ in range(2):
        poll(desk)
    [(event, entry)] = command.told
    assert (event, entry["digest"], entry["at"]) == ("new", "morning", "2026-03-11T0800")
    [message] = webhook.messages
    assert message["title"] == "아침 브리핑"
    assert message["message"].startswith("아침 브리핑 2026년 3월 11일(수) 08:00\n기사 ")
    assert "한빛전자 2호 공장 착공\nhttp" in message["message"]
    shutil.rmtree(desk.folder / "archive" / ".state")
    poll(desk)
    assert len(command.told) == len(webhook.messages) == 1
    assert events(desk).count("digest") == 2


def test_a_clock_that_was_ahead_silences_no_digest(tmp_path: Path, command: Command) -> None:
    """Entries go by names that are times; one of next month comes last for a month."""
    morning = {"name": "morning", "title": "아침 브리핑", "at": "08:00"}
    desk = Newsdesk(tmp_path / "desk", (morning,), {"formats": ("json",)})
    desk.parts = {"notify": (notice("morning", run=command.run),)}

    def tell(at: datetime) -> None:
        desk.publish(at)
        archive = desk.archive()
        with archive.writing(at):
            tell_notices(desk.config, archive, lambda: at, polled=True)
        archive.close()

    hour, day = timedelta(hours=1), timedelta(days=1)
    tell(NOW)
    desk.keep(1, NOW + 30 * day)
    for _ in range(2):
        tell(NOW + 31 * day)
    assert [entry["at"] for _, entry in command.told] == ["2026-04-10T0800"]
    for number in (2, 3):
        desk.keep(number, NOW + (number - 2) * day + hour)
        tell(NOW + (number - 1) * day)
    later = [entry["at"] for _, entry in command.told[1:]]
    assert later == ["2026-03-11T0800", "2026-03-12T0800"]
    # One that begins now does not take the entry of next month for the newest.
    desk.parts = {"notify": (notice("morning", run=command.run, name="again"),)}
    tell(NOW + 2 * day + hour)
    desk.keep(4, NOW + 2 * day + hour)
    tell(NOW + 3 * day)
    assert [entry["at"] for _, entry in command.told[3:]] == ["2026-03-13T0800"]


# Kept in mind


@pytest.mark.slow
def test_none_is_told_twice_without_the_derived_state(desk: Desk, command: Command) -> None:
    desk.sections = SECTIONS
    with_notices(
        desk,
        notice(run=command.run),
        notice("status", run=(*command.run, "status")),
        notice(name="broken", run=("./not-there.sh",)),
    )
    poll(desk)
    publish(desk, 1, 2)
    desk.site.fault(Fault.SERVER_ERROR, "/categories/080000*")
    for _ in range(7):
        poll(desk)
    before = list(command.told)
    assert [record.get("key") for _, record in before[2:]] == [
        "target-notice-broken",
        "section-mna",
    ]
    shutil.rmtree(desk.folder / "archive" / ".state")
    poll(desk)
    assert command.told == before
    publish(desk, 3)
    poll(desk)
    assert [record.get("id") for _, record in command.told[len(before) :]] == [3]


def test_what_was_kept_and_not_told_is_told_by_the_next_poll(told: Desk, command: Command) -> None:
    publish(told, 2)
    told.poll(stop=lambda: command.got.exists() or len(told.journal()) > 1)  # stops before telling
    assert command.told == []
    assert ("added", 2) in told.journal()
    shutil.rmtree(told.folder / "archive" / ".state")
    poll(told)
    assert command.ids == [2]


@pytest.mark.slow
def test_a_poll_reads_few_lines_however_long_nothing_was_told(
    desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedsvc.archive.notices import NoticesFile

    desk.feeds = {"custom": (CustomFeedConfig(name="never", title="없음", any=("없는말",)),)}
    with_notices(desk, notice("never", run=command.run))
    read: list[int] = []
    ask = NoticesFile.journaled

    def asked(self: NoticesFile, place: str | None) -> Any:
        found = ask(self, place)
        read.append(len(found or ()))
        return found

    poll(desk)
    monkeypatch.setattr(NoticesFile, "journaled", asked)
    for number in range(1, 61):
        publish(desk, number)
        if number % 6 == 0:
            poll(desk)
    assert max(read) <= 28
    assert len(lines(desk)) <= 5


# Targets that fail


@pytest.mark.slow
def test_a_failing_target_is_tried_for_a_day_and_then_given_up(
    desk: Desk, command: Command, caplog: pytest.LogCaptureFixture
) -> None:
    with_notices(desk, notice(name="desk", run=command.run))
    poll(desk)
    command.does("sys.exit(5)")
    publish(desk, 1)
    poll(desk)
    assert target_troubles(desk) == [
        "notice desk: the command ended with 5; the next polls try again for a day"
    ]
    assert desk.health().status == "degraded"
    desk.later(hours=12)
    publish(desk, 2)
    poll(desk)
    desk.later(hours=12)
    poll(desk)
    assert events(desk) == ["configured", "failed", "given-up"]
    assert "1 given up after a day" in target_troubles(desk)[0]
    assert "notice desk: the command ended with 5; 1 given up after a day; 1 wait" in caplog.text
    command.does("")
    poll(desk)
    assert command.ids == [2]
    assert target_troubles(desk) == []
    assert events(desk)[3:] == ["new", "well"]


@pytest.mark.slow
def test_what_was_never_tried_is_tried_however_old_it_is(desk: Desk, command: Command) -> None:
    """The machine was off for a week between keeping and telling."""
    with_notices(desk, notice(run=command.run))
    poll(desk)
    publish(desk, 1)
    desk.poll(stop=lambda: len(desk.journal()) > 0)
    desk.later(days=7)
    command.does("sys.exit(3)")
    poll(desk)
    assert events(desk) == ["configured", "failed"]
    command.does("")
    poll(desk)
    assert command.ids == [1]


@pytest.mark.slow
def test_one_record_that_a_command_fails_on_holds_up_no_other(desk: Desk, command: Command) -> None:
    with_notices(desk, notice(name="script", run=command.run))
    poll(desk)
    command.does("import json\nif json.loads(line)['id'] == 1: sys.exit(3)")
    publish(desk, 1, 2, 3)
    poll(desk)
    publish(desk, 4)
    poll(desk)
    assert command.ids == [2, 3, 4]
    assert "the command ended with 3" in target_troubles(desk)[0]
    desk.later(days=1)
    poll(desk)
    poll(desk)
    assert events(desk).count("given-up") == 1
    publish(desk, 5)
    poll(desk)
    assert target_troubles(desk) == []


def test_the_trouble_of_a_target_outlives_the_derived_state_and_goes_with_its_entry(
    told: Desk,
) -> None:
    """Of a program that is not there."""
    with_notices(told, notice(name="script", run=("./not-there.sh", SECRET)))
    poll(told)
    publish(told, 2)
    poll(told)
    assert target_troubles(told) == [
        "notice script: the command could not be started: no such file or directory; the next "
        "polls try again for a day"
    ]
    told.later(days=1)
    poll(told)
    assert events(told)[-1] == "given-up"
    shutil.rmtree(told.folder / "archive" / ".state")
    poll(told)
    assert target_troubles(told) == ["notice script: could not be told when it was last tried"]
    with_notices(told)
    poll(told)
    assert target_troubles(told) == []


@pytest.mark.slow
def test_one_target_is_told_of_the_other_and_never_of_itself(
    desk: Desk, command: Command, webhook: Webhook
) -> None:
    with_notices(
        desk,
        notice(run=("./not-there.sh",)),
        notice("status", to=webhook.address),
        notice("status", name="broken", run=("./not-there.sh", "either")),
    )
    poll(desk)
    publish(desk, 1)
    for _ in range(3):
        poll(desk)
    assert webhook.text.count("알림을 보내지 못하고 있습니다: notice-all") == 1
    assert webhook.text.count("알림을 보내지 못하고 있습니다: notice-broken") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "does",
    [
        "import time; time.sleep(60)",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
        "from subprocess import Popen, run\n"
        f"Popen(['sleep', '61.{PID}']); run(['sleep', '61.{PID}'])",
    ],
    ids=("hangs", "ignores a signal", "forks"),
)
def test_hanging_targets_cost_a_poll_at_most_fifteen_seconds(
    desk: Desk, command: Command, webhook: Webhook, tmp_path: Path, does: str
) -> None:
    """And the one that is well is told, with the next poll at the latest."""
    well = Command(tmp_path / "well")
    with_notices(
        desk,
        notice(name="hook", to=webhook.address),
        notice(name="script", run=command.run),
        notice(name="well", run=well.run),
    )
    poll(desk)
    webhook.status = 0
    command.does(does)
    publish(desk, 1, 2)
    before = _running(PID)
    begun = time.monotonic()
    poll(desk)
    assert 7 < time.monotonic() - begun < 30  # two hang for a minute
    begun = time.monotonic()
    poll(desk)
    assert time.monotonic() - begun < 30
    assert PATIENCE <= 14
    assert well.ids == [1, 2]
    assert set(_running(PID)) <= set(before)
    assert len(target_troubles(desk)) >= 1


@pytest.mark.slow
def test_records_that_a_command_hangs_on_hold_up_no_other(desk: Desk, command: Command) -> None:
    with_notices(desk, notice(run=command.run))
    poll(desk)
    command.does("import json, time\nif json.loads(line)['id'] < 3: time.sleep(60)")
    publish(desk, 1, 2, 3, 4)
    poll(desk)
    assert command.ids == []
    poll(desk)
    assert command.ids == [3, 4]


def _running(word: str) -> list[str]:
    """The programs that bear this word, and those that this process started."""
    found = []
    for path in Path("/proc/self/task").glob("*/children"):
        found += path.read_text().split()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            told = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if f"61.{word}" in told and "pytest" not in told:
            found.append(told)
    return found


# The file


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.mkdir(), "a folder stands where a file belongs"),
        (os.mkfifo, "a FIFO stands where a file belongs"),
        (lambda path: path.write_text("something else\n"), "is none of notices.jsonl"),
    ],
)
def test_a_file_that_is_none_stops_no_poll_and_is_told(
    told: Desk, command: Command, spoil: Callable[[Path], Any], said: str
) -> None:
    path = told.folder / "archive" / "notices.jsonl"
    path.unlink()
    spoil(path)
    publish(told, 2)
    told.later(minutes=10)
    outcome = told.poll()
    assert sum(one.new for one in outcome.sections) == 1
    assert len(told.feed("all")) == 2
    assert said in target_troubles(told)[0]
    assert command.told == []
    archive = told.archive()
    assert [fault.path.name for fault in archive.verify().faults] == ["notices.jsonl"]
    with archive.writing(told.now, lenient=True) as mended:
        assert any("notices.jsonl" in line for line in mended)
    assert archive.verify().faults == ()
    archive.close()
    poll(told)
    assert target_troubles(told) == []
    publish(told, 3)
    poll(told)
    assert command.ids == [3]


def test_a_line_half_written_is_cut_off_and_nothing_is_told_again(
    told: Desk, command: Command
) -> None:
    publish(told, 2)
    poll(told)
    path = told.folder / "archive" / "notices.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"at": "2026-03-10T18')
    archive = told.archive()
    verdict = archive.verify()
    assert (verdict.faults, verdict.unfinished) == ((), (f"{path}: the last line is half written",))
    archive.close()
    poll(told)
    assert path.read_bytes() == whole
    assert command.ids == [2]


@pytest.mark.slow
def test_a_journal_that_was_mended_floods_nobody(desk: Desk, command: Command) -> None:
    """Its lines have other digests then: the time tells which were there."""
    with_notices(desk, notice(run=command.run))
    publish(desk, 1, 2)
    poll(desk)
    publish(desk, 3)
    poll(desk)
    path = next((desk.folder / "archive" / "journal").glob("*.jsonl"))
    kept = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(["no line\n", *kept[1:]]), "utf-8")
    shutil.rmtree(desk.folder / "archive" / ".state")
    from feedsvc.poll.repair import mend

    archive = desk.archive()
    mend(desk.config, archive, desk.now)
    archive.close()
    publish(desk, 4)
    poll(desk)
    assert command.ids == [3, 4]


def test_where_it_cannot_be_written_down_nothing_is_told(
    told: Desk, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(told, 2)
    with monkeypatch.context() as full:
        full.setattr("feedsvc.archive.notices._ROOM", 1 << 60)
        poll(told)
    assert command.told == []
    assert "No space left" in target_troubles(told)[0]
    poll(told)
    assert command.ids == [2]


# Secrets


@pytest.mark.slow
def test_no_address_stands_in_any_output(
    desk: Desk, webhook: Webhook, command: Command, caplog: pytest.LogCaptureFixture
) -> None:
    """Of targets that take it, refuse it, cannot be read and cannot be reached."""
    caplog.set_level(logging.DEBUG)
    refusing = Webhook()
    refusing.status = 403
    with served(refusing):
        with_notices(
            desk,
            notice(name="takes", to=webhook.address),
            notice(name="refuses", to=refusing.address),
            notice(name="nowhere", to=f"json://user:{SECRET}@127.0.0.1:1/{SECRET}"),
            notice(name="unread", to=f"nosuch://{SECRET}"),
            notice(name="command", run=("./not-there", SECRET)),
            notice("status", to=refusing.address),
        )
        poll(desk)
        publish(desk, 1)
        poll(desk)
        desk.later(days=1)
        poll(desk)
    assert len(webhook.messages) == 1
    assert len(target_troubles(desk)) == 5
    said = {one.partition(": ")[2].partition(";")[0] for one in target_troubles(desk)}
    assert said == {
        "it answered 403",
        "no connection to it, or no answer in time",
        "its address is none that Apprise can read",
        "the command could not be started: no such file or directory",
    }
    assert SECRET not in caplog.text
    assert SECRET not in repr(desk.config)
    for path in desk.folder.rglob("*"):
        if path.is_file() and path.parent != command.folder:
            assert SECRET.encode() not in path.read_bytes(), path
