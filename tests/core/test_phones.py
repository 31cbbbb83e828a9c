"""A telephone number is one that can be called, however it is written."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.phones import BadPhone, read_phone, written_phone


@pytest.mark.parametrize(
    "typed",
    [
        "0912345678",
        "0912.345.678",
        "0912 345 678",
        "091-234-5678",
        "(091) 234 5678",
        "O912345678",
        "o912 345 678",
        "+84912345678",
        "+84 912 345 678",
        "+84 (0) 912 345 678",
        "+840912345678",
        "84912345678",
        "84 0912345678",
        "0084912345678",
        "912345678",
        "\u202a0912345678\u202c",
        "0912\u00a0345\u200b678",
        " 0912–345–678 ",
    ],
)
def test_a_mobile_number_is_read_in_every_way_it_is_written(typed: str) -> None:
    assert read_phone(typed) == "+84912345678"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("024 3822 1234", "+842438221234"),
        ("02163 812 345", "+842163812345"),
        ("+84 28 3822 1234", "+842838221234"),
        ("842438221234", "+842438221234"),
        ("0162 345 6789", "+84323456789"),
        ("01234567890", "+84834567890"),
        ("+84 168 345 6789", "+84383456789"),
        ("0120 345 6789", "+84703456789"),
        ("01993456789", "+84593456789"),
        ("0868 123 456", "+84868123456"),
    ],
)
def test_landlines_and_the_successors_of_old_mobile_numbers_are_taken(typed: str, stored: str) -> None:
    assert read_phone(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0912ABCDEF", "phone-letters"),
        ("091234567x", "phone-letters"),
        ("l912345678", "phone-letters"),
        ("số của tôi", "phone-letters"),
        ("024 3822 1234 ext 5", "phone-letters"),
        ("1900 1234", "phone-hotline"),
        ("1900 545 436", "phone-hotline"),
        ("1800 1234", "phone-hotline"),
        ("+84 1900 1234", "phone-hotline"),
        ("01900 1234", "phone-hotline"),
        ("091234567", "phone-length"),
        ("09123456789", "bad-phone"),
        ("0912345678 / 0987654321", "phone-length"),
        ("113", "phone-length"),
        ("0", "phone-length"),
        ("+", "bad-phone"),
        ("", "bad-phone"),
        ("0912345678*1", "bad-phone"),
        ("٠٩١٢٣٤٥٦٧٨", "bad-phone"),
        ("0000000000", "phone-abroad"),
        ("0100000000", "bad-phone"),
        ("0112345678", "bad-phone"),
        ("+1 202 555 0143", "phone-abroad"),
        ("00855 12 345 678", "phone-abroad"),
        ("9" * 200, "phone-length"),
        ("9" * 100_000, "phone-length"),
        ("1900" * 10_000, "phone-length"),
    ],
)
def test_what_nobody_can_be_called_under_is_refused_with_its_reason(typed: str, code: str) -> None:
    with pytest.raises(BadPhone) as refused:
        read_phone(typed)
    assert (refused.value.code, refused.value.field) == (code, "phone")


def test_the_letters_and_the_length_are_named() -> None:
    named: dict[str, dict[str, object]] = {
        "0912ABBA": {"letters": "AB"},
        "091234": {"digits": 6},
        "19001234": {"number": "19001234"},
    }
    for typed, facts in named.items():
        with pytest.raises(BadPhone) as refused:
            read_phone(typed)
        assert refused.value.facts == facts


@given(st.sampled_from(["3", "5", "7", "8", "9", "24", "28"]), st.integers(0, 10**8 - 1))
def test_a_number_as_it_is_shown_is_read_back(area: str, rest: int) -> None:
    try:
        stored = read_phone(f"0{area}{rest:08}")
    except BadPhone:
        return
    assert stored == f"+84{area}{rest:08}"
    assert read_phone(written_phone(stored)) == read_phone(stored) == stored


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    with contextlib.suppress(BadPhone):
        assert read_phone(text).startswith("+84")


def test_what_is_no_number_of_the_country_is_shown_as_it_is() -> None:
    assert written_phone("+84912345678") == "0912 345 678"
    assert written_phone("+12025550143") == "+12025550143"
    assert written_phone("gọi nhà bên") == "gọi nhà bên"
