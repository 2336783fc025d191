"""config.yaml: what it gives, and what it refuses in which words."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from feedsvc import config
from feedsvc.config import Config, HttpConfig, S3Config, SectionConfig
from feedsvc.errors import ConfigError
from feedsvc.site import KST

Load = Callable[..., Config]
Refuse = Callable[..., str]

SECTION = '{name: industry, title: 산업, code: "068000"}'


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(text: str, **environ: str) -> Config:
        path = tmp_path / "config.yaml"
        path.write_text(text, "utf-8")
        return config.load(path, environ)

    return load


@pytest.fixture
def refuse(tmp_path: Path, load: Load) -> Refuse:
    """The one line that a text is refused with, without the folder's name."""

    def refuse(text: str, **environ: str) -> str:
        with pytest.raises(ConfigError) as caught:
            load(text, **environ)
        assert caught.value.exit_code == 2
        line = str(caught.value)
        assert "\n" not in line
        return line.removeprefix(f"{tmp_path}{os.sep}")

    return refuse


# What a file gives


def test_the_default_file_gives_the_defaults(load: Load, tmp_path: Path) -> None:
    """The models and the commented file say the same, key by key."""
    given, plain = load(config.default_text()), Config()
    same = given.model_copy(update={"sections": (), "archive": plain.archive, "feeds": plain.feeds})
    assert same.model_dump() == plain.model_dump()
    assert given.archive.path == tmp_path / "archive"
    assert given.feeds.path == tmp_path / "public"
    assert given.feeds.model_copy(update={"path": plain.feeds.path}) == plain.feeds


@pytest.mark.parametrize("written", ["off", '"off"', "propose", "adopt"])
def test_relearn_is_taken_as_the_pages_write_it(load: Load, written: str) -> None:
    """Where YAML would have an unquoted ``off`` for a switch."""
    given = load(f"site:\n  relearn: {written}\nsections:\n  - {{name: all-of-it, title: 전체}}\n")
    assert given.site.relearn == written.strip('"')


def test_the_default_file_polls_the_five_sections(load: Load) -> None:
    sections = load(config.default_text()).sections
    assert [(section.name, section.title, section.code) for section in sections] == [
        ("industry", "산업", "068000"),
        ("finance", "금융", "083000"),
        ("securities", "증권", "089000"),
        ("mna", "인수합병", "080000"),
        ("alternative", "대체투자·PEF·VC", "075000"),
    ]
    assert {section.every for section in sections} == {timedelta(minutes=10)}


def test_the_commented_examples_of_the_default_file_work(load: Load) -> None:
    text = config.default_text().replace("custom: []  ", "custom:  ")
    text = text.replace("notify: []  ", "notify:  ")
    text = text.replace("digests: []  ", "digests:  ")
    lines = text.replace("s3: null  ", "s3:  ").splitlines()
    text = "\n".join(
        line.replace("# ", "", 1) if line.startswith("  #") else line for line in lines
    )
    given = load(text, S3_ACCESS_KEY="key", S3_SECRET_KEY="secret", TELEGRAM="tgram://1/2")
    assert [(one.called, one.feed, one.to, one.run) for one in given.notify] == [
        ("hynix-telegram", "hynix", "tgram://1/2", None),
        ("hynix", "hynix", None, ("./summarise.sh",)),
    ]
    assert given.feeds.s3 is not None
    assert given.feeds.s3.bucket == "news"
    assert given.sections[-3:] == (
        SectionConfig(name="everything", title="전체 기사"),
        SectionConfig(name="nexon", title="넥슨", search="넥슨"),
        SectionConfig(name="flash", title="속보", newsflash=True),
    )
    assert given.feeds.custom[0].any == ("SK하이닉스", "하이닉스")
    assert given.feeds.custom[0].sections == ("industry",)
    assert given.feeds.digests[0].at == "08:00"


