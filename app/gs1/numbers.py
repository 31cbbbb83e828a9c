"""GS1 numbers: check digits, GTINs and GLNs.

Source: GS1 General Specifications sections 1.4 (prefixes) and 7.9 (check digit).
"""

from __future__ import annotations

import re
from enum import StrEnum

GTIN_LENGTHS = (8, 12, 13, 14)
GLN_LENGTH = 13
DEMONSTRATION_PREFIX = "952"
"""GS1 prefix set aside for demonstrations and examples: no product on sale anywhere carries it."""


class GtinReason(StrEnum):
    """Why a number is no GTIN, or none that may stand on goods for sale."""

    EMPTY = "empty"
    NOT_DIGITS = "not-digits"
    LENGTH = "length"
    CHECK_DIGIT = "check-digit"
    RESTRICTED = "restricted"


class GtinError(ValueError):
    """A number refused as a GTIN; `reason` is why; the message is the page's."""

    def __init__(self, reason: GtinReason) -> None:
        self.reason = reason
        super().__init__(reason.value)


def check_digit(body: str) -> str:
    """The check digit of a GTIN, GLN or SSCC given without it: weights 3 and 1 from the right, modulo 10."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def has_right_check_digit(number: str) -> bool:
    """Whether a string of ASCII digits ends in its own check digit."""
    return is_digits(number) and len(number) > 1 and check_digit(number[:-1]) == number[-1]


def is_digits(text: str) -> bool:
    """Whether a text is ASCII digits and nothing else."""
    return text.isascii() and text.isdigit()


def normalise_gtin(text: str) -> str:
    """A GTIN-8, -12, -13 or -14 as typed (blanks and hyphens allowed) in its one form of 14 digits.

    Raises GtinError: EMPTY, NOT_DIGITS, LENGTH or CHECK_DIGIT. Whether it may stand on goods for sale
    is `require_sellable`'s question.
    """
    digits = re.sub(r"[\s-]", "", text)
    if not digits:
        raise GtinError(GtinReason.EMPTY)
    if not is_digits(digits):
        raise GtinError(GtinReason.NOT_DIGITS)
    if len(digits) not in GTIN_LENGTHS:
        raise GtinError(GtinReason.LENGTH)
    if not has_right_check_digit(digits):
        raise GtinError(GtinReason.CHECK_DIGIT)
    return digits.zfill(14)


def is_gln(text: str) -> bool:
    """Whether `text` is a Global Location Number: 13 digits, the last one right."""
    return len(text) == GLN_LENGTH and has_right_check_digit(text)


def is_demonstration(gtin14: str) -> bool:
    """Whether the GTIN is one of GS1's examples (prefix 952): shown as such and never sold under it."""
    return not _is_gtin8(gtin14) and gtin14[1:4] == DEMONSTRATION_PREFIX


# Numbers a company or region gives itself (restricted circulation: 02, 04, 2), 05 which stands in
# reserve, refund receipts and coupons (98, 99): each means something else in the next shop.
_RESTRICTED_GTIN13: tuple[range, ...] = (
    range(20, 30),
    range(40, 60),
    range(200, 300),
    range(980, 985),
    range(990, 1000),
)
_RESTRICTED_GTIN8: tuple[range, ...] = (range(100), range(200, 300))


def _is_gtin8(gtin14: str) -> bool:
    return gtin14.startswith("000000")


def require_sellable(gtin14: str) -> None:
    """Raise GtinError(RESTRICTED) for a GTIN of a range that no product may carry into open trade."""
    small = _is_gtin8(gtin14)
    prefix = int(gtin14[6:9] if small else gtin14[1:4])
    restricted = _RESTRICTED_GTIN8 if small else _RESTRICTED_GTIN13
    if any(prefix in span for span in restricted):
        raise GtinError(GtinReason.RESTRICTED)
