#!/usr/bin/env bash
# The repository's commands.  Needs bash and Python 3.11 or later; what else is
# needed is installed into .venv, once, and again when pyproject.toml or
# constraints.txt change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'END'
Usage: ./run.sh COMMAND [ARGUMENT]...

  setup          make .venv and install feedsvc with all that development needs
  tools          install the Debian packages that slow tests drive (as root)
  demo           poll a stand-in of the site and serve its feeds   (--once, --port N, --redesign NAME)
  test           the fast tests; arguments go to pytest            (-k NAME, -x, ...)
  test --slow    the slow tests
  lint           ruff: rules and format
  types          mypy, strict
  fuzz           ten minutes of changed pages against the parser   (--seconds N, --seed N)
  bench          all benchmarks, or one: ./run.sh bench NAME
  check          all that CI runs: lint, types, slow tests, fast tests
  lock           write constraints.txt anew from the newest releases
  help           this text
END
}

fail() {
    printf 'run.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

find_python() {
    local candidate
    for candidate in python3.11 python3.12 python3.13 python3.14 python3 python; do
        if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' \
            >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or later with its venv module found; install one (Debian: apt install python3 python3-venv)" 2
}

# What an installation depends on, in one line: these files, this folder, this Python.
fingerprint() {
    .venv/bin/python - <<'END'
import hashlib, os, pathlib, sys
files = b"".join(pathlib.Path(name).read_bytes() for name in ("pyproject.toml", "constraints.txt"))
print(hashlib.sha256(files + f"{os.getcwd()}{sys.version}".encode()).hexdigest())
END
}

# install KIND: run (what feedsvc itself needs), dev or bench.  At once and silent
# where it is done already; dev and bench hold run, and bench holds dev.
install() {
    local kind="$1" print extras stamp known
    case "$kind" in
        run) extras="" stamp="run dev bench" ;;
        dev) extras="[dev]" stamp="dev bench" ;;
        bench) extras="[dev,bench]" stamp="bench" ;;
    esac
    mkdir -p .venv
    if command -v flock >/dev/null; then
        exec 9>.venv/.lock
        flock 9
    fi
    if ! .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
        local python
        python="$(find_python)"
        printf 'run.sh: making .venv with %s\n' "$python" >&2
        "$python" -m venv .venv >&2 || fail "could not make .venv"
    fi
    print="$(fingerprint)"
    for known in $stamp; do
        if [[ "$(cat ".venv/.installed-$known" 2>/dev/null)" == "$print" ]]; then
            exec 9>&-
            return
        fi
    done
    printf 'run.sh: installing what is needed (%s); this is done once\n' "$kind" >&2
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    # First pip itself: 23.x, as Python 3.11 brings it, cannot resolve lxml[html-clean].
    if ! {
        .venv/bin/python -m pip install --no-input -c constraints.txt pip &&
            .venv/bin/python -m pip install --no-input -c constraints.txt -e ".$extras"
    } >.venv/install.log 2>&1 </dev/null; then
        tail -n 20 .venv/install.log >&2
        fail "could not install the packages: see the lines above, and .venv/install.log"
    fi
    printf '%s\n' "$print" >".venv/.installed-$kind"
    exec 9>&-
}

# pywb, with which a slow test replays the raw pages.  In an environment of its own: it
# brings a module named brotli that is not the one that feedsvc needs.
install_replay() {
    local folder=.venv/replay
    [[ ! -x "$folder/bin/wayback" ]] || return 0
    .venv/bin/python -m venv --clear "$folder" &&
        "$folder/bin/python" -m pip install --no-input --disable-pip-version-check \
            pywb==2.10.0 'setuptools<81'
}

# The programs that slow tests drive: newsboat, chromium, ...  Without them those tests
# are skipped; CI says with FEEDSVC_NEED_TOOLS=1 that they must be there.
run_tools() {
    local packages try
    if ! command -v apt-get >/dev/null; then
        fail "NO TOOLS INSTALLED, their tests are skipped: there is no apt-get here"
    fi
    mapfile -t packages < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' .ci/packages)
    if dpkg-query -W -f '${Status}\n' "${packages[@]}" 2>/dev/null |
        awk '$3 == "installed" { n++ } END { exit n != '"${#packages[@]}"' }'; then
        return
    fi
    if [[ $EUID -ne 0 ]]; then
        fail "NO TOOLS INSTALLED, their tests are skipped: only root can install ${packages[*]}"
    fi
    export DEBIAN_FRONTEND=noninteractive
    for try in 1 2 3; do
        if timeout 120 apt-get update -qq </dev/null >&2; then
            break
        fi
        printf 'run.sh: apt-get update failed (%s of 3)\n' "$try" >&2
        sleep 2
    done
    if timeout 900 apt-get install -qq -y --no-install-recommends -o Acquire::Retries=3 \
        -o DPkg::Lock::Timeout=60 -o Dpkg::Use-Pty=0 "${packages[@]}" </dev/null >&2; then
        return
    fi
    fail "NO TOOLS INSTALLED, their tests are skipped: apt-get could not install ${packages[*]}"
}

