"""The longest BASE_URL that is taken is the longest whose stamps can be printed."""

from __future__ import annotations

import pytest

from app.gs1.digital_link import stamp_uri
from app.trace.printing.pdf import FIFTY_A_PAGE, SheetError
from app.trace.printing.symbols import Symbols
from config import LONGEST_BASE_URL

CODE = "0" * 16


def print_at(base_url: str, gtin: str | None) -> float:
    """The width of a module, mm, of stamps under this address."""
    return FIFTY_A_PAGE.module(Symbols(stamp_uri(base_url, CODE, gtin).removesuffix(CODE)).modules)


def of_length(start: str, length: int) -> str:
    return start + "a" * (length - len(start))


@pytest.mark.parametrize("start", ["https://", "http://", "https://www.nguon-2026."])
def test_any_address_of_the_greatest_length_prints(start: str) -> None:
    for gtin in (None, "09520000000011"):
        assert print_at(of_length(start, LONGEST_BASE_URL), gtin) >= 0.396


def test_one_letter_more_does_not_print() -> None:
    with pytest.raises(SheetError):
        print_at(of_length("https://", LONGEST_BASE_URL + 1), "09520000000011")
