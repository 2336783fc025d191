"""An EPUB 3.3 book of articles: a chapter an article, in the order given.

In: records, a title, a way to the kept images.  Out: the file's bytes; the same records
give the same bytes.  Source: W3C, EPUB 3.3, sections 4 (container), 5 (package), 7
(navigation).  A book holds no remote images: what is not kept is a link.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from html import escape

from feedsvc.archive.markup import xhtml
from feedsvc.model import Record
from feedsvc.picture import PictureKind
from feedsvc.site import COPYRIGHT

_TYPES = {kind.ending: kind.media_type for kind in PictureKind}
# What a reader that knows no WebP (EPUB before 3.3) or AVIF shows in place of one: a
# clear pixel, as the manifest's fallback (section 3.4).
_FOREIGN = {"webp", "avif"}
_CLEAR = "images/clear.png"
_CLEAR_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
_CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="EPUB/book.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""
_STYLE = "figure { margin: 1em 0 } img { max-width: 100% } .by { color: #555 }\n"
_PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"\
 lang="ko" xml:lang="ko">
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="style.css"/></head>
<body>
{body}
</body>
</html>
"""


class Book:
    """A book that is being written."""

    def __init__(self, title: str, picture: Callable[[str], bytes | None]) -> None:
        """``picture`` gives the bytes of a kept image by its path in the archive."""
        self._title = title
        self._picture = picture
        self._out = io.BytesIO()
        self._zip = zipfile.ZipFile(self._out, "w")
        self._pictures: dict[str, str] = {}
        # The type of the file stands first and uncompressed (section 4.2.1.2).
        self._write("mimetype", b"application/epub+zip", zipfile.ZIP_STORED)
        self._write("META-INF/container.xml", _CONTAINER.encode())
        self._write("EPUB/style.css", _STYLE.encode())

    def finish(self, records: Iterable[Record]) -> bytes:
        """Write a chapter for each record, contents and package; the book's bytes."""
        chapters: list[tuple[int, str]] = []
        named = hashlib.sha256()
        newest = datetime(1970, 1, 1, tzinfo=UTC)
        authors: dict[str, None] = {}
        for record in records:
            self._write(f"EPUB/{record.id}.xhtml", self._chapter(record).encode())
            chapters.append((record.id, record.title))
            named.update(f"{record.id} {record.digest}\n".encode())
            newest = max(newest, record.updated_at)
            authors.update(dict.fromkeys(record.reporters))
        self._write("EPUB/nav.xhtml", _contents(self._title, chapters).encode())
        package = self._package(chapters, named.hexdigest(), newest, list(authors))
        self._write("EPUB/book.opf", package.encode())
        self._zip.close()
        return self._out.getvalue()

    def _chapter(self, record: Record) -> str:
        kept = {image.url: image.file for image in record.images if image.file}

        def shown(url: str) -> str | None:
            file = kept.get(url)
            return self._add_picture(file) if file else None

        by = " · ".join((*record.reporters, f"{record.published_at:%Y-%m-%d %H:%M}"))
        url = escape(record.url)
        parts = (
            f"<h1>{escape(record.title)}</h1>",
            f"<p><strong>{escape(record.subtitle)}</strong></p>" if record.subtitle else "",
            f'<p class="by">{escape(by)} · <a href="{url}">{url}</a></p>',
            xhtml(record.body, shown),
            f'<p class="by">{escape(COPYRIGHT)}</p>',
        )
        return _PAGE.format(title=escape(record.title), body="\n".join(filter(None, parts)))

    def _add_picture(self, file: str) -> str | None:
        """The address of a kept image in the book; added once."""
        ending = file.rpartition(".")[2].lower()
        if file in self._pictures:
            return self._pictures[file]
        data = self._picture(file) if ending in _TYPES else None
        if data is None:
            return None
        name = f"images/{file.rpartition('/')[2]}"
        self._write(f"EPUB/{name}", data, zipfile.ZIP_STORED)
        self._pictures[file] = name
        return name

    def _package(
        self, chapters: list[tuple[int, str]], named: str, newest: datetime, authors: list[str]
    ) -> str:
        items = [
            '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
            '<item id="style" href="style.css" media-type="text/css"/>',
        ]
        items += [
            f'<item id="a{number}" href="{number}.xhtml" media-type="application/xhtml+xml"/>'
            for number, _ in chapters
        ]
        pictures = [(name, name.rpartition(".")[2]) for name in self._pictures.values()]
        items += [
            f'<item id="i{place}" href="{name}" media-type="{_TYPES[ending]}"'
            + (' fallback="clear"/>' if ending in _FOREIGN else "/>")
            for place, (name, ending) in enumerate(pictures)
        ]
        if any(ending in _FOREIGN for _, ending in pictures):
            self._write(f"EPUB/{_CLEAR}", _CLEAR_PNG, zipfile.ZIP_STORED)
            items.append(f'<item id="clear" href="{_CLEAR}" media-type="image/png"/>')
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"'
            ' xml:lang="ko">',
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">',
            f'<dc:identifier id="id">urn:feedsvc:export:{named[:32]}</dc:identifier>',
            f"<dc:title>{escape(self._title)}</dc:title>",
            "<dc:language>ko</dc:language>",
            *(f"<dc:creator>{escape(name)}</dc:creator>" for name in authors),
            f"<dc:rights>{escape(COPYRIGHT)}</dc:rights>",
            '<meta property="dcterms:modified">'
            f"{newest.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</meta>",
            "</metadata>",
            "<manifest>", *items, "</manifest>",
            "<spine>",
            *(f'<itemref idref="a{number}"/>' for number, _ in chapters),
            "</spine>",
            "</package>",
        ]  # fmt: skip
        return "\n".join(lines) + "\n"

    def _write(self, name: str, data: bytes, kind: int = zipfile.ZIP_DEFLATED) -> None:
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.compress_type = kind
        info.external_attr = 0o644 << 16
        self._zip.writestr(info, data)


def _contents(title: str, chapters: list[tuple[int, str]]) -> str:
    entries = "\n".join(
        f'<li><a href="{number}.xhtml">{escape(name) or number}</a></li>'
        for number, name in chapters
    )
    body = f'<nav epub:type="toc"><h1>{escape(title)}</h1>\n<ol>\n{entries}\n</ol></nav>'
    return _PAGE.format(title=escape(title), body=body)
