"""``python -m feedsvc`` and the console script ``feedsvc``."""

import sys

from feedsvc.cli import run


def main() -> None:
    """Run the command line and exit with the contract's code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
