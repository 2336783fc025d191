"""The stand-in of the site in a process of its own, so that its work is not counted.

    python -m benchmarks.measure.standin [--restless]

prints its address and serves until its standard input ends.  A restless one answers
no page with the same bytes twice, as a site does whose advertisements change while its
news do not.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.standin import Answer, Headers, StandIn


@contextmanager
def standin_apart(*, restless: bool = False) -> Iterator[str]:
    """The address of a stand-in with the sample articles; it ends with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.measure.standin", *(["--restless"] if restless else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            if not address:
                raise RuntimeError("the stand-in did not start: see its error above")
            yield address
        finally:
            process.stdin.close()


class RestlessStandIn(StandIn):
    """Puts a number that goes up into every section page."""

    served = 0

    def respond(self, method: str, target: str, headers: Headers = ()) -> Answer:
        answer = super().respond(method, target, headers)
        if not target.startswith("/categories"):
            return answer
        self.served += 1
        body = answer.body.replace(b"</body>", b"<!-- %09d --></body>" % self.served)
        return replace(answer, body=body, headers=_of_length(answer.headers, len(body)))


def _of_length(headers: Headers, length: int) -> Headers:
    return tuple(
        (name, str(length) if name.lower() == "content-length" else value)
        for name, value in headers
    )


def main() -> None:
    kind = RestlessStandIn if "--restless" in sys.argv[1:] else StandIn
    with kind.demo() as site:
        print(site.base_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