def test_every_kind_of_value_is_read(load: Load) -> None:
    given = load(
        """
site: {base_url: "http://127.0.0.1:9000/", timezone: Asia/Tokyo, aliases: [],
       selectors: {title: h1, before: {title: h2}}}
sections:
  - {name: a-1, title: 가, every: auto}
  - {name: b, title: 나, code: "075033", every: 1m}
http: {user_agent: me, transport: curl, delay: 0s, timeout: 1s, retries: 0, max_size: 500KB,
       robots: false, cookie: "a=b; c=d"}
catch_up: {pages: 1}
access: {recheck_for: 2h}
archive: {path: ../kept, raw: false, images: true}
feeds:
  path: /srv/feeds
  base_url: https://example.com/news
  entries: 1000
  max_size: 100MB
  locked: hide
  hub: https://hub.example.com/?a=b
  formats: [json]
  s3: {endpoint: "http://127.0.0.1:1", bucket: news, prefix: /a/b/, access_key: k, secret_key: s}
  custom:
    - {name: c, title: 다, all: [가], none: [나], search: "다 라", reporters: [김], access: [open]}
server: {host: 0.0.0.0, port: 0, tokens: [abc]}
"""
    )
    assert given.sections[0].every == "auto"
    assert given.sections[0].code is None
    assert given.sections[1].every == timedelta(minutes=1)
    assert given.http == HttpConfig(
        user_agent="me",
        transport="curl",
        delay=timedelta(0),
        timeout=timedelta(seconds=1),
        retries=0,
        max_size=500_000,
        robots=False,
        cookie="a=b; c=d",
    )
    assert given.access.recheck_for == timedelta(hours=2)
    assert given.feeds.path == Path("/srv/feeds")
    assert given.feeds.base_url == "https://example.com/news/"
    assert given.feeds.max_size == 100_000_000
    assert given.feeds.s3 == S3Config(
        endpoint="http://127.0.0.1:1",
        bucket="news",
        prefix="a/b",
        region="us-east-1",
        access_key="k",
        secret_key="s",
    )
    assert given.feeds.custom[0].search == "다 라"
    assert given.server.tokens == ("abc",)


