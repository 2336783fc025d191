"""Makes the kept archive: weeks of use of one version, by its own commands.

    cp -r tests/upgrade CHECKOUT/tests/ && cd CHECKOUT
    .venv/bin/python -m tests.upgrade.make made-by-VERSION.tar.xz

in a checkout of the version that is to be kept, with that version's own environment.
The site is that version's stand-in on loopback; the commands are processes of their own
at times of their own (``at.py``), from 2 to 20 November 2026.  ``README.md`` says what
comes of it.  The site's answers are recorded at the end, and once more with one new
article, so that a later version can ask the same site.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from feedsvc.model import Status
from feedsvc.site import KST
from tests.upgrade import recorded

try:
    from tests.standin import Answer, RelatedLink, StandIn, StandInArticle, sample_articles
except ModuleNotFoundError:  # in older versions it came with the package
    from feedsvc.demo import (  # type: ignore[no-redef,attr-defined]
        Answer,
        RelatedLink,
        StandIn,
        StandInArticle,
        sample_articles,
    )

CONFIG = f"""\
site: {{base_url: "http://127.0.0.1:{recorded.PORT}"}}
sections:
  - {{name: industry, title: 산업, code: "068000", every: 30m}}
  - {{name: finance, title: 금융, code: "083000", every: 30m}}
  - {{name: everything, title: 전체 기사, every: 30m}}
http: {{delay: 0s, retries: 0, timeout: 5s, cookie: "{recorded.COOKIE}"}}
archive: {{images: true}}
feeds:
  base_url: http://127.0.0.1:18918/
  entries: 12
  max_size: 30KB
  custom:
    - {{name: factory, title: 공장, any: [공장, 증설], none: [인사]}}
    - {{name: waiting, title: 잠긴 기사, access: [members-only, soon-free, plus-only]}}
    - {{name: banks, title: 은행, search: 은행, sections: [finance]}}
server: {{port: 18918, tokens: [token-of-the-fixture]}}
"""


class Site(StandIn):
    """Shows members-only articles whole to the reader's own session."""

    def respond(self, method: str, target: str, headers: Any = ()) -> Answer:
        told = {name.lower(): value for name, value in headers}
        asked = target.split("/")
        if asked[1] == "articles" and recorded.COOKIE in told.get("cookie", ""):
            with self._lock:
                kept = self._articles.get(int(asked[2]))
                if kept is not None and kept.status is Status.MEMBERS_ONLY:
                    whole = StandIn([*self.articles, _opened(kept)], now=self.now)
                    whole.boxes = self.boxes
                    return whole.respond(method, target)
        return super().respond(method, target, headers)


def _complete(article: StandInArticle) -> StandInArticle:
    """With every optional part: version 0.1.0 holds articles back where one is missing
    that the last few had."""
    return replace(
        article,
        subtitle=article.subtitle or "요약한 한 줄",
        keywords=article.keywords or ("산업",),
        related=article.related or (RelatedLink(117_013),),
    )


def _opened(article: StandInArticle) -> StandInArticle:
    return replace(article, status=Status.OPEN)


def day(number: int, clock: str) -> datetime:
    """A time in November 2026."""
    return datetime.fromisoformat(f"2026-11-{number:02}T{clock}").replace(tzinfo=KST)


def piece(number: int, at: datetime, **values: Any) -> StandInArticle:
    settings: dict[str, Any] = {
        "title": f"한빛전자 {number}호 공장 착공",
        "subtitle": f"{number}번째 증설 계획",
        "published_at": at,
        "body": tuple(
            f"<p>{number}호 공장의 {ordinal} 단락이다. 회사는 {number % 7 + 2}년 안에"
            f" 공사를 마친다. 투자액은 {number % 89 + 11}억원이며 {'자' * (number % 5)} 조달 방식은"
            " 정하지 않았다.</p>"
            for ordinal in ("첫째", "둘째", "셋째", "넷째")
        ),
        "reporters": ("김하나",),
        "keywords": ("공장", f"증설{number % 4}"),
        "related": (RelatedLink(117_013),),
    }
    return StandInArticle(id=number, **(settings | values))


