"""Numbers are read as pages write them, and no reading is a thousand times another."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInput
from app.core.numbers import LONGEST, decimal, whole


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("120", 120),
        (" 1.250.000 ", 1_250_000),
        ("1,250,000", 1_250_000),
        ("1 250 000", 1_250_000),
        ("1\u00a0250\u00a0000", 1_250_000),
        ("1\u202f250", 1_250),
        ("-2", -2),
        ("+7", 7),
        ("007", 7),
        ("0", 0),
        ("", None),
        ("185.5", None),
        ("1.25", None),
        ("0.125", None),
        ("1.250,000", None),
        ("1.250 000", None),
        ("12e3", None),
        ("1_000", None),
        ("١٢", None),
        ("--2", None),
        ("9" * (LONGEST + 1), None),
    ],
)
def test_a_whole_number_is_read_with_its_thousands(text: str, number: int | None) -> None:
    assert whole(text) == number


@given(st.integers(min_value=-(10**14), max_value=10**14), st.sampled_from(".,\u00a0 "))
def test_every_whole_number_is_read_back_however_its_thousands_are_parted(number: int, sign: str) -> None:
    assert whole(f"{number:,}".replace(",", sign)) == number


@pytest.mark.parametrize(
    ("text", "in_vietnamese", "in_english"),
    [
        ("1.500", "1500", None),
        ("1,500", None, "1500"),
        ("1.125", "1125", "1.125"),
        ("1,125", "1.125", "1125"),
        ("12.000", "12000", None),
        ("999,999", "999.999", "999999"),
    ],
)
def test_one_sign_before_three_digits_is_read_as_the_page_writes_or_asked_back(
    text: str, in_vietnamese: str | None, in_english: str | None
) -> None:
    for comma, number in ((True, in_vietnamese), (False, in_english)):
        if number is not None:
            assert decimal(text, comma=comma) == Decimal(number)
            continue
        with pytest.raises(InvalidInput) as refused:
            decimal(text, comma=comma)
        assert refused.value.code == "number-read-twice"
        smaller, larger = refused.value.facts["smaller"], refused.value.facts["larger"]
        assert larger == smaller * 1000


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1500", "1500"),
        ("1,5", "1.5"),
        ("1.5", "1.5"),
        ("0.125", "0.125"),
        ("0,125", "0.125"),
        ("0,500", "0.5"),
        ("1.500,25", "1500.25"),
        ("1,500.25", "1500.25"),
        ("1.500.000", "1500000"),
        ("1,500,000", "1500000"),
        ("1.500.000,5", "1500000.5"),
        ("1 500", "1500"),
        ("1 500,25", "1500.25"),
        ("1\u00a0500\u00a0000.5", "1500000.5"),
        ("1500.250", "1500.25"),
        ("12,50", "12.5"),
        (" 7 ", "7"),
        ("0", "0"),
    ],
)
def test_what_can_be_read_in_one_way_is_read_so_on_every_page(text: str, number: str) -> None:
    assert decimal(text, comma=True) == decimal(text, comma=False) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nhiều",
        "-1",
        "+1",
        "1e3",
        "NaN",
        "inf",
        "1..5",
        "1.5.5",
        "1.500.25",
        "1.50.000",
        "01.500",
        "00",
        ".5",
        "5.",
        "1,500,25",
        "1.500 000",
        "0.125.000",
        "1 5",
        "١٢",
        "１２",
        "1_000",
        "1/2",
        "9" * (LONGEST + 1),
        "0," + "1" * LONGEST,
    ],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert decimal(text, comma=True) is None
    assert decimal(text, comma=False) is None


@given(st.decimals(min_value=0, max_value=10**9, places=4), st.booleans())
def test_no_number_is_read_as_another_one(number: Decimal, comma: bool) -> None:
    mark, group = (",", ".") if comma else (".", ",")
    text = f"{number.normalize():,f}".replace(",", "#").replace(".", mark).replace("#", group)
    assert decimal(text, comma=comma) == number
