"""A stamp code opens to its number, under its own key, and nothing else opens."""

from __future__ import annotations

import hmac
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.trace.stamps.codes import (
    ALPHABET,
    NUMBER_LIMIT,
    Decoded,
    GroupProblem,
    ProblemKind,
    decode,
    encode,
    encode_range,
    group,
    parse_typed,
    pin,
)
from app.trace.stamps.keys import KeyRing, StampKey

K1 = StampKey("k1", bytes(range(32)))
K2 = StampKey("k2", bytes(range(100, 132)))
RING = KeyRing((K1, K2))

numbers = st.integers(min_value=0, max_value=NUMBER_LIMIT - 1)


def hkdf_expand(secret: bytes, info: bytes) -> bytes:
    return hmac.digest(secret, info + b"\x01", "sha256")


# --- the bijection ---------------------------------------------------------------------------------


@given(numbers)
@example(0)
@example(1)
@example(NUMBER_LIMIT - 1)
def test_every_number_comes_back_from_its_code(n: int) -> None:
    code = encode(n, K1)
    assert len(code) == 16
    assert set(code) <= set(ALPHABET)
    assert decode(code, RING) == Decoded(n, "k1")


@given(numbers)
def test_a_code_is_the_synthetic_iv_form_of_the_decision(n: int) -> None:
    tag = hmac.digest(hkdf_expand(K1.secret, b"nguon stamp tag"), n.to_bytes(5, "big"), "sha256")[:5]
    pad = hmac.digest(hkdf_expand(K1.secret, b"nguon stamp mask"), tag, "sha256")[:5]
    value = int.from_bytes(tag, "big") << 40 | n ^ int.from_bytes(pad, "big")
    assert encode(n, K1) == "".join(ALPHABET[value >> 5 * (15 - place) & 31] for place in range(16))


def test_a_code_never_changes_between_releases() -> None:
    assert [encode(n, K1) for n in (0, 1, NUMBER_LIMIT - 1)] == GOLDEN_CODES
    assert [pin(n, K1) for n in (0, 1, NUMBER_LIMIT - 1)] == GOLDEN_PINS


GOLDEN_CODES = ["YCWN61Y23THMTFN6", "NJ29W2PNSJWGY36M", "MD3TBWZBP1T1NMA8"]
GOLDEN_PINS = ["511784", "097636", "722586"]


@pytest.mark.parametrize("n", [-1, NUMBER_LIMIT, 10**30])
def test_a_number_outside_forty_bits_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        encode(n, K1)
    with pytest.raises(ValueError, match="outside"):
        pin(n, K1)


def test_a_range_gives_the_codes_of_its_numbers_in_order() -> None:
    assert list(encode_range(41, 5, K1)) == [encode(n, K1) for n in range(41, 46)]
    assert list(encode_range(NUMBER_LIMIT - 1, 1, K1)) == [encode(NUMBER_LIMIT - 1, K1)]
    assert list(encode_range(7, 0, K1)) == []


@pytest.mark.parametrize(("first", "count"), [(-1, 2), (NUMBER_LIMIT - 1, 2), (0, -1)])
def test_a_range_that_leaves_the_numbers_is_refused_before_the_first_code(first: int, count: int) -> None:
    with pytest.raises(ValueError):
        encode_range(first, count, K1)


def test_codes_of_neighbours_have_nothing_in_common() -> None:
    codes = list(encode_range(0, 20_000, K1))
    assert len(set(codes)) == 20_000
    assert codes != sorted(codes)
    for place in range(16):
        seen = [code[place] for code in codes]
        # 625 of each letter expected; six standard deviations leave no room for chance.
        assert all(475 < seen.count(letter) < 775 for letter in ALPHABET)


# --- what does not open ----------------------------------------------------------------------------


@pytest.mark.no_cover  # tracing makes it five times as long; other tests cover these lines
def test_a_million_random_codes_open_nothing() -> None:
    letters = bytes(ord(ALPHABET[byte & 31]) for byte in range(256))
    noise = random.Random(2026).randbytes(16_000_000).translate(letters).decode()
    assert not any(decode(noise[start : start + 16], RING.keys[:1]) for start in range(0, len(noise), 16))