def test_paths_are_relative_to_the_file(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir("/")
    given = load("archive: {path: ../kept}\nfeeds: {path: ~/feeds}")
    assert given.archive.path == tmp_path.parent / "kept"
    assert given.feeds.path == home / "feeds"
    (tmp_path / "config.yaml").write_text("http: {retries: 1}")
    monkeypatch.chdir(tmp_path)
    assert config.load(Path("config.yaml"), {}).archive.path == tmp_path / "archive"


def test_the_site_is_made_of_its_part(load: Load) -> None:
    site = load("site: {base_url: https://dealsite.co.kr/, aliases: [Old.example]}").site_of()
    assert site.base_url == "https://dealsite.co.kr"
    assert site.hosts == {"dealsite.co.kr", "old.example"}
    assert site.tz is KST
    elsewhere = load("site: {timezone: Europe/Berlin}").site_of()
    assert datetime(2026, 7, 1, tzinfo=elsewhere.tz).utcoffset() == timedelta(hours=2)


def test_the_environment_gives_texts_numbers_and_switches(load: Load) -> None:
    given = load(
        "http:\n  cookie: sid=${SID}\n  retries: ${RETRIES}\n  robots: ${ROBOTS}\n"
        "  delay: ${DELAY}\nserver:\n  tokens: ['${A}${B}']\nfeeds:\n  title: ${TITLE}",
        SID="1",
        RETRIES="7",
        ROBOTS="False",
        DELAY="5s",
        A="x",
        B="y",
        TITLE="075033",
    )
    assert given.http.cookie == "sid=1"
    assert given.http.retries == 7
    assert given.http.robots is False
    assert given.http.delay == timedelta(seconds=5)
    assert given.server.tokens == ("xy",)
    assert given.feeds.title == "075033"


def test_a_value_of_the_environment_is_not_replaced_again(load: Load) -> None:
    assert load("feeds:\n  title: ${A}", A="${B}", B="x").feeds.title == "${B}"


def test_anchors_and_merges_work(load: Load) -> None:
    given = load(
        "sections:\n"
        "  - &base {name: a, title: 가, every: 5m}\n"
        "  - {<<: *base, name: b}\n"
        "feeds: {title: &title 신문}\n"
    )
    assert [(section.name, section.every) for section in given.sections] == [
        ("a", timedelta(minutes=5)),
        ("b", timedelta(minutes=5)),
    ]


def test_null_stands_where_the_contract_has_it(load: Load) -> None:
    given = load(
        "http: {user_agent: null, cookie: }\n"
        "feeds: {hub: null, s3: ~, custom: [{name: a, title: 가, search: null}]}"
    )
    assert given.http.cookie is None
    assert given.feeds.s3 is None


def test_a_file_written_by_a_program_is_read(load: Load) -> None:
    """YAML writers leave "068000" bare: with its 8 it is no octal number, so text."""
    codes = ["068000", "083000", "089000", "080000", "075000", "075033", "080057"]
    sections = [{"name": f"s{code}", "title": "가", "code": code} for code in codes]
    text = yaml.safe_dump({"sections": sections}, allow_unicode=True)
    assert "code: 068000" in text
    assert [section.code for section in load(text).sections] == codes


def test_a_byte_order_mark_and_decomposed_hangul_are_understood(load: Load) -> None:
    assert load("\ufefffeeds: {title: \u1112\u1161\u11ab}").feeds.title == "한"


# What a file is refused for


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("http:\n  dealy: 2s", "config.yaml:2: http.dealy: unknown key; did you mean 'delay'?"),
        ("sectoins: []", "config.yaml:1: sectoins: unknown key; did you mean 'sections'?"),
        (
            "feeds: {xyz: 1}",
            "config.yaml:1: feeds.xyz: unknown key; the nearest is 'max_size', of path, base_url, "
            "title, entries, max_size, locked, hub, formats, s3, custom, digests",
        ),
        ("\ndelay: 2s", "config.yaml:2: delay: unknown key; did you mean 'http.delay'?"),
        (
            f"sections:\n  - {SECTION}\n  - name: b\n    titel: 나\n    title: 나",
            "config.yaml:4: sections[1].titel: unknown key; did you mean 'title'?",
        ),
        (
            "feeds:\n  custom:\n    - name: b\n      title: 나\n      anny: [x]",
            "config.yaml:5: feeds.custom[0].anny: unknown key; did you mean 'any'?",
        ),
        (
            "catch_up: {zzz: 1}",
            "config.yaml:1: catch_up.zzz: unknown key; the nearest is 'pages', of pages",
        ),
        ("archive:\n  raw: 'yes'", "config.yaml:2: archive.raw: wanted true or false, not 'yes'"),
        ("http: {robots: 1}", "config.yaml:1: http.robots: wanted true or false, not '1'"),
        ("http: {retries: 1.5}", "config.yaml:1: http.retries: wanted a whole number, not '1.5'"),
        ("http: {retries: true}", "config.yaml:1: http.retries: wanted a whole number, not 'true'"),
        ("server: {port: '80'}", "config.yaml:1: server.port: wanted a whole number, not '80'"),
        (
            "catch_up: {pages: 2024-99-99}",
            "config.yaml:1: catch_up.pages: wanted a whole number, not '2024-99-99'",
        ),
        ("http: 5", "config.yaml:1: http: wanted a mapping of keys to values, not '5'"),
        ("http: [1]", "config.yaml:1: http: wanted a mapping of keys to values"),
        ("sections: {a: b}", "config.yaml:1: sections: wanted a list"),
        ("site: {aliases: a}", "config.yaml:1: site.aliases: wanted a list, not 'a'"),
        ("feeds: {s3: a}", "config.yaml:1: feeds.s3: wanted a mapping of keys to values"),
        (
            "feeds: {s3: {bucket: A_b, access_key: a, secret_key: b}}",
            "config.yaml:1: feeds.s3.bucket: wanted a bucket's name: 3 to 63 of a-z 0-9 - and .",
        ),
        (
            "feeds: {s3: {bucket: abc, prefix: ../x, access_key: a, secret_key: b}}",
            "config.yaml:1: feeds.s3.prefix: wanted a path such as news/feeds, of letters,"
            " digits, - _ . and /",
        ),
        ("archive: {path: 5}", "config.yaml:1: archive.path: wanted a folder's path, not '5'"),
        ("archive: {path: ''}", "config.yaml:1: archive.path: wanted a folder's path"),
        (
            "feeds: {title: 2024}",
            "config.yaml:1: feeds.title: wanted text, but this is a number to YAML: "
            'quote it ("2024")',
        ),
        (
            "feeds: {title: on}",
            "config.yaml:1: feeds.title: wanted text, but this is a switch to YAML: "
            'quote it ("on")',
        ),
        ("http:", "config.yaml:1: http: is empty; give a value, or leave the key out"),
        (
            "feeds:\n  title:\n",
            "config.yaml:2: feeds.title: is empty; give a value, or leave the key out",
        ),
        ("sections:\n  - name: a", "config.yaml:2: sections[0].title: is missing"),
        (
            "http: {transport: ftp}",
            "config.yaml:1: http.transport: wanted auto, requests or curl, not 'ftp'",
        ),
        ("feeds: {locked: no}", "config.yaml:1: feeds.locked: wanted flag or hide, not 'no'"),
        (
            "feeds: {formats: [xml]}",
            "config.yaml:1: feeds.formats[0]: wanted rss, atom or json, not 'xml'",
        ),
    ],
)
def test_unknown_keys_and_wrong_types(refuse: Refuse, text: str, line: str) -> None:
    assert refuse(text) == line


