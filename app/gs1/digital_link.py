"""GS1 Digital Link addresses, read and written.

Sources: GS1 General Specifications section 7.11 (character set 82); GS1 Digital Link Standard: URI Syntax
1.4. Only the keys 01 (GTIN) and 414 (GLN of a place) are read; what stands in the query is the caller's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote_to_bytes, urlsplit

from app.gs1.numbers import GLN_LENGTH, has_right_check_digit, is_digits

_MAX_QUALIFIER = 20
"""AI 22 is X..20, AI 10 is X..20, AI 21 is X..20, AI 254 is X..20."""


class LinkReason(StrEnum):
    """Why a path is not a Digital Link this site resolves."""

    NO_KEY = "no-key"
    BAD_ENCODING = "bad-encoding"
    GTIN_LENGTH = "gtin-length"
    GLN_LENGTH = "gln-length"
    CHECK_DIGIT = "check-digit"
    UNKNOWN_QUALIFIER = "unknown-qualifier"
    QUALIFIER_ORDER = "qualifier-order"
    MISSING_VALUE = "missing-value"
    TOO_LONG = "too-long"
    FOREIGN_CHARACTER = "foreign-character"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    REPEATED = "repeated"


class DigitalLinkError(ValueError):
    """A path refused as a Digital Link: the answer is 400 (GS1-Conformant Resolver, syntax errors)."""

    def __init__(self, reason: LinkReason) -> None:
        self.reason = reason
        super().__init__(reason.value)


# --- addresses read --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """A Digital Link path opened. `key` is '01' or '414', `value` its 14 or 13 digits; the rest as decoded."""

    key: str
    value: str
    cpv: str | None = None
    lot: str | None = None
    serial: str | None = None
    extension: str | None = None


_FIELDS = {"22": "cpv", "10": "lot", "21": "serial", "254": "extension"}
_QUALIFIERS = {"01": ("22", "10", "21"), "414": ("254",)}
"""Key qualifiers in the order the syntax fixes; each may be left out, none may come early."""

# RFC 3986 pchar: what a path segment may hold undecoded.
_SEGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*")
_SET_82 = re.compile(rb"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+")


def parse_path(path: str) -> DigitalLink:
    """Read `/01/<gtin14>[/22/<cpv>][/10/<lot>][/21/<serial>]` or `/414/<gln>[/254/<extension>]`.

    `path` is the raw one, still percent-encoded (a lot may hold %2F); one slash at its end is let
    pass, as resolvers should. Raises DigitalLinkError.
    """
    key, value, *rest = _segments(path)
    fields: dict[str, str] = {}
    allowed = _QUALIFIERS[key]
    for qualifier, qualifier_value in zip(rest[::2], rest[1::2], strict=True):
        if qualifier not in allowed:
            known = qualifier in _QUALIFIERS[key]
            raise DigitalLinkError(LinkReason.QUALIFIER_ORDER if known else LinkReason.UNKNOWN_QUALIFIER)
        allowed = allowed[allowed.index(qualifier) + 1 :]
        fields[_FIELDS[qualifier]] = _require_set_82(_decode(qualifier_value))
    return DigitalLink(key, _require_key_value(key, _decode(value)), **fields)


def _segments(path: str) -> list[str]:
    """Key, value, qualifier, value, …: an even number, beginning with a key we know."""
    segments = path.removeprefix("/").removesuffix("/").split("/")
    if not path.startswith("/") or segments[0] not in _QUALIFIERS:
        raise DigitalLinkError(LinkReason.NO_KEY)
    if "" in segments or len(segments) == 1:
        raise DigitalLinkError(LinkReason.MISSING_VALUE)
    if len(segments) % 2:
        known = segments[-1] in _FIELDS
        raise DigitalLinkError(LinkReason.MISSING_VALUE if known else LinkReason.UNKNOWN_QUALIFIER)
    return segments


def _decode(segment: str) -> str:
    if not _SEGMENT.fullmatch(segment):
        raise DigitalLinkError(LinkReason.BAD_ENCODING)
    # Latin-1 keeps each byte one character; set 82 is ASCII and refuses the rest.
    return unquote_to_bytes(segment).decode("latin-1")


def _require_key_value(key: str, value: str) -> str:
    right_length = len(value) == (14 if key == "01" else GLN_LENGTH)
    if not is_digits(value):
        raise DigitalLinkError(LinkReason.FOREIGN_CHARACTER)
    if not right_length:
        raise DigitalLinkError(LinkReason.GTIN_LENGTH if key == "01" else LinkReason.GLN_LENGTH)
    if not has_right_check_digit(value):
        raise DigitalLinkError(LinkReason.CHECK_DIGIT)
    return value


def _require_set_82(value: str) -> str:
    # A segment of one or two dots is folded away by every browser, encoded or not (WHATWG URL 4.4).
    if not _SET_82.fullmatch(value.encode("latin-1")) or value in {".", ".."}:
        raise DigitalLinkError(LinkReason.FOREIGN_CHARACTER)
    if len(value) > _MAX_QUALIFIER:
        raise DigitalLinkError(LinkReason.TOO_LONG)
    return value


def is_qualifier(value: str) -> bool:
    """Whether a text may be a lot, a serial or another qualifier: 1 to 20 characters of set 82."""
    try:
        return value.isascii() and bool(_require_set_82(value))
    except DigitalLinkError:
        return False


# Attributes and keys that the General Specifications (release 25, section 3.2) define: `310n` and its like stand for
# ten each. Digits alone as the name of a parameter are kept for these (URI Syntax 1.4 section 4.10).
_AI = re.compile(
    r"0[0-3]|1[0-35-7]|2[0-2]|235|24[0-3]|25[01345]|30|37|9[0-9]"
    r"|3(?:1[0-6]|2[0-9]|3[0-7]|4[0-9]|5[0-7]|6[0-9]|95)[0-5]|39[0-3][0-9]|394[0-3]"
    r"|40[0-3]|41[0-7]|42[0-7]|43(?:[01][0-9]|2[0-6]|3[0-3])"
    r"|70(?:0[1-9]|1[01]|2[0-3]|3[0-9]|4[01])|71[0-7]|72(?:3[0-9]|4[0-2]|5[0-9])"
    r"|80(?:0[1-9]|1[0-47-9]|20|26|30)|811[0-2]|8200"
)


def check_query(query: str, link: DigitalLink) -> None:
    """Refuse what the standard refuses in a link's query: an identifier unknown, repeated, or of the path again.

    `query` is the raw one. Other names (`linkType`, a shop's own) are the caller's, as often as they stand there.
    Raises DigitalLinkError.
    """
    seen = {link.key, *(ai for ai, field in _FIELDS.items() if getattr(link, field) is not None)}
    for name, value in (piece.partition("=")[::2] for piece in query.split("&")):
        if not is_digits(name):
            continue
        if not _AI.fullmatch(name):
            raise DigitalLinkError(LinkReason.UNKNOWN_ATTRIBUTE)
        if name in seen:
            raise DigitalLinkError(LinkReason.REPEATED)
        seen.add(name)
        if not _SET_82.fullmatch(unquote_to_bytes(value)):
            raise DigitalLinkError(LinkReason.FOREIGN_CHARACTER)


# --- addresses written -----------------------------------------------------------------------------


def _root(base_url: str) -> str:
    """BASE_URL without its closing slash; ValueError if an address could not be hung on it."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"base address {base_url!r}: http(s)://host wanted")
    return base_url.rstrip("/")


def link_path(link: DigitalLink) -> str:
    """The path of a link in its one spelling."""
    tail = "".join(
        f"/{ai}/{quote(value, safe='')}"
        for ai, field in _FIELDS.items()
        if (value := getattr(link, field)) is not None
    )
    return f"/{link.key}/{link.value}{tail}"


def gtin_uri(
    base_url: str, gtin14: str, *, cpv: str | None = None, lot: str | None = None, serial: str | None = None
) -> str:
    """The Digital Link of a product, variant, lot or single item; raises DigitalLinkError on a bad part."""
    for value in (cpv, lot, serial):
        if value is not None:
            _require_set_82(_latin(value))
    return _root(base_url) + link_path(DigitalLink("01", _require_key_value("01", gtin14), cpv, lot, serial))


def gln_uri(base_url: str, gln: str) -> str:
    """The Digital Link of a place, such as a raw-material area; raises DigitalLinkError."""
    return f"{_root(base_url)}/414/{_require_key_value('414', gln)}"


def stamp_uri(base_url: str, code: str, gtin14: str | None = None) -> str:
    """The address in a stamp's QR code: `/01/<gtin>/21/<code>` for goods with a GTIN, else `/t/<code>`.

    Every printed thing asks here, so that the addresses on goods stay the same for as long as they last.
    """
    if gtin14 is None:
        return f"{_root(base_url)}/t/{code}"
    return gtin_uri(base_url, gtin14, serial=code)


def _latin(value: str) -> str:
    if not value.isascii():
        raise DigitalLinkError(LinkReason.FOREIGN_CHARACTER)
    return value