@pytest.mark.no_cover
def test_every_one_letter_change_of_a_thousand_codes_is_refused() -> None:
    ring = (K1,)
    tried = 0
    for code in encode_range(123_456_789, 1_000, K1):
        for place, letter in enumerate(code):
            before, after = code[:place], code[place + 1 :]
            for other in ALPHABET:
                if other != letter:
                    tried += 1
                    assert decode(before + other + after, ring) is None
    assert tried == 496_000


@given(numbers)
def test_a_code_under_a_key_that_left_the_ring_is_refused(n: int) -> None:
    assert decode(encode(n, K2), KeyRing((K1,))) is None


def test_a_code_tells_which_key_of_the_ring_opened_it() -> None:
    assert decode(encode(77, K2), RING) == Decoded(77, "k2")
    assert decode(encode(77, K1), KeyRing((K2, K1))) == Decoded(77, "k1")


@given(st.text(max_size=20) | st.text(alphabet=ALPHABET + "UILO_+- \t", min_size=16, max_size=16))
@example("")
@example("1" * 17)
@example("_" * 16)
@example("+" + "1" * 15)
@example("1_1_1_1_1_1_1_11")
@example("١" * 16)
@example("\0" * 16)
@example(" " * 16)
def test_nothing_a_stranger_sends_raises_or_opens(text: str) -> None:
    assert decode(text, RING) is None


def test_a_code_opens_only_as_printed() -> None:
    code = encode(5, K1)
    lower = next(code for code in encode_range(0, 50, K1) if not code.isdigit()).lower()
    assert decode(lower, RING) is None
    assert decode(group(code), RING) is None
    assert decode(f" {code[:15]}", RING) is None


# --- the hidden digits -----------------------------------------------------------------------------


@given(numbers)
def test_a_pin_is_six_digits_of_its_own_key(n: int) -> None:
    digits = pin(n, K1)
    assert len(digits) == 6
    assert digits.isdecimal()
    assert digits == pin(n, K1)


def test_pins_differ_between_keys_and_fill_the_range() -> None:
    pins = [pin(n, K1) for n in range(5_000)]
    assert len(set(pins)) > 4_950
    assert sum(digits == pin(n, K2) for n, digits in enumerate(pins)) < 5
    assert any(digits.startswith("0") for digits in pins)


# --- the key ring ----------------------------------------------------------------------------------


def test_a_ring_issues_with_its_first_key_and_finds_the_others() -> None:
    ring = KeyRing.parse(f"k2:{K2.secret.hex()}, k1:{K1.secret.hex().upper()}")
    assert ring == KeyRing((K2, K1))
    assert ring.issuing == K2
    assert ring.get("k1") == K1
    assert ring.get("k9") is None
    assert len(ring) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not of the form"),
        ("abc", "not of the form"),
        (f"k1:{'ab' * 32},", "entry 2 is not of the form"),
        ("k1:", "at least 32"),
        (f"k1:{'ab' * 31}", "has 31 bytes"),
        (f"k1:{'zz' * 32}", "not hexadecimal"),
        (f":{'ab' * 32}", "stamp key id ''"),
        (f"khoá:{'ab' * 32}", "stamp key id"),
        (f"k1:{'ab' * 32},k1:{'cd' * 32}", "k1 stands there more than once"),
        (f"k1:{'ab' * 32},k2:{'ab' * 32}", "share one secret"),
    ],
)
def test_a_bad_ring_is_refused_in_words_without_its_secret(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refusal:
        KeyRing.parse(text)
    assert "abab" not in str(refusal.value)


def test_an_empty_ring_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        KeyRing(())


def test_a_key_never_shows_its_secret() -> None:
    shown = repr(RING) + str(K1)
    assert K1.secret.hex() not in shown
    assert repr(K1.secret) not in shown
    assert shown.count("StampKey(id=") == 3


# --- typed by hand ---------------------------------------------------------------------------------

CODE = "0G1HV7NA4BZ0K3XW"


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        "0G1H V7NA 4BZ0 K3XW",
        "0g1h-v7na-4bz0-k3xw",
        "  0G1H–V7NA—4BZ0−K3XW\n",
        "OGIH V7NA 4BZO K3XW",
        "oglh v7na 4bzo k3xw",
        "０Ｇ１Ｈ　Ｖ７ＮＡ　４ＢＺ０　Ｋ３ＸＷ",
        "0G1HV7NA 4BZ0K3XW",
        "0 G 1 H V 7 N A 4 B Z 0 K 3 X W",
        "0G 1HV7 NA4B Z0K3 XW",
    ],
)
def test_a_code_typed_loosely_is_read_as_printed(typed: str) -> None:
    parsed = parse_typed(typed)
    assert parsed.code == CODE
    assert parsed.groups == ("0G1H", "V7NA", "4BZ0", "K3XW")
    assert parsed.problems == ()


