"""An S3-compatible bucket, with obstore (its only home; the extra ``s3``).

In: the ``feeds.s3`` part of the configuration.  Out: a :class:`~feedsvc.feeds.elsewhere.Bucket`.
No key stands in an error or in a log.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from feedsvc.config import S3Config
from feedsvc.errors import ConfigError, PublishError

try:
    import obstore
    from obstore.exceptions import BaseError
    from obstore.store import S3Store
except ImportError as error:
    raise ConfigError(
        "a bucket is configured and its extra is not installed",
        about="feeds.s3",
        advice="pip install 'feedsvc[s3]', or set feeds.s3 to null",
    ) from error

if TYPE_CHECKING:
    from obstore.store import S3Config as Options

_STATUS = re.compile(r"status code: (\d{3} [A-Za-z ]+)")
_CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,60})</Code>")
# The library's own line, before the address's time and the source of the error.
_LINE = re.compile(r"HTTP error: ([^\n]{1,120})")
_SHORT = timedelta(seconds=10)


class S3:
    """A bucket, or the part of one below a prefix."""

    def __init__(self, config: S3Config) -> None:
        self._where = f"bucket {config.bucket}"
        self._hidden = (config.secret_key, config.access_key)
        self.id = "\n".join((config.endpoint or config.region, config.bucket, config.prefix))
        options: Options = {
            "region": config.region,
            "access_key_id": config.access_key,
            "secret_access_key": config.secret_key,
            "virtual_hosted_style_request": False,
        }
        if config.endpoint:
            options["endpoint"] = config.endpoint
        self._store = S3Store(
            config.bucket,
            prefix=config.prefix or None,
            config=options,
            client_options={
                "allow_http": (config.endpoint or "").startswith("http:"),
                "connect_timeout": _SHORT,
                "timeout": 3 * _SHORT,
            },
            retry_config={"max_retries": 1, "retry_timeout": _SHORT},
        )

    def put(self, name: str, content: bytes, media_type: str, cache_control: str) -> None:
        with self._translated(name):
            obstore.put(
                self._store,
                name,
                content,
                attributes={"Content-Type": media_type, "Cache-Control": cache_control},
                # In one piece: only then is the ETag the content's MD5.
                use_multipart=False,
            )

    def remove(self, name: str) -> None:
        with self._translated(name):
            obstore.delete(self._store, name)

    def digests(self) -> dict[str, str]:
        found: dict[str, str] = {}
        with self._translated(""):
            for some in obstore.list(self._store):
                found |= {one["path"]: (one["e_tag"] or "").strip('"') for one in some}
        return found

    @contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError, ValueError) as error:
            raise PublishError(
                self._said(str(error)),
                about=f"{self._where}: {name}" if name else self._where,
                advice="what lies there stays; the next poll tries again",
            ) from None  # the library's error holds the whole request

    def _said(self, text: str) -> str:
        """One line of the library's many."""
        parts = [found[1].strip() for one in (_STATUS, _CODE, _LINE) if (found := one.search(text))]
        line = " ".join(parts) or text.partition("\n")[0][:200]
        for secret in self._hidden:
            line = line.replace(secret, "***")
        return f"could not be published to: {line}"