# The fast tests write some hundred megabytes of small files, each flushed; what is on a
# real disk is the slow ones' matter.
in_memory() {
    local folder=/dev/shm free
    free="$(df -Pk "$folder" 2>/dev/null | awk 'NR == 2 { print $4 }')"
    if [[ -w "$folder" && "${free:-0}" -gt 1000000 ]]; then
        PYTEST_DEBUG_TEMPROOT="$(mktemp -d "$folder/feedsvc-test.XXXXXX")"
        export PYTEST_DEBUG_TEMPROOT
        trap 'rm -rf "$PYTEST_DEBUG_TEMPROOT"' EXIT
    fi
}

run_test() {
    install dev
    # Compiled once, wherever the tree lies and whatever the environment says.
    unset PYTHONDONTWRITEBYTECODE
    export PYTHONPYCACHEPREFIX="$PWD/.venv/pycache"
    if [[ "${1:-}" == --slow ]]; then
        shift
        install_replay >.venv/replay.log 2>&1 </dev/null ||
            printf 'run.sh: no pywb (see .venv/replay.log): its test is skipped\n' >&2
        .venv/bin/python -m pytest -m slow "$@"
    elif [[ $# -gt 0 ]]; then
        .venv/bin/python -m pytest "$@"
    else
        in_memory
        .venv/bin/python -m pytest -n 2 --dist worksteal
    fi
}

run_lint() {
    install dev
    .venv/bin/python -m ruff check .
    .venv/bin/python -m ruff format --check .
    bash -n run.sh .ci/run
}

run_types() {
    install dev
    .venv/bin/python -m mypy "$@"
}

run_fuzz() {
    install dev
    if ! .venv/fuzz/bin/python -c 'import atheris' >/dev/null 2>&1; then
        # In an environment of its own: it is there for some Pythons and machines only.
        .venv/bin/python -m venv --clear .venv/fuzz &&
            .venv/fuzz/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
                atheris==3.0.0 || fail "atheris could not be installed"
    fi
    PYTHONPATH=".:$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
        exec .venv/fuzz/bin/python -m tests.parse.fuzz "$@"
}

run_bench() {
    install bench
    local name="${1:-}" path
    if [[ -n "$name" ]]; then
        shift
        exec .venv/bin/python -m "benchmarks.$name" "$@"
    fi
    for path in benchmarks/[a-z]*.py benchmarks/[a-z]*/__main__.py; do
        [[ -e "$path" ]] || continue
        name="${path#benchmarks/}"
        name="${name%/__main__.py}"
        printf '\n== %s\n' "${name%.py}"
        .venv/bin/python -m "benchmarks.${name%.py}"
    done
}

run_lock() {
    local folder python
    python="$(find_python)"
    folder="$(mktemp -d)"
    trap 'rm -rf "$folder"' EXIT
    "$python" -m venv --upgrade-deps "$folder"
    "$folder/bin/python" -m pip install --quiet ".[s3,dev,bench]"
    {
        sed -n '/^#/p' constraints.txt
        "$folder/bin/python" -m pip freeze --all --exclude feedsvc --exclude setuptools
    } >"$folder/constraints.txt"
    cp "$folder/constraints.txt" constraints.txt
}

command="${1:-help}"
[[ $# -eq 0 ]] || shift
case "$command" in
    setup) install dev ;;
    tools) run_tools ;;
    demo)
        install run
        exec .venv/bin/python -m feedsvc demo "$@"
        ;;
    test) run_test "$@" ;;
    lint) run_lint ;;
    types) run_types "$@" ;;
    fuzz) run_fuzz "$@" ;;
    bench) run_bench "$@" ;;
    check)
        run_lint
        run_types
        code=0
        run_test --slow || code=$?
        [[ $code -eq 0 || $code -eq 5 ]] || exit "$code" # 5: pytest found none that is slow
        run_test
        ;;
    lock) run_lock ;;
    help | -h | --help) usage ;;
    *)
        usage >&2
        fail "no command is named '$command'" 2
        ;;
esac