DURATION = "wanted a duration such as 90s, 10m, 2h or 14d"
EVERY = f"sections[0].every: {DURATION}, or auto, not '10'; did you mean '10m'?"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("http: {delay: 5}", f"http.delay: {DURATION}, not '5'; did you mean '5s'?"),
        ("sections: [{name: a, title: b, every: 10}]", EVERY),
        ("http: {delay: 0}", f"http.delay: {DURATION}, not '0'; did you mean '0s'?"),
        ("http: {delay: 1.5s}", f"http.delay: {DURATION}, not '1.5s'"),
        ("http: {delay: -1s}", f"http.delay: {DURATION}, not '-1s'"),
        ("http: {delay: 10 minutes}", f"http.delay: {DURATION}, not '10 minutes'"),
        ("http: {delay: ١s}", f"http.delay: {DURATION}, not '١s'"),
        ("http: {timeout: 0s}", "http.timeout: must be at least 1s"),
        ("access: {recheck_for: 99999d}", "access.recheck_for: must be 36500d at most"),
        ("sections: [{name: a, title: 가, every: 59s}]", "sections[0].every: must be at least 1m"),
        (
            "sections: [{name: a, title: 가, every: often}]",
            f"sections[0].every: {DURATION}, or auto, not 'often'",
        ),
        ("http: {max_size: 5}", "http.max_size: wanted a size such as 500KB or 5MB, not '5'"),
        ("http: {max_size: 5M}", "http.max_size: wanted a size such as 500KB or 5MB, not '5M'"),
        ("http: {max_size: 0MB}", "http.max_size: must be at least 1B"),
        ("feeds: {max_size: 101MB}", "feeds.max_size: must be at most 100MB"),
        ("feeds: {entries: 0}", "feeds.entries: must be at least 1"),
        ("feeds: {entries: 1001}", "feeds.entries: must be at most 1000"),
        ("http: {retries: -1}", "http.retries: must be at least 0"),
        ("catch_up: {pages: 0}", "catch_up.pages: must be at least 1"),
        ("server: {port: 65536}", "server.port: must be at most 65535"),
        ("server: {port: -1}", "server.port: must be at least 0"),
        (
            "feeds: {formats: []}",
            "feeds.formats: wanted a list of rss, atom and json, one at least and each once",
        ),
        (
            "feeds: {formats: [rss, rss]}",
            "feeds.formats: wanted a list of rss, atom and json, one at least and each once",
        ),
        (
            "site: {timezone: Asia/Soul}",
            "site.timezone: wanted a time zone's name such as Asia/Seoul, not 'Asia/Soul'",
        ),
        (
            "site: {timezone: ../etc}",
            "site.timezone: wanted a time zone's name such as Asia/Seoul, not '../etc'",
        ),
        (
            "site: {base_url: dealsite.co.kr}",
            "site.base_url: wanted an address that begins with http:// or https://, "
            "not 'dealsite.co.kr'",
        ),
        (
            "site: {base_url: 'https://a.kr:x'}",
            "site.base_url: wanted an address that begins with http:// or https://, "
            "not 'https://a.kr:x'",
        ),
        (
            "feeds: {base_url: 'https://a.kr/?token=x'}",
            "feeds.base_url: wanted an address without user, query or fragment, "
            "not 'https://a.kr/?token=x'",
        ),
        (
            "site: {aliases: ['https://a.kr']}",
            "site.aliases[0]: wanted a host's name, without http:// and path, not 'https://a.kr'",
        ),
        ("feeds: {title: ' '}", "feeds.title: must not be empty"),
        (
            "http: {user_agent: 신문}",
            "http.user_agent: must be one line of ASCII text: it is sent as a header",
        ),
        (
            "http: {user_agent: ''}",
            "http.user_agent: must not be empty; null or leaving it out is the default",
        ),
    ],
)
def test_values_out_of_range(refuse: Refuse, text: str, message: str) -> None:
    assert refuse(text) == f"config.yaml:1: {message}"


