"""Bytes of a page as text, as a browser reads them.

In: bytes and what ``Content-Type`` says of them.  Out: text, or the same page in UTF-8.
Source: Encoding Standard, 4.2 (labels); HTML Standard, 13.2.3.2 (which of them counts).
"""

import codecs
import re
from functools import cache

PRESCANNED = 1024
"""Bytes in which a page says its own encoding."""
LATER = 1 << 16
"""Bytes in which a page that said nothing there may still say it: a browser that meets
the element after it has begun begins again (HTML Standard, 13.2.3.5)."""

# Python's name of each encoding, and the labels that mean it.  EUC-KR means its superset,
# ISO-8859-1 and ASCII mean windows-1252.  The encodings that browsers read as one single
# gap (ISO-2022-KR, HZ) are no labels here: something is better than nothing.
_ENCODINGS = """
utf-8: unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8
cp949: cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989
 ksc5601 ksc_5601 windows-949 cp949 uhc euckr ks_c_5601
cp1252: ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1
 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252
cp1250: cp1250 windows-1250 x-cp1250
cp1251: cp1251 windows-1251 x-cp1251
cp1253: cp1253 windows-1253 x-cp1253
cp1254: cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989
 l5 latin5 windows-1254 x-cp1254
cp1255: cp1255 windows-1255 x-cp1255
cp1256: cp1256 windows-1256 x-cp1256
cp1257: cp1257 windows-1257 x-cp1257
cp1258: cp1258 windows-1258 x-cp1258
cp874: dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874
cp866: 866 cp866 csibm866 ibm866
iso8859-2: csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2
 latin2
iso8859-3: csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3
 latin3
iso8859-4: csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4
 latin4
iso8859-5: csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5
 iso_8859-5:1988
iso8859-6: arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6
 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987
iso8859-7: csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7
 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek
iso8859-8: csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8
 iso88598 iso_8859-8 iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical
iso8859-10: csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6
iso8859-13: iso-8859-13 iso8859-13 iso885913
iso8859-14: iso-8859-14 iso8859-14 iso885914
iso8859-15: csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9
iso8859-16: iso-8859-16
koi8-r: cskoi8r koi koi8 koi8-r koi8_r
koi8-u: koi8-ru koi8-u
mac-roman: csmacintosh mac macintosh x-mac-roman
mac-cyrillic: x-mac-cyrillic x-mac-ukrainian
gb18030: chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030
big5hkscs: big5 big5-hkscs cn-big5 csbig5 x-x-big5
euc-jp: cseucpkdfmtjapanese euc-jp x-euc-jp
iso2022-jp: csiso2022jp iso-2022-jp
cp932: csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis
utf-16-be: unicodefffe utf-16be
utf-16-le: csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le
"""
_WIDE = ("utf-16-le", "utf-16-be")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, _WIDE[0]),
    (codecs.BOM_UTF16_BE, _WIDE[1]),
)
_HEADER = re.compile(r"""[;,\s]charset\s?=\s?["']?([^\s;,"']+)""", re.IGNORECASE)
_IN_CONTENT = re.compile(
    rb"""charset[\s]*=[\s]*(?:"([^"]*)"|'([^']*)'|([^\s;"']+))""", re.IGNORECASE
)
# What the prescan steps over: a comment, a tag, anything else between angle brackets.
_STEP = re.compile(
    rb"<!--(?:>|->|.*?(?:-->|\Z))|<(?P<name>/?[A-Za-z][^\s/>]*+)(?P<rest>(?:[^>\"']++|\"[^\"]*+\"?|'[^']*+'?)*+)>?"
    rb"|<[!/?][^>]*+>?",
    re.DOTALL,
)  # fmt: skip
_ATTRIBUTE = re.compile(
    rb"([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^\s>]++)))?+"
)


@cache
def _labels() -> dict[str, str]:
    lines = (line.partition(": ") for line in _ENCODINGS.replace("\n ", " ").split("\n"))
    return {label: name for name, _, labels in lines for label in labels.split()}


def decode(body: bytes, content_type: str = "") -> str:
    """Bytes of a page as text, without NUL; nothing is raised.

    A byte order mark counts, then the header, then the page's own word, then UTF-8.  Bytes
    that are UTF-8 are that whatever is said of them: headers lie more often than bytes
    do.  An encoding that does not fit gives way to the next, CP949 the last of them; where
    none fits, the first that was named is read with U+FFFD in the gaps.
    """
    return _decoded(body, content_type).replace("\0", "")


def as_utf8(body: bytes, content_type: str = "") -> bytes:
    """The same in UTF-8; the bytes themselves where they are that already."""
    return body if is_utf8(body) else decode(body, content_type).encode("utf-8", "replace")


def is_utf8(body: bytes) -> bool:
    """Whether bytes are UTF-8 without a mark, whatever is said of them.  Those of UTF-16 and
    ISO-2022-JP may look so, and hold a NUL or an escape."""
    if b"\0" in body or body.startswith(codecs.BOM_UTF8):
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not (body.isascii() and b"\x1b" in body)


def _decoded(body: bytes, content_type: str) -> str:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if is_utf8(body):
        return body.decode("utf-8")
    said = _said(body, content_type)
    for name in dict.fromkeys((*said, "utf-8", "cp949")):
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    return body.decode(said[0] if said else "utf-8", "replace")


def _said(body: bytes, content_type: str) -> list[str]:
    """The encodings that header and page name, in the order in which they count."""
    labels = _labels()
    header = _HEADER.search(f" {content_type}")
    said = [labels.get(header[1].lower(), "")] if header else []
    said.append(_wide_start(body))
    own = labels.get(prescan(body[:PRESCANNED]) or prescan(body[:LATER]), "")
    # A page that could be read so far is not in UTF-16, whatever it says.
    said.append("utf-8" if own in _WIDE else own)
    return [one for one in said if one]


def _wide_start(body: bytes) -> str:
    """UTF-16 without a mark, told by NUL bytes around the sign that begins a page or JSON."""
    start = body[:64]
    if start.count(b"\0") * 3 < len(start) or not re.match(rb"[\0\t\r\n ]*[<{[]", start):
        return ""
    return _WIDE[next(place for place, byte in enumerate(start) if byte in b"<{[") % 2]


def prescan(start: bytes) -> str:
    """The label that ``meta`` elements in the first bytes give, in lower case, or nothing."""
    for step in _STEP.finditer(start):
        if (step["name"] or b"").lower() == b"meta":
            label = _meta_label(step["rest"])
            label = "windows-1252" if label == "x-user-defined" else label
            if label in _labels():
                return label
    return ""


def _meta_label(rest: bytes) -> str:
    held: dict[bytes, bytes] = {}
    for match in _ATTRIBUTE.finditer(rest):
        held.setdefault(match[1].lower(), match[2] or match[3] or match[4] or b"")
    label = held.get(b"charset")
    if label is None and held.get(b"http-equiv", b"").lower() == b"content-type":
        found = _IN_CONTENT.search(held.get(b"content", b""))
        label = next((one for one in found.groups() if one is not None), b"") if found else b""
    return (label or b"").decode("latin-1").strip("\t\n\f\r ").lower()
