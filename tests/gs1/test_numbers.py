"""GS1 numbers are read strictly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gs1 import numbers as gs1
from app.gs1.numbers import GtinError, GtinReason, normalise_gtin, require_sellable

GTIN = "09520123456788"
GLN = "9520123456788"


def with_check_digit(body: str) -> str:
    return body + gs1.check_digit(body)


@pytest.mark.parametrize(
    ("typed", "gtin14"),
    [
        ("96385074", "00000096385074"),
        ("614141000036", "00614141000036"),
        ("9520123456788", GTIN),
        (" 952-0123 456788 ", GTIN),
        ("12312312312333", "12312312312333"),
    ],
)
def test_a_gtin_of_any_length_has_one_form(typed: str, gtin14: str) -> None:
    assert normalise_gtin(typed) == gtin14
    assert normalise_gtin(gtin14) == gtin14


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", GtinReason.EMPTY),
        (" - ", GtinReason.EMPTY),
        ("95201234567a8", GtinReason.NOT_DIGITS),
        ("٩٥٢٠١٢٣٤٥٦٧٨٨", GtinReason.NOT_DIGITS),
        ("²²²²²²²²", GtinReason.NOT_DIGITS),
        ("952012345678", GtinReason.CHECK_DIGIT),
        ("95201234567", GtinReason.LENGTH),
        ("9" * 200, GtinReason.LENGTH),
        ("9520123456789", GtinReason.CHECK_DIGIT),
    ],
)
def test_a_number_that_is_no_gtin_is_refused_with_its_reason(typed: str, reason: GtinReason) -> None:
    with pytest.raises(GtinError) as refusal:
        normalise_gtin(typed)
    assert refusal.value.reason is reason


@given(st.integers(0, 10**13 - 1), st.integers(0, 12), st.integers(1, 9))
def test_a_check_digit_catches_every_single_wrong_digit(number: int, place: int, shift: int) -> None:
    gtin = with_check_digit(f"{number:013d}")
    wrong = gtin[:place] + str((int(gtin[place]) + shift) % 10) + gtin[place + 1 :]
    assert gs1.has_right_check_digit(gtin)
    assert not gs1.has_right_check_digit(wrong)


def test_a_gln_is_thirteen_digits_with_the_last_one_right() -> None:
    assert gs1.is_gln(GLN)
    assert not gs1.is_gln(GTIN)
    assert not gs1.is_gln("9520123456789")
    assert not gs1.is_gln("952012345678x")


def test_the_demonstration_prefix_is_known_behind_any_indicator() -> None:
    assert gs1.is_demonstration(GTIN)
    assert gs1.is_demonstration(normalise_gtin(with_check_digit("1952012345678")))
    assert not gs1.is_demonstration(normalise_gtin(with_check_digit("893952000001")))
    assert not gs1.is_demonstration(normalise_gtin(with_check_digit("9520000")))


@pytest.mark.parametrize(
    "body",
    [
        "201234567890",
        "299999999999",
        "21234567890",
        "41234567890",
        "51234567890",
        "980123456789",
        "990123456789",
        "0123456",
        "2123456",
    ],
)
def test_a_number_of_a_restricted_range_may_not_be_sold(body: str) -> None:
    gtin = normalise_gtin(with_check_digit(body))
    with pytest.raises(GtinError) as refusal:
        require_sellable(gtin)
    assert refusal.value.reason is GtinReason.RESTRICTED


@pytest.mark.parametrize(
    "body", ["893850123456", "03600029145", "9638507", "1893850123456", "952012345678", "300123456789"]
)
def test_a_number_of_open_trade_may_be_sold(body: str) -> None:
    require_sellable(normalise_gtin(with_check_digit(body)))