@pytest.mark.parametrize("code", ["075033", "075000", "0o75033", "123456", "1.5", "0x12ab"])
def test_a_code_that_yaml_takes_for_a_number_is_to_be_quoted(refuse: Refuse, code: str) -> None:
    text = f"sections:\n  - name: a\n    title: 가\n    code: {code}"
    line = refuse(text)
    assert line.startswith("config.yaml:4: sections[0].code: wanted ")
    assert "quot" in line
    assert code in line


@pytest.mark.parametrize("code", ["06800", "0680000", "06800a", "٠٦٨٠٠٠", ""])
def test_a_code_has_six_digits(refuse: Refuse, code: str) -> None:
    line = refuse(f'sections: [{{name: a, title: 가, code: "{code}"}}]')
    assert line.startswith("config.yaml:1: sections[0].code: wanted six digits")


def test_an_empty_code_is_no_page_of_all_articles(refuse: Refuse) -> None:
    assert refuse("sections: [{name: a, title: 가, code: }]").endswith(
        "sections[0].code: is empty; leave the key out for the page of all articles"
    )


@pytest.mark.parametrize("name", ["Industry", "a b", "산업", "a/b", "..", "a.b", ""])
def test_a_name_is_fit_for_a_file(refuse: Refuse, name: str) -> None:
    line = refuse(f'sections: [{{name: "{name}", title: 가}}]')
    assert line.startswith("config.yaml:1: sections[0].name: wanted a name of the characters")


@pytest.mark.parametrize("name", config.TAKEN_NAMES)
def test_taken_names_are_refused(refuse: Refuse, name: str) -> None:
    assert "sections[0].name: is taken" in refuse(f"sections: [{{name: {name}, title: 가}}]")
    custom = refuse(f"feeds: {{custom: [{{name: {name}, title: 가}}]}}")
    assert "feeds.custom[0].name: is taken" in custom


def test_the_taken_names_are_the_contracts() -> None:
    assert set(config.TAKEN_NAMES) == {
        *("all", "released", "revised", "status", "feeds", "index", "archive", "articles"),
        *("search", "healthz", "metrics"),
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            f"sections:\n  - {SECTION}\n  - {SECTION}",
            "config.yaml:3: sections[1].name: 'industry' is used twice, first in line 2",
        ),
        (
            f"sections:\n  - {SECTION}\nfeeds:\n  custom:\n  - {{name: industry, title: 가}}",
            "config.yaml:5: feeds.custom[0].name: 'industry' is used twice, first in line 2",
        ),
        (
            f"sections:\n  - {SECTION}\nfeeds:\n  custom:\n"
            "  - {name: b, title: 가, sections: [industri]}",
            "config.yaml:5: feeds.custom[0].sections[0]: no section is named 'industri'; "
            "did you mean 'industry'?",
        ),
        (
            "feeds: {custom: [{name: b, title: 가, access: [locked]}]}",
            "config.yaml:1: feeds.custom[0].access[0]: is no access status; wanted one of "
            "open, plus-first, soon-free, members-only, plus-only, unknown",
        ),
        (
            "http:\n  delay: 1s\n  retries: 1\n  delay: 2s",
            "config.yaml:4: http.delay: given twice, first in line 2",
        ),
        ("http: {}\nhttp: {}", "config.yaml:2: http: given twice, first in line 1"),
    ],
)
def test_what_is_used_twice_or_not_there(refuse: Refuse, text: str, line: str) -> None:
    assert refuse(text) == line


@pytest.mark.parametrize("paths", [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("a", ".")])
def test_archive_and_feeds_lie_apart(refuse: Refuse, paths: tuple[str, str]) -> None:
    archive, feeds = paths
    line = refuse(f"archive: {{path: {archive}}}\nfeeds:\n  path: {feeds}")
    assert line.startswith("config.yaml:3: feeds.path: archive.path and feeds.path must not")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\nhttp: [1", "config.yaml:3: not valid YAML: "),
        ("http:\n  a: b: c", "config.yaml:2: not valid YAML: mapping values are not allowed"),
        ("site:\n\tbase_url: a", "config.yaml:2: not valid YAML: found character"),
        ("http: {}\n---\nhttp: {}", "config.yaml:2: not valid YAML: "),
        ("http: &a [*a]", "config.yaml:1: http[0]: holds itself"),
        ("http: !env A", "config.yaml:1: http: YAML tags (!) are not understood here"),
        ("- a", "config.yaml:1: wanted keys such as site: and sections:"),
        ("a", "config.yaml:1: wanted keys such as site: and sections:"),
        ("? [a]\n: b", "config.yaml:1: a key must be text"),
        ("http:\n  <<: 5", "config.yaml:2: http.<<: wanted an alias of a mapping"),
        ("\n\nfeeds: \x07", "config.yaml:3: control character U+0007"),
        ("a: " + "[" * 5000 + "]" * 5000, "config.yaml:1: nested too deep"),
    ],
)
def test_what_is_no_yaml(refuse: Refuse, text: str, line: str) -> None:
    assert refuse(text).startswith(line)


