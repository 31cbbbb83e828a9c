"""The one reader of numbers that people type: the inverse of how pages write them.

A Vietnamese page writes 1.234,5 and an English one 1,234.5. What can be read in one way only is read so in either
language: "0.125", "1.500,25", "1 500", "1,250,000". A single sign before exactly three digits could part thousands or
decimals; there the language of the page decides, by the sign it writes itself. What no page would write, such as the
idle zero of "1,500" on a Vietnamese one, is asked back, for a thousandfold error is silent.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from app.core.errors import InvalidInput
from app.core.text import clean_line

LONGEST: Final = 15
"""Digits; more is a slip of the hand and would not fit a column."""
_WHOLE: Final = re.compile(r"[+-]?(\d+|[1-9]\d{0,2}(?:([., ])\d{3}(?:\2\d{3})*))", re.ASCII)
_DECIMAL: Final = re.compile(
    r"(?P<whole>\d+|[1-9]\d{0,2}(?:(?P<group>[., ])\d{3}(?:(?P=group)\d{3})*))"
    r"(?:(?P<mark>[.,])(?P<part>\d+))?",
    re.ASCII,
)
_EITHER: Final = re.compile(r"([1-9]\d{0,2})[.,](\d{3})", re.ASCII)


def whole(text: str) -> int | None:
    """A whole number, thousands parted by one kind of sign ("1.250.000", "1 250 000"); None when it is no such one."""
    text = clean_line(text)
    digits = re.sub(r"[^\d-]", "", text)
    if not _WHOLE.fullmatch(text) or len(digits.lstrip("-")) > LONGEST:
        return None
    return int(digits)


def decimal(text: str, *, comma: bool) -> Decimal | None:
    """A number that may have decimals; None when it is no number. `comma`: the page writes "1,5", else it writes "1.5".

    Raises InvalidInput with the code number-read-twice for a text that may mean either of two numbers.
    """
    text = clean_line(text)
    if sum(character.isdigit() for character in text) > LONGEST:
        return None
    if either := _EITHER.fullmatch(text):
        return _decided(text, either, comma=comma)
    read = _DECIMAL.fullmatch(text)
    if not read or (read["mark"] and read["mark"] == read["group"]):
        return None
    if read["whole"].startswith("0") and len(read["whole"]) > 1:
        return None
    return Decimal(f"{re.sub(r'[^0-9]', '', read['whole'])}.{read['part'] or 0}")


def _decided(text: str, either: re.Match[str], *, comma: bool) -> Decimal:
    """One sign before three digits: thousands, when it is not the page's sign for decimals."""
    smaller, larger = Decimal(f"{either[1]}.{either[2]}"), Decimal(either[1] + either[2])
    if ("," in text) != comma:
        return larger
    if text.endswith("0"):
        raise InvalidInput("number-read-twice", typed=text, smaller=smaller.normalize(), larger=int(larger))
    return smaller
