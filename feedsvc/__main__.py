"""``python -m feedsvc`` and the console script ``feedsvc``."""

import sys

from feedsvc.cli import execute, streams


def main() -> None:
    """Run the command line and exit with the contract's code."""
    streams.prepare()
    code = execute(sys.argv[1:])
    sys.stdout.flush()
    if said := streams.failure():
        print(f"feedsvc: standard output could not be written: {said}", file=sys.stderr)
        code = code or 1
    sys.exit(code)


if __name__ == "__main__":
    main()