def test_several_faults_show_the_first_and_their_number(refuse: Refuse) -> None:
    line = refuse("server: {port: no}\nhttp:\n  cookie: ${NO}\n  dealy: 1s\nfeeds: {entries: 0}")
    assert line == (
        "config.yaml:1: server.port: wanted a whole number, not 'no' (and 3 more after it)"
    )


def test_a_long_value_is_cut(refuse: Refuse) -> None:
    assert refuse(f"http: {{delay: {'x' * 500}}}").endswith(f"not '{'x' * 59}…'")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n"])
def test_an_empty_file(refuse: Refuse, text: str) -> None:
    assert refuse(text).startswith("config.yaml: is empty; `feedsvc init` writes")


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file; `feedsvc init` writes one"):
        config.load(tmp_path / "config.yaml", {})
    with pytest.raises(ConfigError, match="is a folder"):
        config.load(tmp_path, {})


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"feeds:\n  title: " + "딜사이트".encode("cp949"))
    with pytest.raises(ConfigError, match=r"config\.yaml:2: not UTF-8; save the file as UTF-8"):
        config.load(path, {})


# The environment and secrets


def test_a_missing_variable_is_named(refuse: Refuse) -> None:
    assert refuse("http:\n  cookie: ${DEALSITE_COOKIE}") == (
        "config.yaml:2: http.cookie: environment variable DEALSITE_COOKIE is not set; set it "
        "(export DEALSITE_COOKIE=…, or where the service gets its environment) or take "
        "${DEALSITE_COOKIE} out"
    )


@pytest.mark.parametrize("text", ["${}", "${A-B}", "${A", "${A:-b}"])
def test_a_variable_has_a_name(refuse: Refuse, text: str) -> None:
    line = refuse(f"http:\n  cookie: '{text}'", A="x")
    assert line == "config.yaml:2: http.cookie: ${ must be followed by a variable's name and }"


SECRET = "s3cr3t-9f8e"


@pytest.mark.parametrize(
    "text",
    [
        "http:\n  cookie: [{S}]",
        "http:\n  cookie: ' '\n  user_agent: [{S}]",
        "http:\n  cookie: '{S}\u00e9'",
        "http:\n  cookie: *{S}",
        "http:\n  cookie: !{S} a",
        "http:\n  cookie: !{S}!x a",
        "http:\n  cookie: '{S}",
        "http:\n  cookie: @{S}",
        "http:\n  cookie: a: {S}",
        "http:\n  cookie: '${{{S}'",
        "http:\n  cookie: '${{E}}\u00e9'",
        "server:\n  tokens: {S}",
        "server:\n  tokens: ['{S} x']",
        "server:\n  tokens: ['${{E}} x']",
        "server:\n  tokens: [[{S}]]",
        "feeds:\n  s3: {S}",
        "feeds:\n  s3: {{key: [{S}]}}",
        "feeds:\n  s3: {{secret_key: [{S}]}}",
        "feeds:\n  s3: {{bucket: news, access_key: '{S} x', secret_key: '{S} x'}}",
        # An address, or what holds it, in the place of something else.
        "notify: 'json://{S}'",
        "notify:\n  - json://{S}",
        "notify:\n  - {{feed: 'json://{S}', run: [x]}}",
        "notify:\n  - {{feed: '${{E}}', run: [x]}}",
        "notify:\n  - {{feed: all, run: [x]}}\n  - {{name: all, feed: all, 'json://{S}': x}}",
        "feeds:\n  digests:\n    - {{name: m, title: t, feeds: ['${{E}}'], at: '08:00'}}",
        "http: '{S}'",
        "server: '{S}'",
        "feeds:\n  hub: '{S}@x'",
        "site:\n  base_url: https://me:{S}@dealsite.co.kr",
        "server:\n  port: ${{E}}",
        "server:\n  host: ${{E}}/",
    ],
)
def test_no_secret_stands_in_a_message(load: Load, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text.format(S=SECRET), E=SECRET)
    error: BaseException | None = caught.value
    while error is not None:
        assert SECRET not in str(error)
        assert SECRET not in repr(error)
        error = error.__cause__


