"""``python -m tests.faults.write``: injects every fault and writes the table anew."""

from __future__ import annotations

from tests.faults.table import BEGIN, DOCUMENT, PAIRS, finding, table


def main() -> None:
    text = DOCUMENT.read_text("utf-8").partition(BEGIN)[0]
    found = table(finding(name, place) for name, place in PAIRS)
    DOCUMENT.write_text(text + BEGIN + found, "utf-8")
    print(found, end="")


if __name__ == "__main__":
    main()
