"""What a wrong or doubtful configuration is told by the real command: every fault, a line
each, at once, whatever the file is made of."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.cli import execute

Told = Callable[..., tuple[int, list[str], list[str]]]

SECTIONS = 'sections: [{name: industry, title: 산업, code: "068000"}]\n'
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdef", "bcdefg", strict=True)
)
BOMB_IN_ONE = "[" + ", ".join(line.partition(": ")[2] for line in BOMB.splitlines()) + "]"


@pytest.fixture
def check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Told:
    """``check`` of a text: code, lines of standard output and of standard error."""
    monkeypatch.chdir(tmp_path)

    def check(text: str, command: str = "check") -> tuple[int, list[str], list[str]]:
        Path("config.yaml").write_text(text, "utf-8")
        code = execute([command])
        told = capsys.readouterr()
        return code, told.out.splitlines(), told.err.splitlines()

    return check


@pytest.mark.parametrize("command", ["check", "poll", "serve", "status"])
def test_every_fault_is_told_at_every_start(check: Told, command: str) -> None:
    code, out, err = check(
        "sections:\n"
        "  - nmae: industry\n"
        "    title: 산업\n"
        "    code: 068000\n"
        "  - name: finance\n"
        "    title: no\n"
        "    code: 075033\n"
        "    evry: 10m\n"
        "http:\n"
        "  dealy: 3s\n"
        "server: {port: 99999}\n",
        command,
    )
    assert (code, out) == (2, [])
    assert err == [
        "feedsvc: config.yaml:2: sections[0].nmae: unknown key; did you mean 'name'?",
        "feedsvc: config.yaml:6: sections[1].title: wanted text, but this is a switch to YAML: "
        'quote it ("no")',
        "feedsvc: config.yaml:7: sections[1].code: wanted text, but this is a number to YAML: "
        'quote it ("075033")',
        "feedsvc: config.yaml:8: sections[1].evry: unknown key; did you mean 'every'?",
        "feedsvc: config.yaml:10: http.dealy: unknown key; did you mean 'delay'?",
        "feedsvc: config.yaml:11: server.port: must be at most 65535",
    ]


def test_faults_beyond_number_are_cut_short(check: Told) -> None:
    items = "".join(f"  - {{name: a{number}, titel: x}}\n" for number in range(300))
    _, _, err = check(f"sections:\n{items}")
    assert len(err) == 102
    assert err[-1] == "feedsvc: config.yaml: and 199 more"


def test_a_missing_name_beside_another_unknown_key_is_told_too(check: Told) -> None:
    _, _, err = check("sections:\n  - title: 산업\n    zzz: 1\n")
    assert any("sections[0].name: is missing" in line for line in err)
    assert any("zzz: unknown key" in line for line in err)


# Aliases, depth, size


def test_unknown_keys_are_told_before_anything_is_expanded(check: Told) -> None:
    begin = time.process_time()
    code, _, err = check(BOMB)
    assert time.process_time() - begin < 5
    assert code == 2
    assert err[0].startswith("feedsvc: config.yaml:1: a: unknown key; ")
    assert len(err) == 7


@pytest.mark.one_stands_for_all
@pytest.mark.parametrize(
    "text",
    [
        # the same below keys that there are
        "feeds: {custom: [{name: k, any: " + BOMB_IN_ONE + "}]}",
        "sections:\n  - &a {name: a, title: 가}\n"
        + "".join(f"  - &b{n} {{<<: *{'a' if not n else f'b{n - 1}'}}}\n" for n in range(500)),
        "sections:\n  - &m0 {name: a, title: 가}\n"
        + "".join(f"  - &m{n + 1} {{<<: [*m{n}, *m{n}, *m{n}]}}\n" for n in range(30)),
    ],
)
def test_aliases_that_stand_for_too_much_are_refused_at_once(check: Told, text: str) -> None:
    begin = time.process_time()  # others may have the machine
    code, _, err = check(text)
    assert time.process_time() - begin < 5
    assert code == 2
    assert any("stand for more than 10000 values" in line for line in err)


def test_anchors_and_merges_as_people_use_them_work(check: Told) -> None:
    text = (
        "sections:\n"
        "  - &usual {name: a, title: 가, every: 5m}\n"
        '  - {<<: *usual, name: b, code: "068000"}\n'
        "feeds:\n"
        "  custom:\n"
        "    - &one {name: c, title: 다, any: &words [가, 나]}\n"
        "    - &two {name: d, title: 라, none: *words}\n"
        "    - {<<: [*two, *one], name: e}\n"
    )
    assert check(text)[0] == 0
    from feedsvc import config

    custom = config.load(Path("config.yaml")).feeds.custom
    assert (custom[2].title, custom[2].any, custom[2].none) == ("라", ("가", "나"), ("가", "나"))


def test_a_fault_that_was_merged_names_the_line_it_stands_in(check: Told) -> None:
    _, _, err = check(
        "sections:\n  - &usual\n    name: a\n    title: 가\n    evry: 5m\n"
        "  - {<<: *usual, name: b}\n"
    )
    assert err == [
        "feedsvc: config.yaml:5: sections[0].evry: unknown key; did you mean 'every'?",
        "feedsvc: config.yaml:5: sections[1].evry: unknown key; did you mean 'every'?",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000 + "]" * 100_000,
        "a: " + "{b: " * 100_000 + "}" * 100_000,
        "\n".join(" " * level + "a:" for level in range(200)),
    ],
)
def test_depth_ends_no_process(check: Told, text: str) -> None:
    """In C a level too many is a fault that no program outlives."""
    code, _, err = check(text)
    assert code == 2
    assert "nested too deep" in err[0]


def test_a_huge_file_is_no_configuration(check: Told) -> None:
    code, _, err = check("# " + "x" * 2_000_000)
    assert code == 2
    assert "larger than 1MB" in err[0]


# What YAML takes for something else


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("server: {port: 010000}", "server.port: '010000' is another number to YAML (a 0 before"),
        ("server: {port: 22:22}", "server.port: '22:22' is another number to YAML (a colon"),
        ("feeds: {entries: 0_50}", "feeds.entries: '0_50' is another number"),
        ("http: {retries: 00}", "http.retries: '00' is another number to YAML (a 0 before it makes "
         "it octal); write 0, or quote"),
        ("http: {retries: 01}", "http.retries: '01' is another number to YAML"),
        ("feeds: {title: 12:30}", 'feeds.title: wanted text, but this is a number to YAML: quote'),
        ("feeds: {title: 2026-03-10}", "feeds.title: wanted text, but this is a date to YAML"),
        ("feeds: {title: off}", "feeds.title: wanted text, but this is a switch to YAML: quote"),
        ("feeds: {title: 1.5}", "feeds.title: wanted text, but this is a number to YAML: quote"),
        ("feeds: {custom: [{name: a, title: b, any: [yes]}]}", 'quote it ("yes")'),
        ("site: {timezone: no}", "site.timezone: wanted text, but this is a switch to YAML"),
        ("http: {delay: 22:22}", "wanted a duration such as 90s, 10m, 2h or 14d, not '22:22'"),
        ("server: {tokens: [0123456]}", "server.tokens[0]: wanted text, but this is a number"),
    ],
)  # fmt: skip
def test_what_yaml_takes_for_something_else(check: Told, text: str, said: str) -> None:
    code, _, err = check(SECTIONS + text)
    assert code == 2
    assert len(err) == 1
    assert said in err[0]
    assert "quote" in err[0] or "delay" in text


@pytest.mark.parametrize(
    "text",
    [
        "server: {port: 8_080}",
        "server: {port: 0x1F90}",
        "server: {port: 0}",
        "http: {retries: 0}",
        "http: {robots: on, delay: 0s}",
        'feeds: {title: "22:22"}',
        "feeds: {title: =}",
    ],
)
def test_what_means_one_thing_only_is_taken(check: Told, text: str) -> None:
    assert check(SECTIONS + text)[0] == 0


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("feeds:\n  custom: []\n  - name: a\n", 3, "'custom' in line 2 is [] already"),
        ("feeds:\n  custom: []   # x\n\n    - name: a\n", 4, "take the [] away"),
        ("feeds:\n  custom: [ ]\n  # x\n  - name: a\n    title: b\n", 4, "'custom' in line 2"),
        ("sections: []\n- name: a\n", 2, "'sections' in line 1 is [] already"),
        ("server: {}\n  port: 80\n", 2, "'server' in line 1 is {} already"),
        ("server: null\n  port: 80\n", 2, "'server' in line 1 is null already"),
        (
            "notify: []  # x\n\n server:\n  port: 80\n",
            3,
            "'server' is indented like a part of "
            "'notify' in line 1; take the blanks before it away",
        ),
        (
            "http:\n  cookie: null\n    feeds: {entries: 9}\n",
            3,
            "'feeds' is indented like a part of 'cookie' in line 2; take the blanks before it away",
        ),
        ("sections:\n  - name: a\n   title: b\n", 3, "look at the indentation"),
        ("site:\n\tbase_url: a\n", 2, "indent with spaces"),
    ],
)
def test_what_breaks_the_file_is_told_in_words(
    check: Told, text: str, line: int, said: str
) -> None:
    code, _, err = check(text)
    assert code == 2
    assert len(err) == 1
    assert err[0].startswith(f"feedsvc: config.yaml:{line}: not valid YAML: ")
    assert said in err[0]


# What is no file


def test_a_pipe_a_folder_or_a_device_in_its_place_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    os.mkfifo(path)
    for place, kind in ((path, "a named pipe"), (tmp_path, "a folder"), ("/dev/zero", "a device")):
        assert execute(["--config", str(place), "check"]) == 2
        assert f"is {kind}, and no file to read" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "init"])
def test_what_may_not_be_read_or_written_is_told(
    check: Told, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "config.yaml")

    monkeypatch.setattr(Path, "stat" if command == "check" else "mkdir", refuse)
    code, _, err = check(SECTIONS, command)
    assert code == 2
    assert len(err) == 1
    assert err[0].startswith("feedsvc: config.yaml: may not be ")
    assert "give the user who runs feedsvc the right to it" in err[0]


@pytest.mark.slow
def test_a_shells_pipe_is_read(tmp_path: Path) -> None:
    line = f'"{sys.executable}" -m feedsvc --config <(printf "%s" "$0") check'
    text = f"{SECTIONS}archive: {{path: {tmp_path}/archive}}\nfeeds: {{path: {tmp_path}/public}}\n"
    done = subprocess.run(["bash", "-c", line, text], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


# Advice


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("feeds: {hub: 'https://h.example'}\nserver: {tokens: [aaaabbbbccccdddd]}", "feeds.hub: "),
        ("feeds: {custom: [{name: a, title: b}]}", "feeds.custom[0]: 'a' has no criterion"),
        ("notify: [{feed: all, run: [./tell.sh]}]", "notify[0].run: its program is not there"),
        ("notify: [{feed: all, run: [no-such-program]}]", "notify[0].run: its program is not"),
        ("server: {tokens: [a]}", "server.tokens[0]: can be guessed: it has 1 of 16"),
        ("server: {port: 9000}", "feeds.base_url: names port 8080, but server.port is 9000"),
        ("feeds: {base_url: 'http://localhost/'}", "feeds.base_url: names port 80, but"),
        ("server: {host: 0.0.0.0}", "server.host: 0.0.0.0 lets others in"),
        ("server: {host: 0.0.0.0}", "feeds.base_url: names this machine alone"),
        (
            "feeds: {base_url: 'http://n.example.org/'}\nserver: {tokens: [aaaabbbbccccdddd]}",
            "feeds.base_url: is plain http",
        ),
    ],
)
def test_what_is_probably_not_meant_is_advice_and_no_error(
    check: Told, text: str, said: str
) -> None:
    code, out, err = check(SECTIONS + text + "\n")
    assert (code, err) == (0, [])
    assert [line for line in out if line.startswith("advice: config.yaml:") and said in line]
    assert all(token not in line for line in out for token in ("aaaabbbb", "[a]"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "server: {port: 0}",
        "notify: [{feed: all, run: [cat]}, {feed: all, name: b, run: [/bin/sh, -c, 'true']}]",
        "feeds: {base_url: 'https://n.example.org/'}\nserver: {tokens: [aaaabbbbccccdddd]}",
        "feeds: {base_url: 'http://10.0.0.5:8080/'}\n"
        "server: {tokens: [aaaabbbbccccdddd], host: 10.0.0.5}",
        "feeds: {base_url: 'http://nas.lan/'}\nserver: {tokens: [aaaabbbbccccdddd]}",
        "feeds: {custom: [{name: a, title: b, none: [인사]}, {name: c, title: d, search: x}]}",
        "feeds: {base_url: 'http://[::1]:8080/'}\nserver: {host: '::1'}",
    ],
)
def test_what_is_meant_is_given_no_advice(check: Told, text: str) -> None:
    code, out, err = check(SECTIONS + text + "\n")
    assert (code, err) == (0, [])
    assert not [line for line in out if line.startswith("advice")]


def test_one_code_twice_and_no_section_are_advice(check: Told) -> None:
    _, out, _ = check('sections:\n- {name: a, title: b, code: "068000"}\n- {name: b, title: c, '
                      'code: "068000"}\n')  # fmt: skip
    assert any("config.yaml:3: sections[1].code: 'a' has this code too" in line for line in out)
    code, out, _ = check("sections: []\n")
    assert code == 0
    assert any("sections: there are none" in line for line in out)


def test_extras_that_are_missing_are_told_together(
    check: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pycurl", "obstore"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("feedsvc.fetch.transport_curl", "feedsvc.feeds.s3"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    code, _, err = check(
        SECTIONS + "http: {transport: curl}\n"
        "feeds: {s3: {bucket: abc, access_key: a, secret_key: b}}\n"
    )
    assert code == 2
    assert len(err) == 2
    assert "pip install 'feedsvc[curl]'" in err[0]
    assert "pip install 'feedsvc[s3]'" in err[1]