def test_a_secret_that_yaml_takes_for_a_number_is_not_shown(refuse: Refuse) -> None:
    line = refuse("http: {cookie: 9876543210}")
    assert "quote it" in line
    assert "9876543210" not in line


def test_no_secret_stands_in_a_repr(load: Load) -> None:
    given = load(
        f"http: {{cookie: {SECRET}}}\nserver: {{tokens: [{SECRET}]}}\n"
        f"feeds: {{s3: {{bucket: news, access_key: a, secret_key: {SECRET}}}}}"
    )
    assert given.http.cookie == given.server.tokens[0] == SECRET
    assert given.feeds.s3 is not None
    assert given.feeds.s3.secret_key == SECRET
    assert SECRET not in repr(given)
    assert SECRET not in str(given)


@pytest.mark.parametrize("cookie", ["a\r\nX: y", "", "  "])
def test_a_cookie_that_cannot_be_a_header_is_refused(refuse: Refuse, cookie: str) -> None:
    assert "http.cookie: must" in refuse("http:\n  cookie: ${C}", C=cookie)


def test_an_empty_token_would_open_the_door(refuse: Refuse) -> None:
    assert "server.tokens[0]: a token" in refuse("server:\n  tokens:\n    - ${T}", T="")


# What programs ask for


def test_find_takes_the_option_then_the_environment_then_the_folder() -> None:
    environ = {"FEEDSVC_CONFIG": "/etc/feedsvc.yaml"}
    assert config.find(Path("a.yaml"), environ) == Path("a.yaml")
    assert config.find(None, environ) == Path("/etc/feedsvc.yaml")
    assert config.find(None, {"FEEDSVC_CONFIG": ""}) == Path("config.yaml")
    assert config.find(None, {}) == Path("config.yaml")


def test_a_program_may_make_parts_and_is_held_to_the_same_ranges() -> None:
    assert HttpConfig(delay=timedelta(0), max_size=50).max_size == 50
    with pytest.raises(ValidationError, match="at least 1s"):
        HttpConfig(timeout=timedelta(0))
    with pytest.raises(ValidationError, match="frozen"):
        HttpConfig().retries = 5


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("90s", 90), ("10m", 600), ("2h", 7200), ("14d", 1209600)]
)
def test_duration(text: str, seconds: int) -> None:
    assert config.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "s", "1 h", "1h30m", "-1s", "1w", "10M", "1e3s"])
def test_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="wanted a duration"):
        config.duration(text)


@pytest.mark.parametrize(
    ("text", "size"), [("1B", 1), ("500KB", 500_000), ("5MB", 5_000_000), ("1GB", 10**9)]
)
def test_size(text: str, size: int) -> None:
    assert config.size(text) == size


@pytest.mark.parametrize("text", ["", "5", "5M", "5 MB", "5mb", "1.5MB", "-1MB", "5MiB"])
def test_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="wanted a size"):
        config.size(text)


def test_yaml_without_its_c_library_reads_the_same(tmp_path: Path) -> None:
    """PyYAML may be installed without libyaml; its messages differ, not their form."""
    path = tmp_path / "config.yaml"
    path.write_text(config.default_text() + "\nhttp:\n  cookie: *s3cr3t\n", "utf-8")
    program = (
        "import sys, yaml, pathlib\n"
        "del yaml.CSafeLoader\n"
        "from feedsvc import config\n"
        "from feedsvc.config import source\n"
        "assert source._Loader is yaml.SafeLoader\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "try: config.load(path)\n"
        "except config.load.__globals__['ConfigError'] as error: print(error)\n"
        "path.write_text(config.default_text())\n"
        "print(len(config.load(path).sections))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    first, second = done.stdout.splitlines()
    assert "not valid YAML: found undefined alias" in first
    assert "s3cr3t" not in first
    assert second == "5"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("code: '068000', search: 넥슨", "sections[0].search"),
        ("search: 넥슨, newsflash: true", "sections[0].newsflash"),
        ("newsflash: true, code: '068000'", "sections[0].newsflash"),
    ],
)
def test_a_section_is_one_list_of_the_site(refuse: Refuse, given: str, line: str) -> None:
    told = refuse(f"sections: [{{name: a, title: b, {given}}}]")
    assert told.startswith(f"config.yaml:1: {line}: give one of code, search and newsflash")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("", "/categories?page=2"),
        ("newsflash: false", "/categories?page=2"),
        ("code: '068000', newsflash: false", "/categories/068000?page=2"),
        ("newsflash: true", "/newsflash/?page=2"),
        (
            "search: 'M&A 넥슨'",
            "/search/?LIKE=M%26A+%EB%84%A5%EC%8A%A8&SEARCHFIELD=TITLE_CONTENT&page=2",
        ),
    ],
)
def test_where_a_section_stands(load: Load, given: str, path: str) -> None:
    comma = ", " if given else ""
    config = load(f"sections: [{{name: a, title: b{comma}{given}}}]")
    (section,) = config.sections
    assert section.url(config.site_of(), 2) == f"https://dealsite.co.kr{path}"
    assert section.holds_all == path.startswith("/categories?")


