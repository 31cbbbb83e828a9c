"""One spelling for each GS1 identifier in an event: the constrained canonical Digital Link of CBV 2.0 section 8.9.

An EPC, EPC class or EPC pattern URN becomes a link on id.gs1.org; a Digital Link of any host loses its host, query
and consumer product variant, and keeps only the finest level (a serial number before a lot). Any other URI stands.
A link whose values are percent-encoded stands too: the reference implementation does not read those.

Sources: EPC Tag Data Standard 2.0 section 6.3 (URNs); GS1 Digital Link: URI Syntax 1.4 section 4 (keys, short
names, canonical form).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from app.gs1.numbers import check_digit

_ORIGIN = "https://id.gs1.org/"

# --- EPC URNs ---------------------------------------------------------------------------------------------


class _Scheme(NamedTuple):
    """How a URN becomes a link. `digits`: of company prefix and reference together, None where letters may stand;
    `fields`: those behind the company prefix, the reference first.
    """

    digits: int | None
    fields: int
    link: str


# {moved} has the reference's first digit (indicator, extension digit) in front, {number} keeps the order, and both
# end in a check digit; {bare} has none. {0} is the field behind the reference.
_SCHEMES = {
    "id:sgtin": _Scheme(13, 2, "01/{moved}/21/{0}"),
    "id:upui": _Scheme(13, 2, "01/{moved}/235/{0}"),
    "id:itip": _Scheme(13, 4, "8006/{moved}{0}{1}/21/{2}"),
    "id:sscc": _Scheme(17, 1, "00/{moved}"),
    "id:sgln": _Scheme(12, 2, "414/{number}/254/{0}"),
    "id:pgln": _Scheme(12, 1, "417/{number}"),
    "id:grai": _Scheme(12, 2, "8003/0{number}{0}"),
    "id:gdti": _Scheme(12, 2, "253/{number}{0}"),
    "id:sgcn": _Scheme(12, 2, "255/{number}{0}"),
    "id:gsrn": _Scheme(17, 1, "8018/{number}"),
    "id:gsrnp": _Scheme(17, 1, "8017/{number}"),
    "id:gsin": _Scheme(16, 1, "402/{number}"),
    "id:giai": _Scheme(None, 1, "8004/{bare}"),
    "id:ginc": _Scheme(None, 1, "401/{bare}"),
    "id:cpi": _Scheme(None, 2, "8010/{bare}/8011/{0}"),
    "class:lgtin": _Scheme(13, 2, "01/{moved}/10/{0}"),
    "idpat:sgtin": _Scheme(13, 2, "01/{moved}"),
    "idpat:upui": _Scheme(13, 2, "01/{moved}"),
    "idpat:itip": _Scheme(13, 4, "8006/{moved}{0}{1}"),
    "idpat:grai": _Scheme(12, 2, "8003/0{number}"),
    "idpat:gdti": _Scheme(12, 2, "253/{number}"),
    "idpat:sgcn": _Scheme(12, 2, "255/{number}"),
    "idpat:cpi": _Scheme(None, 2, "8010/{bare}"),
}
_URN = re.compile(r"urn:epc:(?P<scheme>(?:id|class|idpat):[a-z]+):(?P<prefix>[0-9]{6,12})\.(?P<rest>[^/\s]*)")
_ESCAPES = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "!()*+,:"})


def _from_urn(uri: str) -> str | None:
    """The link for an EPC URN, None for a text without one (usdod, gid, a wrong length)."""
    match = _URN.fullmatch(uri)
    scheme = _SCHEMES.get(match["scheme"]) if match else None
    if match is None or scheme is None:
        return None
    prefix = match["prefix"]
    reference, *fields = match["rest"].split(".", scheme.fields - 1)
    whole = len(fields) == scheme.fields - 1 and _fits(prefix, reference, scheme.digits)
    if not whole or match["scheme"].startswith("idpat") != (fields[-1:] == ["*"]):
        return None
    moved, number = reference[:1] + prefix + reference[1:], prefix + reference
    link = scheme.link.format(
        *(field.translate(_ESCAPES) for field in fields),
        moved=moved + check_digit(moved) if scheme.digits else "",
        number=number + check_digit(number) if scheme.digits else "",
        bare=number.translate(_ESCAPES),
    )
    # A GLN extension of 0 means the place itself (Tag Data Standard section 6.3.3).
    return _ORIGIN + link.removesuffix("/254/0")


def _fits(prefix: str, reference: str, digits: int | None) -> bool:
    if digits is None:
        return bool(reference)
    return len(prefix) + len(reference) == digits and (not reference or reference.isdigit())


# --- Digital Links ----------------------------------------------------------------------------------------

_SHORT_NAMES = {
    "sscc": "00", "gtin": "01", "gdti": "253", "gcn": "255", "ginc": "401", "gsin": "402", "gln": "414",
    "party": "417", "grai": "8003", "giai": "8004", "itip": "8006", "cpid": "8010", "gsrnp": "8017", "gsrn": "8018",
    "cpv": "22", "lot": "10", "ser": "21",
}  # fmt: skip
_SIGNS = r"[\"'\-.0-9;<=>?A-Z_a-z]"
_VALUES = {
    "00": r"[0-9]{18}",
    "01": r"[0-9]{8}|[0-9]{12,14}",
    "253": rf"[0-9]{{13}}{_SIGNS}{{0,17}}",
    "255": r"[0-9]{13,25}",
    "401": rf"[0-9]{{4}}{_SIGNS}{{0,26}}",
    "402": r"[0-9]{17}",
    "414": r"[0-9]{13}",
    "417": r"[0-9]{13}",
    "8003": rf"[0-9]{{14}}{_SIGNS}{{0,16}}",
    "8004": rf"[0-9]{{4}}{_SIGNS}{{0,26}}",
    "8006": r"[0-9]{18}",
    "8010": r"[0-9]{4}[#\-0-9A-Z]{0,26}",
    "8017": r"[0-9]{18}",
    "8018": r"[0-9]{18}",
    "22": rf"{_SIGNS}{{1,20}}",
    "10": rf"{_SIGNS}{{1,20}}",
    "21": rf"{_SIGNS}{{1,20}}",
    "235": rf"{_SIGNS}{{1,28}}",
    "254": rf"{_SIGNS}{{1,20}}",
    "8011": r"[0-9]{1,12}",
}
_READS = {ai: re.compile(pattern).fullmatch for ai, pattern in _VALUES.items()}
# Key → its qualifiers, coarse before fine; the consumer product variant (22) names no finer object.
_QUALIFIERS: dict[str, tuple[str, ...]] = {
    "01": ("22", "10", "21", "235"),
    "8006": ("22", "10", "21"),
    "414": ("254",),
    "8010": ("8011",),
}
_KEYS = _VALUES.keys() - {"22", "10", "21", "235", "254", "8011"}


def _from_link(uri: str) -> str | None:
    """The constrained canonical form of a Digital Link, None for any other address."""
    segments = [_SHORT_NAMES.get(segment, segment) for segment in uri.partition("?")[0].split("/")[3:]]
    for place in range(len(segments) - 1):
        if segments[place] in _KEYS and (link := _finest(*segments[place:])):
            return link
    return None


def _finest(key: str, value: str, *pairs: str) -> str | None:
    """Key and finest qualifier as a link; None where a value or the order of qualifiers is wrong."""
    allowed = _QUALIFIERS.get(key, ())
    if len(pairs) % 2 or not _READS[key](value):
        return None
    finest = ""
    for qualifier, text in zip(pairs[::2], pairs[1::2], strict=True):
        if qualifier not in allowed or not _READS[qualifier](text):
            return None
        allowed = allowed[allowed.index(qualifier) + 1 :]
        finest = f"/{qualifier}/{text}" if qualifier != "22" else finest
    return f"{_ORIGIN}{key}/{value.zfill(14) if key == '01' else value}{finest}"


def canonical_uri(text: str) -> str:
    """The one spelling of a GS1 identifier; any other text as it stands."""
    if text.startswith(("https://", "http://")):
        return _from_link(text) or text
    if text.startswith("urn:epc:"):
        return _from_urn(text) or text
    return text
