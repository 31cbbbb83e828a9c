"""Addresses as they arrive: read past what people's programs add to them on the way, and what they claim of the goods.

A message ends with a full stop, a chat joins `&fbclid=1` to the path, a keyboard writes wide letters, a page encodes
twice. None of that makes a stamp a false one: the address is tidied and sent to its printed form. What is left then is
judged, and a text that is no GTIN or no lot claims nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from app.gs1.digital_link import DigitalLink, DigitalLinkError, is_qualifier, parse_path
from app.gs1.numbers import GtinError, normalise_gtin
from app.trace.stamps.codes import parse_typed

ADDRESS: Final = re.compile(r"^.*/(?:t|21)/", re.DOTALL)
"""What stands before the code where somebody pasted the whole address of a stamp."""
_LONGEST: Final = 512
_MOST_ENCODED: Final = 3
"""An address encoded once more by each of two programs; the server has undone the first time or not."""
_JOINED: Final = re.compile(r"[&?#;,\s]")
"""What begins the part of another program. No code, GTIN or batch of ours has any of it."""
# Sixteen letters, with the blanks and dashes people write between them, and no letter or digit behind.
_CODE: Final = re.compile(r"[\W_]*((?:[^\W_][\s\u2010-\u2015\u2212-]*){15}[^\W_])(?![^\W_])")
_DIGITS: Final = re.compile(r"[\W_]*([0-9][0-9\s-]*)(?![^\W_])")


def plain(text: str) -> str:
    """The text decoded as often as it was encoded, wide letters made plain, signs of no width left out."""
    text = text[:_LONGEST]
    for _ in range(_MOST_ENCODED):
        decoded = unquote(text)
        if decoded == text:
            break
        text = decoded
    return "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")


def code_in(text: str) -> str | None:
    """The sixteen letters at the head of a stamp's address as they were printed; whether they open is not asked here.

    A seventeenth letter is no tail: None, as for any other length.
    """
    match = _CODE.match(plain(text))
    return parse_typed(match[1]).code if match else None


def tidy_link(path: str) -> DigitalLink | None:
    """The Digital Link that a path was before programs changed it, None where there is none to be seen."""
    text = plain(path)
    head, serial, tail = text.partition("/21/")
    if serial and (code := code_in(tail)):
        parts = [*head.split("/"), "21", code]
    else:
        parts = _JOINED.split(text, maxsplit=1)[0].split("/")
        parts = [*parts[:-1], _bare(parts[-1])]
    try:
        return parse_path("/" + "/".join(quote(part, safe="") for part in parts if part))
    except DigitalLinkError:
        return None


def _bare(text: str) -> str:
    """The text without the signs at its ends that are neither letters nor digits."""
    return re.sub(r"^[\W_]+|[\W_]+$", "", text)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an address says of the goods: GTIN (14 digits) and lot (1 to 20 characters), None where it says nothing."""

    gtin: str | None = None
    lot: str | None = None

    def of_other_lot(self, code: str | None) -> bool:
        """Whether it names a lot that is not the batch of this code. Nothing is said of goods of no batch yet."""
        return self.lot is not None and code is not None and code not in lots_meant(self.lot)

    @property
    def query(self) -> str:
        """The claim as parameters."""
        given = (("gtin", self.gtin), ("lot", self.lot))
        return "&".join(f"{name}={quote(value, safe='')}" for name, value in given if value is not None)


NO_CLAIM: Final = Claim()


@lru_cache(512)  # a market's phones send few claims, and a stranger's long ones must not fill the memory
def read_claim(gtins: tuple[str, ...], lots: tuple[str, ...]) -> Claim:
    """What the parameters `gtin` and `lot` of a stamp's address claim: of each the first value that can be meant."""
    return Claim(_first(map(_gtin, gtins)), _first(map(_lot, lots)))


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)


def _gtin(text: str) -> str | None:
    match = _DIGITS.match(plain(text))
    try:
        return normalise_gtin(match[1]) if match else None
    except GtinError:
        return None


def _lot(text: str) -> str | None:
    lot = _JOINED.split(plain(text).strip(), maxsplit=1)[0]
    return lot if is_qualifier(lot) else None


def lots_meant(lot: str) -> tuple[str, str]:
    """The codes of batches that a lot in an address may mean: itself, and what stands in front of a tail."""
    return lot.upper(), _bare(_JOINED.split(plain(lot), maxsplit=1)[0]).upper()


def passed_on(query: str, *without: str) -> str:
    """A raw query as it came, each parameter as often and in the order it was sent, but for those of these names."""
    pieces = [piece for piece in query.split("&") if unquote(piece.partition("=")[0]) not in without]
    return "&".join(piece for piece in pieces if piece)


def with_query(address: str, *queries: str) -> str:
    """An address with the queries that are not empty."""
    joined = "&".join(filter(None, queries))
    return f"{address}?{joined}" if joined else address