# Notices


NOTICES = (
    f"sections: [{SECTION}]\nfeeds: {{custom: [{{name: hynix, title: SK, any: [SK]}}]}}\nnotify:\n"
)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("- {feed: all}", "notify[0]: give one of to and run"),
        ("- {feed: all, to: json://a, run: [b]}", "notify[0]: give one of to and run"),
        ("- {to: json://a}", "notify[0].feed: is missing"),
        (
            "- {feed: hynx, to: json://a}",
            "notify[0].feed: no feed is named 'hynx'; did you mean 'hynix'?",
        ),
        (
            "- {feed: 가, to: json://a}",
            "notify[0].feed: no feed is named '가'; there are all, released, revised, status, "
            "industry, hynix",
        ),
        (
            "- {feed: all, to: json://a}\n- {feed: all, run: [b]}",
            "notify[1].feed: 'all' is used twice, first in line 4; give this notice a name of its "
            "own",
        ),
        (
            "- {feed: all, to: json://a}\n- {feed: hynix, name: all, run: [b]}",
            "notify[1].name: 'all' is used twice, first in line 4",
        ),
        ("- {feed: all, to: json://a, name: A b}", "notify[0].name: wanted a name of"),
        ("- {feed: all, to: json://a, on: []}", "notify[0].on: wanted a list of new, released"),
        ("- {feed: all, to: json://a, on: [new, new]}", "notify[0].on: wanted a list of new"),
        ("- {feed: all, to: json://a, on: [gone]}", "notify[0].on[0]: wanted new, released or rev"),
        ("- {feed: all, to: json://a, on: new}", "notify[0].on: wanted a list, not 'new'"),
        ("- {feed: all, run: []}", "notify[0]: run: wanted a list of a program and its arg"),
        ("- {feed: all, run: sh}", "notify[0].run: wanted a list"),
        ("- {feed: all, run: [sh, 1]}", "notify[0].run[1]: wanted text, but this is a number"),
        ("- {feed: all, too: json://a}", "notify[0].too: unknown key; did you mean 'to'?"),
    ],
)
def test_a_notice_that_cannot_be_meant_is_refused(refuse: Refuse, entries: str, said: str) -> None:
    assert f": {said}" in refuse(NOTICES + entries)


@pytest.mark.parametrize("address", ["secret8472", "json://", "json:// secret8472", "x\u0000y"])
def test_an_address_is_never_shown(refuse: Refuse, address: str) -> None:
    said = refuse(NOTICES + "- {feed: all, to: '${DESK}'}", DESK=address)
    assert "notify[0].to: wanted an Apprise address such as" in said
    assert "secret8472" not in said
    assert "secret8472" not in refuse(NOTICES + "- {feed: all, run: secret8472}")
    assert "secret8472" not in refuse(NOTICES + "- {feed: all, to: secret8472}")


def test_a_notice_is_called_like_its_feed_and_runs_beside_the_configuration(
    load: Load, tmp_path: Path
) -> None:
    given = load(NOTICES + "- {feed: status, run: [sh, -c, ls]}\n- {feed: hynix, to: 'json://h'}")
    first, second = given.notify
    assert (first.called, first.folder, first.run) == ("status", tmp_path, ("sh", "-c", "ls"))
    assert (second.called, second.to, second.on) == ("hynix", "json://h", ("new",))
    assert "json://h" not in repr(given)
