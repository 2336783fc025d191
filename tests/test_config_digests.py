"""feeds.digests: what it takes, and what it refuses in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc import config
from feedsvc.errors import ConfigError

HEAD = """\
sections:
  - {name: industry, title: 산업, code: "068000"}
feeds:
  custom:
    - {name: hynix, title: SK하이닉스, any: [하이닉스]}
  digests:
"""


def loaded(folder: Path, *digests: str) -> config.Config:
    path = folder / "config.yaml"
    path.write_text(HEAD + "".join(f"    - {{{one}}}\n" for one in digests), "utf-8")
    return config.load(path, {})


def test_what_the_contract_shows(tmp_path: Path) -> None:
    (digest,) = loaded(
        tmp_path,
        'name: morning, title: 아침 브리핑, feeds: [all], at: "08:00",'
        " days: [mon, tue, wed, thu, fri]",
    ).feeds.digests
    assert digest == config.DigestConfig(
        name="morning", title="아침 브리핑", at="08:00", days=("mon", "tue", "wed", "thu", "fri")
    )


def test_any_feed_of_articles_and_every_day(tmp_path: Path) -> None:
    one, other = loaded(
        tmp_path,
        'name: a, title: a, feeds: [hynix, industry, all, released, revised], at: "00:00"',
        'name: b, title: b, at: "23:59"',
    ).feeds.digests
    assert one.days == other.days == config.DAYS
    assert other.feeds == ("all",)


GOOD = "name: d, title: d"


@pytest.mark.parametrize(
    ("digest", "told"),
    [
        (GOOD, "feeds.digests[0].at: is missing"),
        (f"{GOOD}, at: 22:22", 'feeds.digests[0].at: wanted text, but this is a number to YAML: '
         'quote it ("22:22")'),
        (f'{GOOD}, at: "24:00"', "at: wanted a time of the day in quotation marks"),
        (f'{GOOD}, at: "8:00"', 'such as "08:00", not \'8:00\''),
        (f'{GOOD}, at: "08:00", days: [mo]', "days[0]: wanted mon, tue, wed"),
        (f'{GOOD}, at: "08:00", days: [mon, mon]', "one at least and each once"),
        (f'{GOOD}, at: "08:00", days: []', "one at least and each once"),
        (f'{GOOD}, at: "08:00", feeds: []', "wanted a list of feeds, such as [all]"),
        (f'{GOOD}, at: "08:00", feeds: [all, all]', "one at least and each once"),
        (f'{GOOD}, at: "08:00", feeds: [hynx]', "no feed of articles is named 'hynx'; did you mean "
         "'hynix'?"),
        (f'{GOOD}, at: "08:00", feeds: [status]', "no feed of articles is named 'status'"),
        (f'{GOOD}, at: "08:00", feeds: [d]', "no feed of articles is named 'd'"),
        ('name: hynix, title: d, at: "08:00"', "'hynix' is used twice, first in line 5"),
        ('name: all, title: d, at: "08:00"', "is taken"),
        (f'{GOOD}, at: "08:00", day: [mon]', "unknown key; did you mean 'days'?"),
    ],
)  # fmt: skip
def test_refused(tmp_path: Path, digest: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, digest)
    assert told in str(caught.value)
    assert ":7: " in str(caught.value)