class Weeks:
    """The site and the commands on one clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = day(2, "09:00")
        self.site = Site(now=lambda: self.now)
        self.site.boxes = False

    def command(self, at: datetime, *arguments: str, code: int = 0) -> str:
        """Run one command of the version at a time; what it prints."""
        self.now = at
        done = subprocess.run(
            [sys.executable, "-m", "tests.upgrade.at", at.isoformat(), *arguments,
             "--config", str(self.folder / "config.yaml")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        line = " ".join(done.stdout.split())
        print(f"{at:%d %H:%M} {' '.join(arguments)}: {done.returncode} {line[:900]}{done.stderr}")
        assert done.returncode == code, f"{done.returncode}, not {code}"
        return done.stdout

    def poll(self, at: datetime) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.command(at, "poll", "--json"))
        return told

    def live(self) -> None:
        """What the site did, and what was asked of feedsvc meanwhile."""
        site = self.site
        samples = [
            one for one in sample_articles(day(2, "08:50")) if one.status is not Status.UNKNOWN
        ]
        recent = [one for one in samples if one.published_at.year == 2026]
        chosen = [one for place, one in enumerate(recent) if place % 4 == 0 or one.status.locked][
            :17
        ]
        for article in (*chosen, *(one for one in samples if one.id in (117013, 93885))):
            site.publish(_complete(article))
        self.poll(day(2, "09:00"))
        for number, month in enumerate((8, 8, 9, 9, 10, 10), 160_001):
            at = datetime(2026, month, 3 + number % 20, 10, 15, number % 60, tzinfo=KST)
            site.publish(piece(number, at, sections=("068000",)))
        self.command(day(2, "09:30"), "backfill", "--since", "2019-01-01")

        for number in (167_001, 167_002, 167_003):
            site.publish(piece(number, day(3, "08:30"), sections=("068000", "083000")))
        site.publish(piece(167_004, day(3, "08:40"), status=Status.MEMBERS_ONLY, teaser=1))
        site.publish(piece(167_005, day(3, "08:45"), status=Status.SOON_FREE, teaser=1))
        self.poll(day(3, "09:00"))

        site.edit(167_001, title="한빛전자 새 공장 착공, 반년 늦춘다")
        site.edit(
            167_002,
            body=(*site.article(167_002).body[:3], "<p>노조는 증설에 반대한다고 밝혔다.</p>"),
        )
        self.poll(day(3, "14:00"))
        first = site.article(167_001)
        site.edit(
            167_001,
            body=("<p>착공식은 내년 봄으로 미뤄졌다.</p>", *first.body[1:]),
            subtitle="자금 사정 탓",
        )
        released = next(one.id for one in chosen if one.status is Status.SOON_FREE)
        site.release(released)
        self.poll(day(4, "09:00"))
        site.edit(167_001, title="한빛전자 새 공장, 내년 봄 착공")
        locked = next(one.id for one in chosen if one.status is Status.MEMBERS_ONLY)
        site.edit(locked, title=site.article(locked).title + " (종합)")
        self.poll(day(4, "15:00"))

        site.delete(167_003, 404)
        twin = site.article(167_002)
        site.publish(
            piece(
                167_010, day(5, "08:00"), title=twin.title, subtitle=twin.subtitle, body=twin.body
            )
        )
        site.release(167_005)
        self.poll(day(5, "09:00"))
        self.command(day(5, "18:00"), "refresh", "167003", code=4)
        self.command(day(6, "20:00"), "refresh", "167003")
        self.command(day(7, "20:00"), "refresh", "--locked")
        for number in range(167_011, 167_015):
            site.publish(piece(number, day(9 + number % 9, "07:00"), sections=("083000",)))
        self.poll(day(19, "09:00"))
        self.command(day(19, "12:00"), "rebuild")
        site.release(locked)
        self.poll(day(20, "09:00"))
        last = self.poll(day(20, "09:30"))
        assert last["published"] == [], last
        self.command(day(20, "09:40"), "archive", "verify")

    def record(self) -> recorded.Answers:
        """What the site answers at this time."""
        found: recorded.Answers = {}
        targets = ["/robots.txt", "/categories"]
        for code in ("", "/068000", "/083000"):
            targets += [f"/categories{code}"]
            targets += [f"/categories{code}?page={page}" for page in range(1, 6)]
        kept = {int(path.stem) for path in self.folder.glob("archive/articles/*/*.json")}
        targets += [f"/articles/{number}" for number in sorted(kept | {167_003, 167_020})]
        for path in self.folder.glob("archive/articles/*/*.json"):
            for image in json.loads(path.read_text("utf-8"))["images"]:
                if image["url"].startswith(self.site.base_url):
                    targets.append(image["url"].removeprefix(self.site.base_url))
        for target in dict.fromkeys(targets):
            for who, headers in (("", ()), ("member ", (("Cookie", recorded.COOKIE),))):
                answer = self.site.respond("GET", target, headers)
                told = answer.status, answer.header("content-type") or "", answer.body
                if not who or told != found[target]:
                    found[who + target] = told
        return found


def main(out: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        weeks = Weeks(Path(name))
        (weeks.folder / "config.yaml").write_text(CONFIG, "utf-8")
        weeks.site.start(recorded.PORT)
        try:
            weeks.live()
            weeks.now = day(20, "10:00")
            now = weeks.record()
            weeks.site.publish(
                piece(167_020, day(20, "09:50"), title="한빛전자, 공장 세 곳 더 짓는다")
            )
            later = {
                target: answer
                for target, answer in weeks.record().items()
                if now.get(target) != answer
            }
        finally:
            weeks.site.stop()
        recorded.dump(weeks.folder / "site.json", {"now": now, "later": later})
        with tarfile.open(out, "w:xz", preset=9, format=tarfile.PAX_FORMAT) as tar:
            for path in sorted(weeks.folder.rglob("*")):
                tar.add(path, path.relative_to(weeks.folder), recursive=False, filter=_anonymous)
    print(out, out.stat().st_size)


def _anonymous(found: tarfile.TarInfo) -> tarfile.TarInfo:
    found.uid = found.gid = 0
    found.uname = found.gname = ""
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