@given(numbers, st.sampled_from(["", " ", "-", " - ", "  "]), st.booleans())
def test_a_printed_code_survives_being_typed(n: int, separator: str, lower: bool) -> None:
    typed = separator.join(group(encode(n, K1)).split())
    parsed = parse_typed(typed.lower() if lower else typed)
    assert parsed.code is not None
    assert decode(parsed.code, RING) == Decoded(n, "k1")


SHORT, LONG, FOREIGN = ProblemKind.TOO_SHORT, ProblemKind.TOO_LONG, ProblemKind.FOREIGN_LETTER


@pytest.mark.parametrize(
    ("typed", "groups", "problems"),
    [
        ("0G1H V7N 4BZ0 K3XW", ("0G1H", "V7N", "4BZ0", "K3XW"), [(1, SHORT, "")]),
        ("0G1H V7NA 4BZ00 K3XW", ("0G1H", "V7NA", "4BZ00", "K3XW"), [(2, LONG, "")]),
        ("0G1H V7NA 4BZ0", ("0G1H", "V7NA", "4BZ0", ""), [(3, SHORT, "")]),
        ("0G1HV7N 4BZ0 K3XW", ("0G1H", "V7N", "4BZ0", "K3XW"), [(1, SHORT, "")]),
        ("0G1HV7NA4BZ0K3X", ("0G1H", "V7NA", "4BZ0", "K3X"), [(3, SHORT, "")]),
        ("0G1HV7NA4BZ0K3XWWW", ("0G1H", "V7NA", "4BZ0", "K3XWWW"), [(3, LONG, "")]),
        ("0G1H V7NA 4BZ0 K3XW 2", ("0G1H", "V7NA", "4BZ0", "K3XW2"), [(3, LONG, "")]),
        ("0G1H V7NU 4BZ0 K3XW", ("0G1H", "V7NU", "4BZ0", "K3XW"), [(1, FOREIGN, "U")]),
        (
            "đG1H V7NA 4BZ0 K3Ứ?",
            ("ĐG1H", "V7NA", "4BZ0", "K3Ứ?"),
            [(0, FOREIGN, "Đ"), (3, FOREIGN, "Ứ"), (3, FOREIGN, "?")],
        ),
        ("UUH V7NA 4BZ0 K3XW", ("UUH", "V7NA", "4BZ0", "K3XW"), [(0, SHORT, ""), (0, FOREIGN, "U")]),
        ("", ("", "", "", ""), [(0, SHORT, ""), (1, SHORT, ""), (2, SHORT, ""), (3, SHORT, "")]),
    ],
)
def test_the_wrong_group_is_marked_and_only_it(
    typed: str, groups: tuple[str, ...], problems: list[tuple[int, ProblemKind, str]]
) -> None:
    parsed = parse_typed(typed)
    assert parsed.code is None
    assert parsed.groups == groups
    assert parsed.problems == tuple(GroupProblem(*problem) for problem in problems)


def test_a_blank_in_the_wrong_place_still_leaves_a_code_to_try() -> None:
    parsed = parse_typed("0G1H V7N A4BZ0 K3XW")
    assert parsed.code == CODE
    assert parsed.problems == (GroupProblem(1, SHORT), GroupProblem(2, LONG))


def test_a_code_right_in_form_gets_no_correction() -> None:
    genuine = encode(9, K1)
    wrong = ("2" if genuine[0] != "2" else "3") + genuine[1:]
    parsed = parse_typed(wrong)
    assert parsed.code == wrong
    assert parsed.problems == ()
    assert decode(wrong, RING) is None


@given(st.text(max_size=400))
@example("ﷺ" * 200)
def test_whatever_is_typed_is_four_groups_and_never_an_error(text: str) -> None:
    parsed = parse_typed(text)
    assert len(parsed.groups) == 4
    assert parsed.code is not None or parsed.problems
    assert sum(map(len, parsed.groups)) < 5_000
